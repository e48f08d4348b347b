"""The example agent of the game engine's module. `example_agent.py SOCKET PORT` prints what happens."""
import struct
import sys

from channel_host import Agent, content_of

path, wanted = sys.argv[1], int(sys.argv[2])
agent = Agent(path)


def say(*words):
    print(*words, flush=True)


try:
    port = agent.listen(wanted, "example")
except OSError as error:
    say("refused", error.errno, error.strerror)
    sys.exit(0)
say("listening", port)
while True:
    try:
        kind, message = agent.receive()
    except EOFError:
        say("gone")
        break
    if kind == "Opened":
        say("opened", message.Channel(), message.Port() == port, message.UserId().decode())
    elif kind == "ChannelClosed":
        channel = message.Closed()
        say("closed", channel.Channel(), message.ByAgent(), (message.Code() or b"").decode())
        agent.close(channel.Channel())
    elif kind == "Failure":
        say("failure", message.Code().decode())
    elif kind == "MessageFromRemote":
        content = content_of(message)
        first = content[0]
        if first == 1:
            agent.message(message.Channel(), content)
        elif first == 2:
            agent.message(message.Channel(), struct.pack("<Bff", 2, 800, 600.5))
        elif first == 3:
            agent.close(message.Channel())
        elif first == 4:
            agent.message(65535, b"nobody")
        elif first == 255:
            agent.ignore(port, "example")
