// The child of the process.send subjects: sends back what it is sent, counts what wants no answer, and
// says its CPU time when asked.
let notes = 0
process.on('message', (message: { note?: unknown } | string) => {
  if (typeof message === 'object' && message.note) notes++
  else if (message === 'noted') process.send?.(notes)
  else if (message === 'cpu') {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  } else process.send?.(message)
})
process.on('SIGINT', () => {})
