// The trace across real processes: this one has an SDK, and so has the handler's, each with its own.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
// The built package, as the programs that it starts are built.
import { silentLog, startBridge } from '@tieline/web-bridge'
import { expect, onTestFinished, test } from 'vitest'
import { ownDirectory, until } from '../../bridge.test.helper.js'

const HANDLERS = `
export const routes = { 'GET /sum': async (_request, { rpc }) => rpc.call('add', [1, 2]) }
`

/** A module as a user has one, which registers an SDK; spans go to a file. */
const sdk = (file: string) => `
import { appendFileSync } from 'node:fs'
import { context, trace } from '${import.meta.resolve('@opentelemetry/api')}'
import { AsyncLocalStorageContextManager } from '${import.meta.resolve('@opentelemetry/context-async-hooks')}'
import { BasicTracerProvider, SimpleSpanProcessor } from '${import.meta.resolve('@opentelemetry/sdk-trace-base')}'
const exporter = {
  export(spans, done) {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext()
      const line = { name: span.name, traceId, spanId, parent: span.parentSpanContext?.spanId, pid: process.pid }
      appendFileSync(${JSON.stringify(file)}, JSON.stringify(line) + '\\n')
    }
    done({ code: 0 })
  },
  shutdown: async () => {},
}
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
`

interface Line {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parent: string
  readonly pid: number
}

test('a trace goes through a handler process with an SDK of its own, and back', async () => {
  const directory = await ownDirectory()
  const at = (name: string) => join(directory, name)
  await writeFile(at('handlers.mjs'), HANDLERS)
  await writeFile(at('otel.mjs'), sdk(at('spans')))
  await writeFile(at('spans'), '')
  const exporter = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  )
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  onTestFinished(() => {
    trace.disable()
    context.disable()
  })
  await using bridge = await startBridge({
    port: 0,
    at: `unix:${at('bridge.sock')}`,
    modules: [at('handlers.mjs')],
    execArgv: ['--import', at('otel.mjs')],
    rpc: [{ add: (params: unknown) => (params as number[]).reduce((a, b) => a + b, 0) }],
    log: silentLog,
  })
  expect(await (await fetch(`${bridge.url}/sum`)).json()).toBe(3)
  const theirs = async () => {
    const lines = (await readFile(at('spans'), 'utf8')).split('\n').filter((line) => line !== '')
    return lines.map((line) => JSON.parse(line) as Line)
  }
  await until(async () => (await theirs()).length === 2 && exporter.getFinishedSpans().length === 3)
  const ours = exporter.getFinishedSpans()
  const own = (name: string) => ours.find((span) => span.name === name)
  const there = await theirs()
  const handler = there.find(({ name }) => name === 'handler GET /sum')
  const client = there.find(({ name }) => name === 'rpc add')
  expect(handler?.parent).toBe(own('call GET /sum')?.spanContext().spanId)
  expect(client?.parent).toBe(handler?.spanId)
  expect(own('rpc add')?.parentSpanContext?.spanId).toBe(client?.spanId)
  const traces = [
    ...ours.map((span) => span.spanContext().traceId),
    ...there.map((each) => each.traceId),
  ]
  expect(new Set(traces).size).toBe(1)
  expect(handler?.pid).toBe(bridge.health().processes[0]?.pid)
})
