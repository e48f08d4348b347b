// The native protocol as a page's bundle has it: the same tests, over the files that stand there.
import { vi } from 'vitest'

vi.mock('../codec/msgpack/decode.js', () => import('../codec/msgpack/decode-browser.js'))
vi.mock('../codec/msgpack/encode.js', () => import('../codec/msgpack/encode-browser.js'))
vi.mock('../codec/text.js', () => import('../codec/text-browser.js'))
vi.mock('../wire/behind-length.js', () => import('../wire/behind-length-browser.js'))

await import('./native.test.js')
await import('./direct.test.js')
