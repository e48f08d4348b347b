// The suites that every channel, framer, codec, wire, dialect, peer and transport must pass, and what
// tests of them need: a clock turned by hand, a hostile other end, faults. Imports vitest and fast-check.
export type { ChannelPair } from './channel-fixture.js'
export { channelSuite } from './channel-suite.js'
export { type CodecSuiteOptions, codecSuite } from './codec-suite.js'
export { type DialectSuiteOptions, dialectSuite } from './dialect-suite.js'
export { FakeClock, settled } from './fake-clock.js'
export { type Fault, type FaultPlan, failingAt } from './faults/calls.js'
export { type ChannelFaults, FaultyChannel, faultyPair, ROUGH } from './faults/channel.js'
export {
  type Exit,
  endPrograms,
  keepRunning,
  Program,
  type ProgramOptions,
} from './faults/program.js'
export { nextSeed } from './faults/seed.js'
export { type FramerSuiteOptions, framerSuite } from './framer-suite.js'
export {
  checkKeys,
  codecTarget,
  type FuzzTarget,
  framerTarget,
  protocolTarget,
  refusedOr,
  wireTarget,
} from './fuzz.js'
export { errorOf, later, until } from './peer-harness.js'
export { type PeerSuiteParts, peerSuite } from './peer-suite.js'
export { RawSide } from './raw-side.js'
export { type TransportSetup, transportSuite } from './transport-suite.js'
export { type WireSuiteOptions, wireSuite } from './wire-suite.js'
