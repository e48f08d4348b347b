// What runs in the web bridge's own process: a function for the handlers and for other programs.

export const rpc = {
  double: (n: unknown) => Number(n) * 2,
}
