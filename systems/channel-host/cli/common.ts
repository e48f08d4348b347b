// What the commands have in common: the options that make a host.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { TielineError } from 'tieline'
import { type Options, type Terminal, usage } from 'tieline/command'
import { localAddress, parseEndpoint } from 'tieline/transport'
import { type ChannelHostOptions, tokenFile } from '../src/index.js'

export const AT = 'local:channel-host'

export const hostOptions = {
  origin: {
    kind: 'repeated',
    value: 'ORIGIN',
    about:
      'a page that may connect, exactly: http://127.0.0.1:5173;\nmay be given again. None unless told',
  },
  host: {
    kind: 'repeated',
    value: 'NAME',
    about: 'another name of this server in the Host header',
  },
  address: {
    kind: 'text',
    value: 'ADDRESS',
    about: 'where ports are opened (default 127.0.0.1)',
  },
  'allow-remote': {
    kind: 'flag',
    about: 'other machines may connect: with an --address they reach',
  },
  'token-file': {
    kind: 'text',
    value: 'FILE',
    about:
      'the token that clients show; made when it is not there.\nDefault: TIELINE_TOKEN, else beside the socket of --at',
  },
  'no-token': {
    kind: 'flag',
    about: 'ask for none: then --origin, or --without-origin, says who may come',
  },
  'without-origin': {
    kind: 'flag',
    about: 'with --no-token: programs that are no page may come too',
  },
  'tls-key': { kind: 'text', value: 'FILE', about: 'with --tls-cert: ports are wss:' },
  'tls-cert': { kind: 'text', value: 'FILE', about: 'PEM files, both' },
  'no-connect': { kind: 'flag', about: 'agents may not have servers dialled' },
} as const satisfies Options

export interface HostFlags {
  readonly origin: readonly string[]
  readonly host: readonly string[]
  readonly address: string | undefined
  readonly 'allow-remote': boolean
  readonly 'token-file': string | undefined
  readonly 'no-token': boolean
  readonly 'without-origin': boolean
  readonly 'tls-key': string | undefined
  readonly 'tls-cert': string | undefined
  readonly 'no-connect': boolean
}

/** What the options say, and where the token is. Throws `usage`. */
export function hostFrom(
  flags: HostFlags,
  at: string,
): { readonly options: ChannelHostOptions; readonly tokenPath: string | undefined } {
  const { address, 'tls-key': key, 'tls-cert': cert } = flags
  if ((key === undefined) !== (cert === undefined)) {
    throw usage('--tls-key and --tls-cert belong together')
  }
  checkReach(flags)
  const tokenPath = tokenPathFrom(flags, at)
  checkGuard(flags)
  const options: ChannelHostOptions = {
    origins: flags.origin,
    hosts: flags.host,
    ...(address === undefined ? {} : { address }),
    ...(flags['allow-remote'] ? { allowRemote: true } : {}),
    ...(key !== undefined && cert !== undefined ? { tls: certificate(key, cert) } : {}),
    ...(flags['no-connect'] ? { mayConnect: () => false } : {}),
    ...(flags['without-origin'] ? { withoutOrigin: true } : {}),
    ...(flags['no-token'] ? { token: false } : {}),
    ...(tokenPath === undefined ? {} : { token: tokenFile(tokenPath) }),
  }
  return { options, tokenPath }
}

/** Without a token there must be another guard, and it must be one that lets somebody in. */
function checkGuard(flags: HostFlags): void {
  const { origin, 'no-token': noToken, 'without-origin': withoutOrigin } = flags
  if (noToken && origin.length === 0 && !withoutOrigin) {
    const ways = 'allow pages with --origin ORIGIN, or every program here with --without-origin'
    throw usage(`with --no-token and no --origin nobody could connect; ${ways}`)
  }
  if (withoutOrigin && !noToken) {
    const why = 'programs that show the token may come anyway'
    throw usage(`--without-origin goes with --no-token; ${why}`)
  }
}

/** Names and addresses that no client could use, or that others could. */
function checkReach(flags: HostFlags): void {
  const { host, address, 'allow-remote': allowRemote } = flags
  for (const name of host) {
    if (/^[^\s/?#@,]+$/.test(name)) continue
    throw usage(`--host '${name}' is no value of a Host header; write NAME or NAME:PORT`)
  }
  if (address === undefined || allowRemote || LOOPBACK.test(address)) return
  const message = `other machines could connect at ${address}; if they may, give --allow-remote`
  throw new TielineError('permission-denied', message)
}

/** What only this machine reaches; what looks like it and is none, the host refuses. */
const LOOPBACK = /^(127\.[\d.]+|localhost|::1|\[::1\])$/

/** Throws `usage` for an endpoint at which no agent can connect. */
export function checkAgentsAt(at: string): void {
  const { scheme } = parseEndpoint(at)
  if (scheme === 'local' || scheme === 'unix' || scheme === 'pipe') return
  throw usage(`agents cannot connect at ${at}; write local:NAME, unix:/path or pipe:NAME`)
}

/** The options of a host among those given: for who is an agent of a host that runs. */
export function hostFlagsGiven(flags: HostFlags): readonly string[] {
  const names = Object.keys(hostOptions) as (keyof HostFlags)[]
  return names
    .filter((name) => {
      const value = flags[name]
      return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false
    })
    .map((name) => `--${name}`)
}

function tokenPathFrom(flags: HostFlags, at: string): string | undefined {
  const given = flags['token-file']
  if (flags['no-token']) {
    if (given === undefined) return undefined
    throw usage('--no-token and --token-file contradict each other')
  }
  if (given !== undefined) return given
  if (process.env.TIELINE_TOKEN) return undefined
  const { scheme } = parseEndpoint(at)
  if (scheme === 'local') {
    const { path, kind } = localAddress(at)
    if (kind === 'socket') return join(dirname(path), 'token')
  }
  throw usage(`with --at ${at}, say where the token is kept: --token-file FILE`)
}

function certificate(keyPath: string, certPath: string): { key: string; cert: string } {
  const tls = { key: read(keyPath), cert: read(certPath) }
  try {
    createSecureContext(tls)
  } catch (cause) {
    const message = `${keyPath} and ${certPath} are no key and certificate, as PEM, of one another`
    throw new TielineError('invalid-argument', message, { cause })
  }
  return tls
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    // The system's words, without its code and the path once more.
    const why = (cause as Error).message.replace(/^[A-Z0-9]+: ([^,]*),.*$/s, '$1')
    throw new TielineError('invalid-argument', `cannot read ${path}: ${why}`, { cause })
  }
}

/** Tells of what happens, for people or for programs. */
export class Teller {
  readonly #terminal: Terminal
  readonly #json: boolean

  constructor(terminal: Terminal, json: boolean) {
    this.#terminal = terminal
    this.#json = json
  }

  /** `text` for people, `event` and `fields` as one line of JSON for programs. */
  tell(text: string, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const line = this.#json ? JSON.stringify({ event, ...fields }) : text
    void this.#terminal.print(line)
  }

  readonly failed = (error: Error): void => {
    const code = (error as { code?: unknown }).code ?? 'internal'
    if (this.#json) this.tell('', 'failure', { code, message: error.message })
    else this.#terminal.note(error.message)
  }
}

/** Resolves when the command is to end. */
export function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

export function whereToken(path: string | undefined, token: string | undefined): string {
  if (token === undefined) return 'clients show no token'
  return path === undefined ? 'clients show TIELINE_TOKEN' : `clients show the token in ${path}`
}
