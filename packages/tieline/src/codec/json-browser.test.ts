// JSON as a page's bundle has it: the same tests, over the file that stands there.
import { vi } from 'vitest'

vi.mock('./text.js', () => import('./text-browser.js'))

await import('./json.test.js')
