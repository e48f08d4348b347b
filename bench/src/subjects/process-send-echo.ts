// The child of the process.send subjects: sends back what it is sent, and says its CPU time when asked.
process.on('message', (message) => {
  if (message !== 'cpu') {
    process.send?.(message)
    return
  }
  const { user, system } = process.cpuUsage()
  process.send?.(user + system)
})
process.on('SIGINT', () => {})
