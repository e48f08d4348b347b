// The original's commands, answered in its own words: a set of handlers for each connection, whose
// commands run one after the other, as replies without ids lead one to expect.
import { fail, type Handlers } from 'tieline'
import type { CommandName, CommandParams } from '../bunctl/commands.js'
import { type AppConfig, readAppConfig } from '../config/app-config.js'
import { invalidConfig } from '../domain/errors.js'
import type { EventFilter, SubscriberEvent } from '../domain/events.js'
import type { Subscription } from '../domain/subscription.js'
import type { Supervisor } from '../domain/supervisor.js'
import type { SupervisorContract } from './contract.js'

export type OriginalName = CommandName | 'Unreadable'
type OriginalHandlers = Pick<Handlers<typeof SupervisorContract>, OriginalName>

const KINDS = { StatusEvents: 'status', LogEvents: 'logs', AllEvents: 'all' } as const

export function originalHandlers(supervisor: Supervisor): OriginalHandlers {
  const inTurn = turns()
  return {
    Start: ({ config }) =>
      inTurn(async () => `Started app ${(await supervisor.start(configFrom(config))).id}`),
    Stop: ({ name }) => inTurn(async () => `Stopped app ${await supervisor.stop(name)}`),
    Restart: ({ name }) =>
      inTurn(async () => {
        const { id, pid } = await supervisor.restart(name)
        return `Restarted app ${id} with PID ${pid}`
      }),
    Delete: ({ name }) => inTurn(async () => `Deleted app ${await supervisor.delete(name)}`),
    Status: ({ name }) =>
      inTurn(async () => (name === null ? supervisor.statuses() : supervisor.status(name))),
    List: () => inTurn(async () => supervisor.list()),
    Logs: ({ name, lines }) =>
      inTurn(async () =>
        name === null
          ? { type: 'all', apps: supervisor.allLogs(lines) }
          : { type: 'single', ...supervisor.logs(name, lines) },
      ),
    Subscribe: (params) => inTurnStream(inTurn, () => supervisor.subscribe(filterFrom(params))),
    Unsubscribe: () => inTurn(async () => 'Unsubscribed'),
    Unreadable: ({ message }) =>
      inTurn(async () => {
        throw fail('malformed', message)
      }),
  }
}

function configFrom(text: string): AppConfig {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalidConfig(`it is not JSON: ${(error as Error).message}`)
  }
  return readAppConfig(value)
}

function filterFrom({ kind, appName }: CommandParams['Subscribe']): EventFilter {
  return { kind: KINDS[kind], ...(appName === null ? {} : { app: appName }) }
}

type InTurn = <T>(work: () => Promise<T>) => Promise<T>

function turns(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
}

type Item = { readonly message: string } | SubscriberEvent

/** The confirmation, then single events. */
function inTurnStream(inTurn: InTurn, subscribe: () => Subscription): AsyncIterableIterator<Item> {
  let subscription: Subscription | undefined
  let left = false
  let batch: readonly SubscriberEvent[] = []
  let at = 0
  return {
    async next() {
      if (left) return { done: true, value: undefined }
      if (subscription === undefined) {
        await inTurn(async () => {
          if (!left) subscription = subscribe()
        })
        return { done: false, value: { message: 'Subscribed' } }
      }
      if (at === batch.length) {
        const step = await subscription.next()
        if (step.done) return { done: true, value: undefined }
        batch = step.value
        at = 0
      }
      return { done: false, value: batch[at++] as SubscriberEvent }
    },
    async return() {
      left = true
      await subscription?.return()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
