// A whole program that asks once and ends: what the cold-start suite starts.
// `node first-answer.js SUBJECT PATH`.
import { isSubjectName, loadSubject } from './subjects/index.js'
import { value } from './work.js'

const [name = '', path = ''] = process.argv.slice(2)
if (!isSubjectName(name)) throw new Error(`no subject is named ${name}`)
const subject = await loadSubject(name)
const client = await subject.client(path)
await client.call(value)
// What is open does not keep it: the answer is what counts.
process.exit(0)
