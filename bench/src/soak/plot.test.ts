import { expect, test } from 'vitest'
import { lines } from './plot.js'

const options = { title: 'Memory', unit: 'MiB', seconds: 60 }

test('a process that was away leaves a gap in its line', () => {
  const points = [1, 2, 3, 20, 21].map((at) => [at, 50] as const)
  const drawn = lines({ ...options, lines: [{ name: 'server', points }] })
  expect(/ d="([^"]*)"/.exec(drawn)?.[1]?.match(/M/g)).toHaveLength(2)
})

test('what is written stays text', () => {
  const drawn = lines({ ...options, lines: [{ name: '<b>', points: [[1, 1]] }] })
  expect(drawn).toContain('&lt;b&gt;')
  expect(drawn).not.toContain('<b>')
})

test('without a figure it says so', () => {
  expect(lines({ ...options, lines: [] })).toContain('nothing was measured')
})
