// What a test leaves to be undone, and the folder it may fill.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished, TestRunner } from 'vitest'

const ofFile: (() => unknown)[] = []
afterAll(async () => {
  for (const end of ofFile.splice(0).reverse()) await end()
}, 60_000)

/** Runs `end` when this test is over, the last one first; called outside of a test, when its file is. */
export function atEnd(end: () => unknown): void {
  if (TestRunner.getCurrentTest()) onTestFinished(async () => void (await end()))
  else ofFile.push(end)
}

/** An empty folder of its own, 0700, which is gone at the end. Its path is short: sockets fit into it. */
export function ownFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tl-'))
  // Tried again: a process that was just killed may still have written.
  atEnd(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
  return path
}
