import { TielineError } from 'tieline'
import { expect, test } from 'vitest'
import { Ledger, Lost } from './ledger.js'

const lost = () => Promise.reject(new TielineError('connection-lost', 'gone'))

test('a call may be lost while something is disturbed', async () => {
  const ledger = new Ledger()
  ledger.disturbed = true
  expect(await ledger.call('ask', 1000, lost)).toBeUndefined()
  expect(ledger).toMatchObject({ lost: 1, answered: 0, faults: [] })
})

test('a call that is lost while nothing is disturbed is a fault', async () => {
  const ledger = new Ledger()
  ledger.disturbed = false
  await ledger.call('ask', 1000, lost)
  expect(ledger.faults).toEqual(['ask was lost while nothing was disturbed: gone'])
})

test('a disturbance that began after the call allows its loss', async () => {
  const ledger = new Ledger()
  ledger.disturbed = false
  await ledger.call('ask', 1000, () => {
    ledger.disturbed = true
    return Promise.reject(new Lost('away'))
  })
  expect(ledger).toMatchObject({ lost: 1, faults: [] })
})

test('an error that no disturbance explains is a fault at any time', async () => {
  const ledger = new Ledger()
  await ledger.call('ask', 1000, () => Promise.reject(new TielineError('malformed', 'bytes')))
  expect(ledger.faults).toEqual(['ask: bytes'])
})

test('a report hands over what there is, once', async () => {
  const [worker, soak] = [new Ledger(), new Ledger()]
  await worker.call('ask', 1000, async () => 1)
  worker.fault('wrong')
  soak.merge(worker.report())
  soak.merge(worker.report())
  expect(soak).toMatchObject({ answered: 1, faults: ['wrong'] })
})
