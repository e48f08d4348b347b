// MessagePack as a page's bundle has it: the same tests, over the files that stand there.
import { vi } from 'vitest'

vi.mock('./decode.js', () => import('./decode-browser.js'))
vi.mock('./encode.js', () => import('./encode-browser.js'))
vi.mock('../text.js', () => import('../text-browser.js'))

await import('./msgpack.test.js')
