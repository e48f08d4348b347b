// The program that the plug-in lives in: Inkscape where there is one, else plain Python, else a stand-in
// in Node that does the same with the same files.
import { accessSync, constants, copyFileSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Paths } from '../place.js'

export const PLUGIN_HOSTS = ['inkscape', 'python', 'node'] as const
export type PluginHost = (typeof PLUGIN_HOSTS)[number]

/** The plug-in itself: examples/plugin. From dist/src/plugin. */
const FILES = fileURLToPath(new URL('../../../../plugin/', import.meta.url))

/** The first of them that this machine has. */
export function bestPluginHost(): PluginHost {
  if (programIn('inkscape') !== undefined) return 'inkscape'
  return programIn('python3') === undefined ? 'node' : 'python'
}

export function pluginProgram(host: PluginHost, at: Paths) {
  const env = { TIELINE_MAILBOX: at.mailbox, STUDIO_DRAWING: at.drawing }
  if (host === 'node') {
    const standIn = fileURLToPath(new URL('stand-in.js', import.meta.url))
    return { command: process.execPath, args: [standIn], env }
  }
  if (host === 'python') {
    return { command: 'python3', args: [join(FILES, 'plugin.py'), at.drawing], env }
  }
  return {
    command: 'inkscape',
    args: [
      at.drawing,
      '--actions=select-all:all;object-to-path',
      `--export-filename=${at.drawing}.plan`,
    ],
    env: { ...env, INKSCAPE_PROFILE_DIR: profile(at) },
  }
}

/** A profile of its own: the plug-in is not installed for the user. */
function profile(at: Paths): string {
  const directory = join(at.mailbox, 'inkscape')
  mkdirSync(join(directory, 'extensions'), { recursive: true, mode: 0o700 })
  for (const file of ['plugin.py', 'plotter.inx']) {
    copyFileSync(join(FILES, file), join(directory, 'extensions', file))
  }
  return directory
}

export function programIn(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        // Not in this folder; the next may have it.
        return false
      }
    })
}
