// Tieline beside everything that programs on one machine use today, in every work.
import { others } from '../subjects/index.js'
import { taskNames as all } from '../task-name.js'
import { subjectsSuite } from './subjects-suite.js'

export const peers = subjectsSuite(
  {
    name: 'peers',
    title: 'Tieline beside its peers',
    floor: 'raw',
    subjects: [
      'raw',
      'raw-joined',
      'tieline-native',
      'tieline-busy',
      'tieline-zod',
      'tieline-msgpack-rpc',
      'tieline-json-rpc',
      'tieline-websocket',
      'message-port',
      'process-send-json',
      'process-send-advanced',
      ...others,
    ],
    tasks: all,
    bars: [
      { subject: 'tieline-native', task: 'one', ratio: 1.15 },
      { subject: 'tieline-busy', task: 'one', ratio: 1.15 },
      { subject: 'tieline-busy', task: 'one', ratio: 1, to: 'peers' },
      { subject: 'tieline-native', task: 'hundred', ratio: 2 },
      { subject: 'tieline-native', task: 'thousand', ratio: 2 },
      { subject: 'tieline-native', task: 'mebibyte', ratio: 0.9 },
      { subject: 'tieline-native', task: 'mebibytes16', ratio: 1.1 },
      { subject: 'tieline-msgpack-rpc', task: 'one', ratio: 1.15 },
      { subject: 'tieline-msgpack-rpc', task: 'hundred', ratio: 1.5 },
      { subject: 'tieline-json-rpc', task: 'hundred', ratio: 0.7 },
      // What schemas on both sides may cost: half.
      { subject: 'tieline-zod', task: 'hundred', ratio: 0.5, to: 'tieline-native' },
      { subject: 'tieline-native', task: 'hundred', ratio: 3, to: 'process-send-json' },
      { subject: 'tieline-native', task: 'hundred', ratio: 3, to: 'process-send-advanced' },
      { subject: 'tieline-native', task: 'hundred', ratio: 4, to: 'birpc' },
      { subject: 'tieline-native', task: 'hundred', ratio: 15, to: 'vscode-jsonrpc' },
      { subject: 'tieline-native', task: 'hundred', ratio: 100, to: 'grpc' },
      // Ahead of every peer in every work.
      ...all.map((task) => ({ subject: 'tieline-native', task, ratio: 1, to: 'peers' }) as const),
    ],
    // 5 rounds of 20 subjects and nine works: five minutes, of the ten that a whole run may take.
    rounds: 5,
  },
  'Tieline in six forms beside 13 others, nine works; six minutes',
)
