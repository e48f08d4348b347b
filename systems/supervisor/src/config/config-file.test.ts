import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findConfigFile, loadConfigFile } from './config-file.js'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'superctl-config-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function file(name: string, content: unknown): string {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

it('reads bunctl.json as one app, as a list and as {apps}', async () => {
  const app = { name: 'web', command: 'node' }
  const expected = [{ ...app, cwd: join(root, 'b') }]
  expect(await loadConfigFile(file('b/bunctl.json', app))).toEqual(expected)
  expect(await loadConfigFile(file('b/bunctl.json', [app]))).toEqual(expected)
  expect(await loadConfigFile(file('b/bunctl.json', { apps: [app] }))).toEqual(expected)
})

it('takes paths as relative to the file', async () => {
  const app = { name: 'a', command: 'x', cwd: 'sub', stdout_log: '../o.log', env_file: ['.env'] }
  expect(await loadConfigFile(file('p/bunctl.json', app))).toEqual([
    {
      ...app,
      cwd: join(root, 'p/sub'),
      stdout_log: join(root, 'o.log'),
      env_file: [join(root, 'p/.env')],
    },
  ])
})

it("reads PM2's form, also from a .js file that is run", async () => {
  const path = file(
    'e/ecosystem.config.js',
    `module.exports = { apps: [{ script: 'server.js', args: '-p 80', node_args: '--trace-warnings',
      max_memory_restart: '300M', autorestart: false, kill_timeout: 1600, out_file: 'o.log',
      env: { A: '1' }, env_production: { A: '2' }, watch: false, instances: 1 }, 
      { name: 'tool', script: './run.sh', restart_delay: 500, max_restarts: 3 }] }`,
  )
  file('e/package.json', '{}')
  expect(await loadConfigFile(path)).toEqual([
    {
      name: 'server',
      command: 'node',
      args: ['--trace-warnings', 'server.js', '-p', '80'],
      restart_policy: 'no',
      max_memory: '300M',
      stop_timeout: 1.6,
      stdout_log: join(root, 'e/o.log'),
      env: { A: '1' },
      cwd: join(root, 'e'),
    },
    {
      name: 'tool',
      command: './run.sh',
      args: [],
      restart_policy: 'always',
      backoff: { base_delay_ms: 500, multiplier: 1, jitter: 0, max_attempts: 3 },
      cwd: join(root, 'e'),
    },
  ])
})

it('reads package.json: bunctl, else pm2, else the start script', async () => {
  const pkg = { name: '@x/site', scripts: { start: 'node .' } }
  const cwd = join(root, 'k')
  expect(await loadConfigFile(file('k/package.json', pkg))).toEqual([
    { name: 'site', command: 'npm', args: ['start'], cwd },
  ])
  const pm2 = { ...pkg, pm2: { name: 'p', script: 'x.js' } }
  expect(await loadConfigFile(file('k/package.json', pm2))).toMatchObject([
    { name: 'p', command: 'node' },
  ])
  const bunctl = { ...pm2, bunctl: { command: 'deno' } }
  expect(await loadConfigFile(file('k/package.json', bunctl))).toMatchObject([
    { name: '@x/site', command: 'deno' },
  ])
})

it('finds bunctl.json first, then ecosystem.config.json, then package.json', () => {
  file('f/package.json', '{}')
  expect(findConfigFile(join(root, 'f'))).toBe(join(root, 'f/package.json'))
  file('f/ecosystem.config.json', '{}')
  expect(findConfigFile(join(root, 'f'))).toBe(join(root, 'f/ecosystem.config.json'))
  file('f/bunctl.json', '{}')
  expect(findConfigFile(join(root, 'f'))).toBe(join(root, 'f/bunctl.json'))
})

it.each<[string, string, unknown, string]>([
  ['what is no JSON', 'x/bunctl.json', '{', 'it is not JSON'],
  [
    'an unknown field',
    'x/bunctl.json',
    { name: 'a', command: 'b', c: 1 },
    'an app has no field "c"',
  ],
  [
    'two of one name',
    'x/bunctl.json',
    [
      { name: 'A', command: 'b' },
      { name: 'a', command: 'b' },
    ],
    'two apps are named a',
  ],
  ['no app at all', 'x/bunctl.json', [], 'there is no app in it'],
  [
    'several instances',
    'x/ecosystem.config.json',
    [{ script: 'a.js', instances: 4 }],
    'instances 4 is not supported',
  ],
  [
    'watching files',
    'x/ecosystem.config.json',
    [{ script: 'a.js', watch: true }],
    'watch is not supported',
  ],
  [
    "PM2's unknown field",
    'x/ecosystem.config.json',
    [{ script: 'a.js', foo: 1 }],
    'an app has no field "foo"',
  ],
  [
    'a package without a start',
    'x/package.json',
    { name: 'a' },
    'it has no "bunctl", no "pm2" and no start script',
  ],
])('refuses %s, naming the file', async (_, name, content, message) => {
  const path = file(name, content)
  await expect(loadConfigFile(path)).rejects.toThrow(`Invalid config: ${path}: ${message}`)
})

it('says in which of several apps something is wrong', async () => {
  const good = { name: 'a', command: 'x' }
  const path = file('several/bunctl.json', [good, { ...good, name: 'b', args: 'y' }])
  await expect(loadConfigFile(path)).rejects.toThrow(
    `${path}: app 2 ("b"): args of an app must be a list of texts`,
  )
  file('several/bunctl.json', [good, { command: 'x' }])
  await expect(loadConfigFile(path)).rejects.toThrow(`${path}: app 2: an app needs a name`)
})
