// Neovim, started for a test and gone after it, over its socket or as our child over stdio; and what
// the tests ask of it, through a bare peer or through a contract.

import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { call, connect, contract, fail, implement, msgpackRpc, notify, type } from 'tieline'
import type { Extension } from 'tieline/codec'
import { type Call, Peer } from 'tieline/peer'
import { child, type Transport, transportFor } from 'tieline/transport'
import { ownFolder } from '../../support/at-end.js'
import { Command } from '../../support/command.js'

/** A buffer of Neovim's: an extension value of type 0, or a class of the application's. */
export class EditorBuffer {
  readonly number: Uint8Array

  constructor(number: Uint8Array) {
    this.number = number
  }
}

const bufferType = {
  type: 0,
  matches: (value: object) => value instanceof EditorBuffer,
  encode: ({ number }: EditorBuffer) => number,
  decode: (number: Uint8Array) => new EditorBuffer(number.slice()),
}

export type Handle = Extension | EditorBuffer
export type ApiInfo = [channel: number, api: { version: { major: number }; functions: object[] }]

/** What the tests ask of Neovim. */
export interface Editor {
  info(): Promise<ApiInfo>
  evaluate(expression: string): Promise<unknown>
  lua(code: string, ...args: unknown[]): Promise<unknown>
  currentBuffer(): Promise<Handle>
  setLines(buffer: Handle, lines: string[]): Promise<unknown>
  lines(buffer: Handle): Promise<unknown>
  subscribe(event: string): Promise<unknown>
  nothing(): Promise<unknown>
  close(): Promise<void>
}

/** What Neovim asks of us. */
export interface Answers {
  news(items: unknown[]): void
  double(number: number): number | Promise<number>
}

export type Open = (transport: Transport, answers: Answers) => Promise<Editor>

const refusal = () => fail('busy', 'we are busy', { until: 5 })

async function bare(transport: Transport, answers: Answers): Promise<Editor> {
  const service = ({ method, params }: Call): unknown => {
    if (method === 'news') return answers.news(params as unknown[])
    if (method === 'double') return answers.double((params as [number])[0])
    if (method === 'refuse') throw refusal()
    throw new Error('a secret')
  }
  const channel = await transport.connect()
  const peer = new Peer(channel, { protocol: msgpackRpc(), role: 'client', service })
  await peer.ready
  return {
    info: () => peer.call('nvim_get_api_info') as Promise<ApiInfo>,
    evaluate: (expression) => peer.call('nvim_eval', [expression]),
    lua: (code, ...args) => peer.call('nvim_exec_lua', [code, args]),
    currentBuffer: () => peer.call('nvim_get_current_buf') as Promise<Extension>,
    setLines: (buffer, lines) => peer.call('nvim_buf_set_lines', [buffer, 0, -1, true, lines]),
    lines: (buffer) => peer.call('nvim_buf_get_lines', [buffer, 0, -1, true]),
    subscribe: (event) => peer.call('nvim_subscribe', [event]),
    nothing: () => peer.call('nvim_no_such_thing'),
    close: () => peer.close(),
  }
}

interface Range {
  buffer: Handle
  start: number
  end: number
  strict: boolean
}

const Neovim = contract({
  name: 'neovim',
  version: '1.0',
  methods: {
    nvim_get_api_info: call({ output: type<ApiInfo>() }),
    nvim_eval: call({ input: type<string>(), output: type<unknown>() }),
    nvim_exec_lua: call({
      input: type<{ code: string; args: unknown[] }>(),
      params: ['code', 'args'],
      output: type<unknown>(),
    }),
    nvim_get_current_buf: call({ output: type<Handle>() }),
    nvim_buf_set_lines: call({
      input: type<Range & { lines: string[] }>(),
      params: ['buffer', 'start', 'end', 'strict', 'lines'],
    }),
    nvim_buf_get_lines: call({
      input: type<[Handle, number, number, boolean]>(),
      params: 'array',
      output: type<string[]>(),
    }),
    nvim_subscribe: call({ input: type<[string]>(), params: 'array' }),
    nvim_no_such_thing: call(),
  },
})

const Events = contract({
  name: 'events',
  version: '1.0',
  methods: {
    news: notify({ input: type<unknown[]>(), params: 'array' }),
    double: call({ input: type<{ number: number }>(), params: ['number'], output: type<number>() }),
    refuse: call({ errors: { busy: type<{ until: number }>() } }),
    bug: call(),
  },
})

async function contracted(transport: Transport, answers: Answers): Promise<Editor> {
  const editor = await connect(Neovim, {
    at: transport,
    protocol: msgpackRpc({ extensions: [bufferType] }),
    reconnect: false,
    offers: implement(Events, {
      news: (items) => answers.news(items),
      double: ({ number }) => answers.double(number),
      refuse: () => {
        throw refusal()
      },
      bug: () => {
        throw new Error('a secret')
      },
    }),
  })
  const all = { start: 0, end: -1, strict: true }
  return {
    info: () => editor.nvim_get_api_info(),
    evaluate: (expression) => editor.nvim_eval(expression),
    lua: (code, ...args) => editor.nvim_exec_lua({ code, args }),
    currentBuffer: () => editor.nvim_get_current_buf(),
    setLines: (buffer, lines) => editor.nvim_buf_set_lines({ buffer, ...all, lines }),
    lines: (buffer) => editor.nvim_buf_get_lines([buffer, 0, -1, true]),
    subscribe: (event) => editor.nvim_subscribe([event]),
    nothing: () => editor.nvim_no_such_thing(),
    close: () => editor.$connection.close(),
  }
}

/** Neovim without the user's own files; what it writes of its own accord goes into `folder`. */
const ARGUMENTS = ['--headless', '-u', 'NONE', '-i', 'NONE', '-n']
const environment = (folder: string) => ({
  XDG_CACHE_HOME: folder,
  XDG_DATA_HOME: folder,
  XDG_STATE_HOME: folder,
  NVIM_LOG_FILE: join(folder, 'log'),
})

/** Starts Neovim with its socket in a folder of its own. */
export async function listening(nvim: string) {
  const folder = ownFolder()
  const path = join(folder, 'nvim.sock')
  const editor = new Command(nvim, [...ARGUMENTS, '--listen', path], { env: environment(folder) })
  while (!(await answers(path))) {
    if (!editor.isRunning) throw new Error(`nvim ended: ${editor.err}`)
    await sleep(10)
  }
  return { path, editor, transport: await transportFor(`unix:${path}`) }
}

/** Whether somebody listens there: the file is there a moment before. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path)
    const is = (answering: boolean) => () => {
      socket.destroy()
      resolve(answering)
    }
    socket.once('connect', is(true)).once('error', is(false))
  })
}

/** Neovim as a child of ours, started when it is connected to. */
export async function embedded(nvim: string) {
  const folder = ownFolder()
  return {
    transport: child(nvim, [...ARGUMENTS, '--embed'], {
      env: { ...process.env, ...environment(folder) },
    }),
  }
}

export const faces: Record<string, Open> = { 'a bare peer': bare, 'a contract': contracted }
