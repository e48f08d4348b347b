// player-driver display: a device without hardware. It attaches to the driver and shows on this
// terminal what the driver sends it; while a track runs nothing is sent, the clock is its own.
import { systemClock, TielineError } from 'tieline'
import { type Context, command, EXIT, type Terminal } from 'tieline/command'
import { type Shown, VirtualDisplay } from '../src/devices/virtual-display.js'
import { Terminal as Drawing } from '../src/display/terminal.js'
import { clean } from '../src/display/text.js'
import type { Device } from '../src/domain/device.js'
import { clearedDevice } from '../src/domain/device-state.js'
import { Status } from '../src/domain/types.js'
import type { IpcDriver } from '../src/ipc/ipc-driver.js'
import { stayConnected } from '../src/ipc/stay-connected.js'
import { aborted, untilFirst, wait } from '../src/watchers/wait.js'
import { changeLine } from './changes.js'
import { driverAt, driverFrom, tied, whileTied } from './common.js'

const OPTIONS = {
  at: driverAt,
  name: {
    kind: 'text',
    value: 'TEXT',
    about: 'what the display is called (default: Terminal display)',
  },
  serial: {
    kind: 'text',
    value: 'TEXT',
    about: `what tells it from other displays and keeps its assignments
(default: the process id)`,
  },
  width: {
    kind: 'number',
    value: 'N',
    about: "columns to draw in (default: the terminal's)",
  },
  lines: { kind: 'flag', about: 'lines instead of drawing, on a terminal too' },
  ascii: { kind: 'flag', about: 'no characters beyond ASCII' },
  once: { kind: 'flag', about: 'exit 0 as soon as a track that plays was shown' },
  timeout: {
    kind: 'duration',
    value: 'TIME',
    about: 'with --once: give up after 500ms, 20s, 2m (exit 4)',
  },
  tied,
} as const

type DisplayContext = Context<readonly [], typeof OPTIONS>

export const display = command({
  name: 'display',
  options: OPTIONS,
  about: `Attaches a virtual device to the driver and shows what is played, until Ctrl-C.
On a terminal it draws title, artist, a progress bar and the time as it runs;
into a pipe it writes one line for each change. When the driver is restarted it
comes back by itself, and says so.`,
  example: `$ player-driver display --name Kitchen
╭─ Kitchen ─────────────────────────────────── ▶ playing ─╮
│  Morning at the Socket                                  │
│  The Half-Duplex Trio                                   │
╰─────────────────────────────────────────────────────────╯`,
  run: (context) => whileTied(context, (signal) => run({ ...context, signal })),
})

/** Before a display that the driver let go of is attached again. A second: it may happen again. */
const AGAIN_MS = 1000

async function run({ args, terminal, signal }: DisplayContext): Promise<number> {
  const { at, once, width, timeout, name = 'Terminal display', serial, lines, ascii } = args.options
  const seen = new AbortController()
  const late = new AbortController()
  const live = terminal.draws && !lines

  let drawing: Drawing | undefined
  const virtual = new VirtualDisplay({
    serialNumber: serial ?? String(process.pid),
    name,
    changed: () => {
      drawing?.draw()
      if (once && drawing && playsTrack(virtual.shown())) seen.abort()
    },
  })
  const start = () => {
    drawing ??= new Drawing(virtual, {
      mode: live ? 'live' : 'log',
      colour: terminal.colours,
      unicode: terminal.unicode && !ascii,
      name,
      screen: {
        write: (text) => terminal.write(text),
        columns: () => width ?? terminal.columns,
        rows: () => terminal.height,
      },
    })
  }
  const note = (line: string) => (live && drawing ? drawing.note(line) : terminal.note(line))
  const restore = () => drawing?.close()
  const listeners = followTerminal(terminal, () => drawing, restore)
  const limit = once ? timeout : undefined
  const timer = limit === undefined ? undefined : systemClock.after(limit, () => late.abort())
  try {
    await untilFirst([signal, seen.signal, late.signal], (end) =>
      stayConnected({
        at: driverFrom(at),
        signal: end,
        told: (change) => {
          start()
          const line = changeLine(change)
          if (line !== undefined) note(line)
        },
        use: (driver, ending) => attached(driver, virtual, ending, note),
      }),
    )
  } finally {
    timer?.cancel()
    restore()
    listeners.remove()
  }
  if (late.signal.aborted && !signal.aborted && !seen.signal.aborted) {
    const within = (timeout ?? 0) % 1000 === 0 ? `${(timeout ?? 0) / 1000}s` : `${timeout}ms`
    throw new TielineError('deadline-exceeded', `no track was played within ${within}`)
  }
  return EXIT.done
}

/** Attached until the signal fires; again when the driver lets go of it meanwhile. */
async function attached(
  driver: IpcDriver,
  virtual: VirtualDisplay,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    const gone = new AbortController()
    const device: Device = {
      info: virtual.info,
      apply: (update) => virtual.apply(update),
      detached: (reason) => {
        // What it showed may be over by now. At an end of our own it stays for the eye.
        if (reason !== undefined) virtual.apply(clearedDevice)
        gone.abort(reason)
      },
    }
    await driver.attachDevice(device)
    await aborted(signal, gone.signal)
    if (signal.aborted) return
    note(
      clean(`the driver let go of this display: ${String(gone.signal.reason)}; attaching it again`),
    )
    await wait(systemClock, AGAIN_MS, signal)
  }
}

function playsTrack({ status, texts, positionMs }: Shown): boolean {
  return status === Status.Playing && (texts.title !== null || positionMs !== null)
}

/** Keeps a drawing right when the terminal's size changes or the process was stopped, and at any end. */
function followTerminal(
  terminal: Terminal,
  drawing: () => Drawing | undefined,
  restore: () => void,
): { remove(): void } {
  const continued = () => drawing()?.drawAnew()
  const unresized = terminal.resized(() => drawing()?.draw())
  process.on('SIGCONT', continued)
  // Also at the second Ctrl-C, which exits at once: the cursor must come back.
  process.on('exit', restore)
  return {
    remove() {
      unresized()
      process.off('SIGCONT', continued)
      process.off('exit', restore)
    },
  }
}
