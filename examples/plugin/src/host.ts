// Starts the program that the plug-in lives in: Inkscape without its window, or plain Python.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const FILES = join(import.meta.dirname, '../..')

export interface Host {
  readonly name: 'Inkscape' | 'Python'
  readonly process: ChildProcess
}

/** True when Inkscape is there to be run. */
export function hasInkscape(): boolean {
  return spawnSync('inkscape', ['--version'], { stdio: 'ignore' }).status === 0
}

/** The plug-in with `drawing`, at work on the mailbox `directory`; what it saves becomes `plan`. */
export function startHost(
  directory: string,
  drawing: string,
  plan: string,
  name: Host['name'],
): Host {
  const env = { ...process.env, TIELINE_MAILBOX: directory }
  if (name === 'Python') {
    const script = join(FILES, 'plugin.py')
    const child = spawn('/usr/bin/python3', [script, drawing], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return { name, process: child }
  }
  // A profile of its own: the plug-in is not installed for the user, and no window is wanted.
  const profile = join(directory, 'inkscape')
  mkdirSync(join(profile, 'extensions'), { recursive: true })
  for (const file of ['plugin.py', 'plotter.inx']) {
    cpSync(join(FILES, file), join(profile, 'extensions', file))
  }
  // Text and shapes become paths before the plug-in sees them: that is what Inkscape is good at.
  const actions = '--actions=select-all:all;object-to-path'
  const child = spawn('inkscape', [drawing, actions, `--export-filename=${plan}`], {
    env: { ...env, INKSCAPE_PROFILE_DIR: profile },
    // Inkscape says much on stderr that is about its window.
    stdio: 'ignore',
  })
  return { name, process: child }
}
