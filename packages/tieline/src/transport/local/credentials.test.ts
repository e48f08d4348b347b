import { describe, expect, it } from 'vitest'
import { checkAllowed } from './credentials.js'

const nobody = { uid: 65534, gid: 65534, pid: 7 }
const me = { uid: 1000, gid: 1000, pid: 8 }
const root = { uid: 0, gid: 0, pid: 9 }
const check = (allow: Parameters<typeof checkAllowed>[0], who?: typeof me) =>
  checkAllowed(allow, who, 1000, 'unix:/x', 'client')

describe('checkAllowed', () => {
  it('lets in the same user, and root, who could not be kept out', () => {
    expect(check('same-user', me)).toBe(undefined)
    expect(check('same-user', root)).toBe(undefined)
  })

  it('refuses another user, saying who it is', () => {
    expect(check('same-user', nobody)).toMatchObject({
      code: 'permission-denied',
      endpoint: 'unix:/x',
      message: 'refused at unix:/x: the client is uid 65534 (pid 7), which is not allowed here',
    })
  })

  it('lets in anyone when told to', () => {
    expect(check('anyone', nobody)).toBe(undefined)
    expect(check('anyone')).toBe(undefined)
  })

  it("asks a function, and takes only 'true' for a yes", () => {
    expect(check(({ gid }) => gid === 65534, nobody)).toBe(undefined)
    expect(check(({ gid }) => gid === 65534, root)).toMatchObject({ code: 'permission-denied' })
    expect(check((() => 'yes') as never, me)).toMatchObject({ code: 'permission-denied' })
  })

  it('takes a function that throws for a no, and keeps what it threw', () => {
    const problem = new Error('the list of users is gone')
    const refusal = check(() => {
      throw problem
    }, me)
    expect(refusal).toMatchObject({ code: 'permission-denied', cause: problem })
  })

  it('refuses by a function when it cannot be known who it is; same-user rests on the directory', () => {
    expect(check(() => true)?.message).toMatch(/cannot be known who the client is/)
    expect(check('same-user')).toBe(undefined)
  })
})
