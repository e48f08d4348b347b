// player-driver display: a device without hardware. It attaches to the driver and shows on this
// terminal what the driver sends it; while a track runs nothing is sent, the clock is its own.
import { systemClock, TielineError } from 'tieline'
import { type Shown, VirtualDisplay } from '../src/devices/virtual-display.js'
import { Terminal } from '../src/display/terminal.js'
import { clean } from '../src/display/text.js'
import type { Device } from '../src/domain/device.js'
import { clearedDevice } from '../src/domain/device-state.js'
import { Status } from '../src/domain/types.js'
import type { IpcDriver } from '../src/ipc/ipc-driver.js'
import { stayConnected } from '../src/ipc/stay-connected.js'
import { aborted, wait } from '../src/watchers/wait.js'
import { changeLine } from './changes.js'
import { type Command, type Context, EXIT } from './command.js'

export const display: Command = {
  name: 'display',
  words: [],
  options: {
    at: { takesValue: true },
    name: { takesValue: true },
    serial: { takesValue: true },
    width: { takesValue: true },
    lines: {},
    ascii: {},
    once: {},
    timeout: { takesValue: true },
  },
  help: `player-driver display

Attaches a virtual device to the driver and shows what is played, until Ctrl-C.
On a terminal it draws title, artist, a progress bar and the time as it runs;
into a pipe it writes one line for each change. When the driver is restarted it
comes back by itself, and says so.

  --at ENDPOINT   where the driver is (default $FSCT_IPC_ENDPOINT or local:fsct)
  --name TEXT     what the display is called (default: Terminal display)
  --serial TEXT   what tells it from other displays and keeps its assignments
                  (default: the process id)
  --width N       columns to draw in (default: the terminal's)
  --lines         lines instead of drawing, on a terminal too
  --ascii         no characters beyond ASCII
  --once          exit 0 as soon as a track that plays was shown
  --timeout TIME  with --once: give up after 500ms, 20s, 2m (exit 4)

Example:
  $ player-driver display --name Kitchen
  ╭─ Kitchen ─────────────────────────────────── ▶ playing ─╮
  │  Morning at the Socket                                  │
  │  The Half-Duplex Trio                                   │
  ╰─────────────────────────────────────────────────────────╯`,
  run,
}

/** Before a display that the driver let go of is attached again. A second: it may happen again. */
const AGAIN_MS = 1000

async function run(context: Context): Promise<number> {
  const { args, output, signal } = context
  const seen = new AbortController()
  const timeout = args.duration('timeout')
  const late = deadline(args.has('once') ? timeout : undefined)
  const end = AbortSignal.any([signal, seen.signal, late])
  const width = args.count('width')
  const live = output.live && !args.has('lines')
  const name = args.value('name') ?? 'Terminal display'

  let terminal: Terminal | undefined
  const virtual = new VirtualDisplay({
    serialNumber: args.value('serial') ?? String(process.pid),
    name,
    changed: () => {
      terminal?.draw()
      if (args.has('once') && terminal && playsTrack(virtual.shown())) seen.abort()
    },
  })
  const start = () => {
    terminal ??= new Terminal(virtual, {
      mode: live ? 'live' : 'log',
      colour: output.colour,
      unicode: output.unicode && !args.has('ascii'),
      name,
      screen: {
        write: (text) => output.stdout.write(text),
        columns: () => width ?? output.stdout.columns ?? 80,
        rows: () => output.stdout.rows ?? 24,
      },
    })
  }
  const note = (line: string) => (live && terminal ? terminal.note(line) : output.note(line))
  const restore = () => terminal?.close()
  const listeners = followTerminal(output.stdout, () => terminal, restore)
  try {
    await stayConnected({
      at: args.endpoint,
      signal: end,
      told: (change) => {
        start()
        const line = changeLine(change)
        if (line !== undefined) note(line)
      },
      use: (driver, ending) => attached(driver, virtual, ending, note),
    })
  } finally {
    restore()
    listeners.remove()
  }
  if (late.aborted && !signal.aborted && !seen.signal.aborted) {
    throw new TielineError(
      'deadline-exceeded',
      `no track was played within ${args.value('timeout')}`,
    )
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
    await aborted(AbortSignal.any([signal, gone.signal]))
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

/** A signal that fires after so long; never for undefined. */
function deadline(ms: number | undefined): AbortSignal {
  return ms === undefined ? new AbortController().signal : AbortSignal.timeout(ms)
}

/** Keeps a drawing right when the terminal's size changes or the process was stopped, and at any end. */
function followTerminal(
  stdout: Context['output']['stdout'],
  terminal: () => Terminal | undefined,
  restore: () => void,
): { remove(): void } {
  const resized = () => terminal()?.draw()
  const continued = () => terminal()?.drawAnew()
  stdout.on('resize', resized)
  process.on('SIGCONT', continued)
  // Also at the second Ctrl-C, which exits at once: the cursor must come back.
  process.on('exit', restore)
  return {
    remove() {
      stdout.off('resize', resized)
      process.off('SIGCONT', continued)
      process.off('exit', restore)
    },
  }
}
