// The handler that all of them have: what it is asked for and a little more, as JSON.

export interface User {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly tags: readonly string[]
  readonly page: string
}

export function user(id: string, page: string): User {
  return { id, name: 'Ada Lovelace', email: 'ada@example.org', tags: ['admin', 'staff'], page }
}

/** What the load asks for. */
export const PATH = '/users/42?page=7'
export const ANSWER = JSON.stringify(user('42', '7'))
