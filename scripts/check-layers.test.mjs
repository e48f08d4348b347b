// The rules of check-layers.mjs, each shown on a small tree of its own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { layerFaults } from './check-layers.mjs'

const roots = []

/** The faults of a repository with these files besides the library's package.json. */
function faultsOf(files) {
  const root = mkdtempSync(join(tmpdir(), 'layers-'))
  roots.push(root)
  const manifest = {
    exports: { '.': './dist/src/index.js', './codec': './dist/src/codec/index.js' },
  }
  const all = { 'packages/tieline/package.json': JSON.stringify(manifest), ...files }
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return layerFaults(root)
}

/** The faults of one file of the library. */
const faultsIn = (path, text) => faultsOf({ [`packages/tieline/${path}`]: text })

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true })
})

describe('inside the library', () => {
  test('a layer imports itself, the layers below it and the leaves', () => {
    const text = `
      import { a } from './other.js'
      import type { B } from '../codec/codec.js'
      export * from '../errors.js'`
    expect(faultsIn('src/peer/x.ts', text)).toEqual([])
  })

  test.each([
    ['an import', `import { y } from '../peer/y.js'`],
    ['a type import', `import type { Y } from '../peer/y.js'`],
    ['a re-export', `export { y } from '../peer/y.js'`],
    ['an export of all', `export * from '../peer/y.js'`],
    ['an import at run time', `const y = await import('../peer/y.js')`],
    ['a type named in place', `type Y = import('../peer/y.js').Y`],
  ])('a layer above is refused by %s, with its line', (_, line) => {
    expect(faultsIn('src/codec/x.ts', `// One line.\n${line}`)).toEqual([
      'packages/tieline/src/codec/x.ts:2 imports packages/tieline/src/peer/y.ts: codec is below peer',
    ])
  })

  test('words in comments and strings are not imports', () => {
    const text = `// import { y } from '../peer/y.js'\nconst s = "import '../peer/y.js'"`
    expect(faultsIn('src/codec/x.ts', text)).toEqual([])
  })

  test('a transport imports channels and leaves, and nothing of the stack above', () => {
    const text = (layer) => `import { a } from '../${layer}/a.js'`
    expect(faultsIn('src/transport/x.ts', text('channel'))).toEqual([])
    expect(faultsIn('src/transport/x.ts', text('codec'))).toMatchObject([
      expect.stringContaining('transport may not import codec'),
    ])
  })

  test('contract and connector know transports; the peer does not', () => {
    const text = `import { a } from '../transport/a.js'`
    expect(faultsIn('src/contract/x.ts', text)).toEqual([])
    expect(faultsIn('src/connector/x.ts', text)).toEqual([])
    expect(faultsIn('src/peer/x.ts', text)).toMatchObject([
      expect.stringContaining('peer may not import transport'),
    ])
  })

  test('only edges import node: modules and packages', () => {
    const text = `import net from 'node:net'\nimport koffi from 'koffi'`
    for (const edge of ['src/transport', 'src/codec', 'src/testing', 'cli']) {
      expect(faultsIn(`${edge}/x.ts`, text)).toEqual([])
    }
    expect(faultsIn('src/framing/x.ts', text)).toHaveLength(2)
    expect(faultsIn('src/clock.ts', text)).toHaveLength(2)
  })

  test('contract and service import the types of Standard Schema only', () => {
    const line = (word) => `import ${word} { StandardSchemaV1 } from '@standard-schema/spec'`
    expect(faultsIn('src/contract/x.ts', line('type'))).toEqual([])
    expect(faultsIn('src/contract/x.ts', line(''))).toMatchObject([
      expect.stringContaining('only its types'),
    ])
    expect(faultsIn('src/service/x.ts', line('type'))).toEqual([])
    expect(faultsIn('src/peer/x.ts', line('type'))).toHaveLength(1)
  })

  test('a test imports what it likes of its own package, and test/support', () => {
    const text = `
      import net from 'node:net'
      import { suite } from '../testing/index.js'
      import { peer } from '../../../../test/support/peer.js'`
    expect(faultsIn('src/wire/x.test.ts', text)).toEqual([])
    expect(faultsIn('src/wire/x.test.helper.ts', text)).toEqual([])
    expect(faultsIn('src/wire/x.ts', text)).toHaveLength(3)
  })

  test('a folder that is not in the list is refused', () => {
    const files = {
      'src/extra/x.ts': `import '../errors.js'`,
      'src/peer/x.ts': `import '../extra/x.js'`,
    }
    const faults = Object.entries(files).flatMap(([path, text]) => faultsIn(path, text))
    expect(faults).toEqual([
      expect.stringContaining('there is no layer extra'),
      expect.stringContaining('peer may not import extra'),
    ])
  })
})

describe('outside the library', () => {
  test('a system imports its public exports only', () => {
    const text = `
      import { serve } from 'tieline'
      import { json } from 'tieline/codec'
      import { deep } from 'tieline/dist/src/codec/json.js'
      import { deeper } from '../../../packages/tieline/src/codec/json.js'`
    expect(faultsOf({ 'systems/player/src/x.ts': text })).toEqual([
      'systems/player/src/x.ts:4 imports tieline/dist/src/codec/json.js: not a public export of tieline',
      "systems/player/src/x.ts:5 imports packages/tieline/src/codec/json.ts: the path leaves systems/player; import the package's public exports",
    ])
  })
})

describe('circles', () => {
  test('are refused, within one layer too, and shown once', () => {
    const files = {
      'packages/tieline/src/peer/a.ts': `import './b.js'`,
      'packages/tieline/src/peer/b.ts': `import type { C } from './c.js'`,
      'packages/tieline/src/peer/c.ts': `import './a.js'`,
    }
    const at = 'packages/tieline/src/peer'
    expect(faultsOf(files)).toEqual([
      `a circle: ${at}/a.ts -> ${at}/b.ts -> ${at}/c.ts -> ${at}/a.ts`,
    ])
  })

  test('do not count what is imported at run time only', () => {
    const files = {
      'bench/src/a.ts': `import './b.js'`,
      'bench/src/b.ts': `const a = () => import('./a.js')`,
    }
    expect(faultsOf(files)).toEqual([])
  })
})
