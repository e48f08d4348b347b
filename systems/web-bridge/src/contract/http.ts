// Calls of functions over HTTP: where they go, and the header that has the server's token.
export const RPC_PATH = '/__zap_rpc'
export const TOKEN_HEADER = 'x-bridge-token'
