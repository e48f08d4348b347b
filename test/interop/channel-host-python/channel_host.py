"""An agent of a channel host in Python: the generated code, a socket, and nothing else.

Each message is four bytes of length, little endian, and then an Envelope of the schema
systems/channel-host/schema/channel_host.fbs.
"""
import os
import socket
import struct
import sys

import flatbuffers

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "generated"))
import Body  # noqa: E402
import ChannelClosed  # noqa: E402
import Close  # noqa: E402
import CloseChannel  # noqa: E402
import Envelope  # noqa: E402
import Failure  # noqa: E402
import MessageFromRemote  # noqa: E402
import MessageToRemote  # noqa: E402
import Opened  # noqa: E402
import PortIgnore  # noqa: E402
import PortListen  # noqa: E402
import PortListenResult  # noqa: E402
import Welcome  # noqa: E402

TABLES = {
    number: getattr(module, name)
    for module in (ChannelClosed, Failure, MessageFromRemote, Opened, PortListenResult, Welcome)
    for name in [module.__name__]
    for number in [getattr(Body.Body, name)]
}


class Agent:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        kind, welcome = self.receive()
        assert kind == "Welcome" and welcome.Version() == 1, kind

    def listen(self, port, user_id):
        """Returns the port. Raises OSError with the host's reason."""

        def body(builder):
            name = builder.CreateString(user_id)
            PortListen.Start(builder)
            PortListen.AddPort(builder, port)
            PortListen.AddUserId(builder, name)
            return PortListen.End(builder)

        self.send(Body.Body.PortListen, body)
        kind, answer = self.receive()
        if kind == "Failure":
            _, result = self.receive()
            raise OSError(result.Result(), answer.Message().decode())
        return answer.Port()

    def ignore(self, port, user_id):
        def body(builder):
            name = builder.CreateString(user_id)
            PortIgnore.Start(builder)
            PortIgnore.AddPort(builder, port)
            PortIgnore.AddUserId(builder, name)
            return PortIgnore.End(builder)

        self.send(Body.Body.PortIgnore, body)

    def message(self, channel, content):
        def body(builder):
            vector = builder.CreateByteVector(content)
            MessageToRemote.Start(builder)
            MessageToRemote.AddChannel(builder, channel)
            MessageToRemote.AddContent(builder, vector)
            return MessageToRemote.End(builder)

        self.send(Body.Body.MessageToRemote, body)

    def close(self, channel):
        """Closes a channel; of one that the host has closed it says that this agent knows."""

        def body(builder):
            CloseChannel.Start(builder)
            CloseChannel.AddClose(builder, Close.CreateClose(builder, channel))
            return CloseChannel.End(builder)

        self.send(Body.Body.CloseChannel, body)

    def send(self, kind, body):
        builder = flatbuffers.Builder(256)
        at = body(builder)
        Envelope.Start(builder)
        Envelope.AddBodyType(builder, kind)
        Envelope.AddBody(builder, at)
        builder.FinishSizePrefixed(Envelope.End(builder), file_identifier=b"TCH1")
        self.socket.sendall(builder.Output())

    def receive(self):
        """The next message: its name and its table. The table is None for those not used here."""
        (length,) = struct.unpack("<I", self.read(4))
        buffer = self.read(length)
        assert buffer[4:8] == b"TCH1", buffer[:8]
        envelope = Envelope.Envelope.GetRootAs(buffer, 0)
        table = TABLES.get(envelope.BodyType())
        if table is None:
            return "", None
        found = table()
        found.Init(buffer, envelope.Body().Pos)
        return table.__name__, found

    def read(self, count):
        chunks = bytearray()
        while len(chunks) < count:
            chunk = self.socket.recv(count - len(chunks))
            if not chunk:
                raise EOFError("the host is gone")
            chunks += chunk
        return bytes(chunks)


def content_of(message):
    return bytes(message.Content(i) for i in range(message.ContentLength()))
