// Fuzz target: the file of a mailbox, its reader's record, its lock, and the packets in its messages.
import { fileText, messageFault, parseFile } from './entry.js'
import { MailboxFile } from './file.js'
import { lockOwner } from './lock.js'
import { readPacket } from './packet.js'
import { machine } from './system.js'

export const name = 'mailbox-file'

const decoder = new TextDecoder()

export function target(bytes: Uint8Array): void {
  const text = decoder.decode(bytes)
  const { entries, bad, torn } = parseFile(text)
  for (const { message } of entries) {
    if (messageFault(message) !== undefined) throw new Error('an entry that is no message')
    if (Object.hasOwn(message, '__proto__')) throw new Error('an entry names a prototype')
    readPacket(message)
  }
  if (bad.some((piece) => piece.text === '')) throw new Error('a bad piece of nothing')
  // What is kept when a file is written again is read as it was.
  const again = parseFile(fileText(entries.map((entry) => entry.text)))
  if (again.torn || again.bad.length > 0) throw new Error('its own file does not read')
  if (JSON.stringify(again.entries) !== JSON.stringify(entries)) throw new Error('entries differ')
  if (!torn && bad.length === 0 && entries.length === 0 && /[^\s,[\]\ufeff]/.test(text)) {
    throw new Error('something was neither read nor told of')
  }
  const system = { ...machine, read: () => text }
  new MailboxFile('/nowhere', 'backend', { system }).readConsumed()
  lockOwner(system, '/nowhere')
}

const entry = '{"id":"a","timestamp":1,"type":"event","method":"m","payload":{"x":[1]}}'

export const seeds = [
  `[\n  ${entry},\n  ${entry}\n]`,
  `[${entry}`,
  `[{"id":1},${entry}] more`,
  '{"done":["a"],"taken":["b"]}\n{"done":["b"]}\n',
  '1234\n1-a-b host boot/1\n',
  '[{"id":"a","timestamp":1,"type":"event","method":"tieline","payload":{"connection":"c","kind":"data","messages":["AA=="]}}]',
]
