import { expect, it } from 'vitest'
import { clock, count, mebibytes, milliseconds, percent, span } from './text.js'

it('writes numbers as a person reads them', () => {
  expect([clock(0), clock(83.9), clock(-1)]).toEqual(['0:00', '1:23', '0:00'])
  expect([mebibytes(null), mebibytes(50 * 2 ** 20)]).toEqual(['–', '50 MB'])
  expect([percent(null), percent(0.32), percent(12.4)]).toEqual(['–', '0.3 %', '12 %'])
  expect([span(null), span(59.9), span(200), span(7300)]).toEqual(['–', '59 s', '3 min', '2 h'])
  expect([milliseconds(null), milliseconds(4.26), milliseconds(42.4)]).toEqual([
    '–',
    '4.3 ms',
    '42 ms',
  ])
  expect([milliseconds(1530), count(12345)]).toEqual(['1.5 s', '12,345'])
})
