// The same messages through Tieline's mailbox.
import { Mailbox } from 'tieline/transport'
import type { Message, Side } from './side.js'

export async function ours(directory: string, server: boolean): Promise<Side> {
  const mailbox = await Mailbox.open(directory, server ? 'backend' : 'frontend')
  let take: (message: Message) => void = () => {}
  await mailbox.claim({
    arrived(received) {
      for (const { message } of received) take(message)
      mailbox.done(received.map(({ message }) => message.id))
    },
  })
  mailbox.hold(true)
  return {
    async send(message) {
      const sending = mailbox.writer.send(message)
      await sending.written
      return sending.id
    },
    receive(taker) {
      take = taker
    },
    close: () => mailbox.close(),
  }
}
