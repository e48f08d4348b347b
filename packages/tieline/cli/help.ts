// `tieline --help`: the commands, endpoints and exit codes on one screen.

export const overview = `Talk to programs on this machine.

  tieline call ENDPOINT METHOD [JSON]      call a method, print its answer
  tieline notify ENDPOINT METHOD [JSON]    send a notification
  tieline listen ENDPOINT [STREAM] [JSON]  print what comes, as it comes
  tieline ping ENDPOINT                    measure round trips
  tieline describe ENDPOINT                show what a server offers
  tieline serve MODULE --at ENDPOINT       serve a contract and its handlers

  ENDPOINT   local:NAME    a name of your own user's
             unix:/PATH    a Unix socket; the path alone will do
             pipe:NAME     a Windows named pipe
  JSON       the params; - reads them from stdin, @FILE from a file

Exit codes
  0  answered           3    could not connect, or lost the connection
  1  answered an error  4    timed out
  2  wrong usage        130  Ctrl-C

Example
  $ tieline call local:greeter hello '{"name": "Ada"}'
  Hello Ada

tieline COMMAND --help has more, tieline --version tells the version.`
