// Looks on while a channel works: every chunk both ways and how it ended, with nothing changed.
import type { Channel, ChannelSink, CloseInfo } from './channel.js'

/** Chunks are lent for the call, as to any sink. None of these may throw. */
export interface ChannelObserver {
  /** What `send` has taken. */
  sent?(data: Uint8Array | readonly Uint8Array[]): void
  /** What arrives, before the sink gets it. */
  received?(chunk: Uint8Array): void
  /** Before the sink is told. */
  closed?(why: CloseInfo): void
}

/** The same channel with an observer. Use it in place of the channel, before that is opened. */
export function tap(channel: Channel, observer: ChannelObserver): Channel {
  return {
    unit: channel.unit,
    remote: channel.remote,
    open: (sink) => channel.open(watched(sink, observer)),
    send(data) {
      const more = channel.send(data)
      observer.sent?.(data)
      return more
    },
    get buffered() {
      return channel.buffered
    },
    pause: () => channel.pause(),
    resume: () => channel.resume(),
    hold: (alive) => channel.hold(alive),
    close: (options) => channel.close(options),
    abort: (reason) => channel.abort(reason),
  }
}

function watched(sink: ChannelSink, observer: ChannelObserver): ChannelSink {
  const outer: ChannelSink = {
    message(chunk) {
      observer.received?.(chunk)
      sink.message(chunk)
    },
    drained: () => sink.drained(),
    closed(why) {
      observer.closed?.(why)
      sink.closed(why)
    },
  }
  // Without `room` the channel reads into memory of its own, so it is there only when the sink has it.
  if (sink.room !== undefined) outer.room = () => sink.room?.()
  return outer
}
