// The toolkit's core against the raw socket and against what Node brings along: the quick suite, for
// work on the core itself. `peers` has everybody.
import { subjectsSuite } from './subjects-suite.js'

export const core = subjectsSuite(
  {
    name: 'core',
    title: 'The core beside the raw socket and what Node brings along',
    floor: 'raw',
    subjects: [
      'raw',
      'raw-joined',
      'tieline-native',
      'tieline-busy',
      'tieline-native-peer',
      'tieline-msgpack-rpc',
      'tieline-msgpack-rpc-peer',
      'message-port',
      'process-send-json',
      'process-send-advanced',
    ],
    tasks: ['one', 'hundred', 'mebibyte'],
    bars: [
      { subject: 'tieline-native', task: 'one', ratio: 1.15 },
      { subject: 'tieline-native', task: 'hundred', ratio: 2 },
      { subject: 'tieline-native', task: 'mebibyte', ratio: 0.9 },
      { subject: 'tieline-msgpack-rpc', task: 'one', ratio: 1.15 },
      { subject: 'tieline-msgpack-rpc', task: 'hundred', ratio: 1.5 },
      { subject: 'tieline-native', task: 'hundred', ratio: 3, to: 'process-send-json' },
    ],
    rounds: 11,
  },
  'the core, the raw socket, process.send, MessagePort; a minute and a half',
)
