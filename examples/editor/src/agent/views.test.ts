import { expect, it } from 'vitest'
import { Views } from './views.js'

const views = () => new Views<string>({ width: 960, height: 600 })

it('has a stage before anybody looks', () => {
  expect(views().stage).toEqual({ width: 960, height: 600 })
})

it('is as wide as the narrowest view and as high as the lowest', () => {
  const all = views()
  all.resize('desk', { width: 1400, height: 500 })
  expect(all.stage).toEqual({ width: 1400, height: 500 })
  all.resize('phone', { width: 390, height: 700 })
  expect(all.stage).toEqual({ width: 390, height: 500 })
  all.leave('phone')
  expect(all.stage).toEqual({ width: 1400, height: 500 })
})

it('stays as it was when the last page goes', () => {
  const all = views()
  all.resize('phone', { width: 390, height: 700 })
  all.leave('phone')
  expect(all.stage).toEqual({ width: 390, height: 700 })
})

it('is never so small that nothing could move', () => {
  const all = views()
  all.resize('speck', { width: 1, height: 1 })
  expect(all.stage).toEqual({ width: 280, height: 240 })
})
