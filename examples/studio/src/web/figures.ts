// What the bridge's process tells of its traffic, to whoever connects to its endpoint.
import { contract, stream, type } from 'tieline'
import type { Second } from '../protocol/studio.js'

export const Figures = contract({
  name: 'figures',
  version: '1.0',
  methods: {
    seconds: stream({ output: type<Second>(), summary: 'Each second of traffic as it ends' }),
  },
})
