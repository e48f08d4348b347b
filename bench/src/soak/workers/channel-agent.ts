// An agent that echoes, and says when the host breaks a promise: `closed` exactly once, numbers unique
// while a channel is open, nothing after `closed`.
import { type AgentChannel, connectAgent } from '@tieline/channel-host'

const [at = '', port = '0'] = process.argv.slice(2)
const open = new Map<number, AgentChannel>()
const say = (text: string) => process.stdout.write(`${text}\n`)

const agent = await connectAgent({ at, reconnect: { cap: 1000 } })
await agent.listen(Number(port), {
  userId: 'soak',
  opened(channel) {
    if (open.has(channel.number)) say(`channel ${channel.number} was opened twice`)
    open.set(channel.number, channel)
  },
  message(channel, bytes) {
    if (open.get(channel.number) !== channel)
      say(`a message of channel ${channel.number}, which is not open`)
    channel.send(bytes)
  },
  closed(channel) {
    if (open.get(channel.number) !== channel)
      say(`channel ${channel.number} was closed and is not open`)
    open.delete(channel.number)
  },
  lost: (error) => say(`the port was lost: ${error.message}`),
})
process.on('message', () => process.send?.(open.size))
const end = () => {
  if (process.connected) process.disconnect()
  void agent.close()
}
process.once('SIGTERM', end)
process.once('disconnect', end)
say('ready')
