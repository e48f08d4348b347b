// The toolkit's core against the raw socket and against what Node brings along.
import type { Suite } from '../suite.js'

export const core: Suite = {
  name: 'core',
  floor: 'raw',
  subjects: [
    'raw',
    'raw-joined',
    'tieline-native',
    'tieline-native-peer',
    'tieline-msgpack-rpc',
    'tieline-msgpack-rpc-peer',
    'message-port',
    'process-send-json',
    'process-send-advanced',
  ],
  tasks: ['one', 'hundred', 'mebibyte'],
  bars: [
    { subject: 'tieline-native', task: 'one', ratio: 1.2 },
    { subject: 'tieline-native', task: 'hundred', ratio: 1.2 },
    { subject: 'tieline-native', task: 'mebibyte', ratio: 0.8 },
    { subject: 'tieline-msgpack-rpc', task: 'one', ratio: 1.25 },
    { subject: 'tieline-msgpack-rpc', task: 'hundred', ratio: 0.9 },
    { subject: 'tieline-msgpack-rpc', task: 'mebibyte', ratio: 0.7 },
  ],
}
