// The channel host as a library: the host itself, and agents in its process or in another.
export type {
  Agent,
  AgentChannel,
  AgentDial,
  AgentPort,
  ChannelHandlers,
  DialOptions,
  PortOptions,
} from './agent.js'
export { type AgentTransportOptions, agentTransport } from './agent-transport.js'
export { type ExampleOptions, exampleAgent } from './example/example-agent.js'
export { ChannelHost } from './host/host.js'
export type {
  AgentListener,
  ChannelHostOptions,
  HostStatus,
  ServeAgentsOptions,
} from './host/options.js'
export { tokenFile } from './host/token-file.js'
export { type ConnectAgentOptions, connectAgent } from './remote/connect-agent.js'
