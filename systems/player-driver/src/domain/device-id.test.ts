import { expect, it } from 'vitest'
import { deviceIdBytes, deviceIdFromBytes, deviceIdOf, parseDeviceId } from './device-id.js'

// Computed with Python's uuid.uuid5 over the same chain.
it.each([
  [0xffff, 0x8000, '1234abcd0000', '8bed2bac-4981-50c3-bd88-1073ae40b865'],
  [0x0001, 0x0002, '', 'e36cc127-d93e-5016-9474-ce61db29f9d1'],
  [0x16d0, 0x0fec, 'Zürich-7', '1bd798bf-bea2-53be-b5b8-1d00dfec8edd'],
])('gives vendor %i, product %i, serial number %j the id %s', (vendor, product, serial, id) => {
  expect(deviceIdOf(vendor, product, serial)).toBe(id)
})

it('refuses a vendor or product that is no number of 16 bits', () => {
  expect(() => deviceIdOf(0x10000, 1, '')).toThrow('invalid vendor_id: must be an integer from 0')
  expect(() => deviceIdOf(1, -1, '')).toThrow('invalid product_id')
  expect(() => deviceIdOf(1.5, 1, '')).toThrow('invalid vendor_id')
})

it('turns an id into its 16 bytes and back', () => {
  const id = parseDeviceId('8BED2BAC-4981-50C3-BD88-1073AE40B865')
  expect(id).toBe('8bed2bac-4981-50c3-bd88-1073ae40b865')
  const bytes = deviceIdBytes(id)
  expect(Buffer.from(bytes).toString('hex')).toBe('8bed2bac498150c3bd881073ae40b865')
  expect(deviceIdFromBytes(bytes)).toBe(id)
  expect(deviceIdFromBytes(Buffer.from(bytes))).toBe(id)
  const within = new Uint8Array([9, ...bytes, 9]).subarray(1, 17)
  expect(deviceIdFromBytes(within)).toBe(id)
})

it.each([
  ['text for bytes', '8bed2bac', 'invalid param: device_id must be binary'],
  ['15 bytes', new Uint8Array(15), 'invalid device_id: uuid binary must be 16 bytes'],
  ['nothing', null, 'invalid param: device_id must be binary'],
])('refuses %s', (_, value, message) => {
  expect(() => deviceIdFromBytes(value)).toThrow(message)
})

it.each([
  '',
  'nope',
  '8bed2bac498150c3bd881073ae40b865',
  7,
  null,
  '{8bed2bac-4981-50c3-bd88-1073ae40b865}',
])('refuses the text %j', (text) => {
  expect(() => parseDeviceId(text)).toThrow('invalid device_id: must be a uuid')
})
