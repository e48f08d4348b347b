// Every part of the soak by its name.
import type { MakePart } from '../part.js'
import { channelHostPart } from './channel-host.js'
import { fileChannelPart } from './file-channel.js'
import { nativePart } from './native.js'
import { playerDriverPart } from './player-driver.js'
import { supervisorPart } from './supervisor.js'
import { webBridgePart } from './web-bridge.js'

export const parts: Readonly<Record<string, MakePart>> = {
  native: nativePart,
  'player-driver': playerDriverPart,
  supervisor: supervisorPart,
  'channel-host': channelHostPart,
  'web-bridge': webBridgePart,
  'file-channel': fileChannelPart,
}
