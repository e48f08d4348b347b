// The player driver as a library: the driver itself, its types, a display and watchers.

export {
  type Shown,
  VirtualDisplay,
  type VirtualDisplayOptions,
  virtualDisplayInfo,
} from './devices/virtual-display.js'
export { type RenderOptions, render } from './display/render.js'
export { type Screen, Terminal, type TerminalOptions } from './display/terminal.js'
export type { Device } from './domain/device.js'
export { deviceIdOf, parseDeviceId } from './domain/device-id.js'
export {
  clearedDevice,
  type DeviceState,
  type DeviceUpdate,
  merged,
  updated,
} from './domain/device-state.js'
export type { DriverEventStream, FsctDriver } from './domain/driver.js'
export type {
  DeviceEvent,
  DriverEvent,
  EventsLost,
  PlayerEvent,
  PreferredChanged,
  UpdateEvent,
} from './domain/events.js'
export {
  DriverHost,
  type DriverHostOptions,
  type HostStatus,
  type HostWatcher,
} from './domain/host.js'
export { type DriverLimits, defaultDriverLimits } from './domain/limits.js'
export type { LocalDriver } from './domain/local-driver.js'
export { statusName, textFieldName } from './domain/names.js'
export type { Owner } from './domain/players.js'
export {
  type DeviceId,
  type DeviceInfo,
  emptyState,
  noTexts,
  type PlayerId,
  type PlayerInfo,
  type PlayerState,
  PROTOCOL_VERSION,
  type ProtocolVersion,
  Status,
  TextField,
  type Timeline,
  type TrackTexts,
} from './domain/types.js'
export { type DriverServer, type DriverServerOptions, serveDriver } from './driver/server.js'
export { PlayerDriver, PlayerDriverClient } from './ipc/contract.js'
export {
  driverEndpoint,
  type EndpointEnvironment,
  endpointFrom,
  forAllUsers,
} from './ipc/endpoint.js'
export { IpcDriver, type IpcDriverOptions } from './ipc/ipc-driver.js'
export {
  PlayerDriverClientJson,
  PlayerDriverJson,
  playerDriverJsonRpc,
  type WireDeviceInfo,
} from './ipc/json-contract.js'
export type { Generation, WantedGeneration } from './ipc/link.js'
export {
  type ConnectionChange,
  type StayConnectedOptions,
  stayConnected,
} from './ipc/stay-connected.js'
export type { WireTimesync } from './ipc/time-sync.js'
export { systemTimes, type Times } from './ipc/unix-times.js'
export type { WireEvent } from './ipc/wire-events.js'
export type { WireDevice, WireDeviceUpdate, WirePlayer } from './ipc/wire-listings.js'
export type { WireStatus } from './ipc/wire-status.js'
export type { WireState, WireTimeline } from './ipc/wire-values.js'
export { runUserPart, type UserPartOptions } from './user/user-part.js'
export { type DemoOptions, demoWatcher } from './watchers/demo.js'
export { type MprisChange, type MprisWatcherOptions, mprisWatcher } from './watchers/mpris.js'
export { type MpvChange, type MpvWatcherOptions, mpvProtocol, mpvWatcher } from './watchers/mpv.js'
export { PlayerPublisher, type Publication } from './watchers/publisher.js'
export type { Watcher } from './watchers/watcher.js'
