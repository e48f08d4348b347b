"""A client of the native protocol, written from docs/native-protocol.md: socket and msgpack only.
One thread: messages are taken while something is waited for, the server's calls run in between."""

import socket
from collections import deque

import msgpack

HELLO, CALL, STREAM, NOTIFY, ANSWER, ERROR, ITEM, END, CREDIT, CANCEL = range(10)
CALLER_ITEM, CALLER_END, CALLER_CREDIT, PING, PONG, GOAWAY = range(10, 16)
MINE, THEIRS = (CALLER_ITEM, CALLER_END, CREDIT), (ITEM, END, CALLER_CREDIT)
MAX_BODY, WINDOW = 16 * 1024 * 1024, 64 * 1024


class Failed(Exception):
    """(code, message, data?): a call failed, or the connection. Handlers raise it to answer so."""


class Call:
    """An open call of either side: items that have come, and the source of those to send."""

    def __init__(self, peer, calls, call_id, source=None, credit=0, unpaid=0, meta=None):
        self.peer, self.calls, self.id, self.meta = peer, calls, call_id, meta
        self.item, self.end, self.grant = MINE if calls is peer.mine else THEIRS
        self.source, self.credit, self.unpaid = source, credit, unpaid
        self.arrived, self.over, self.value, self.error = deque(), False, None, None
        calls[call_id] = self

    def items(self):
        """The other side's items. Its credit is renewed as they are taken."""
        while self.arrived or not self.over:
            if self.unpaid >= WINDOW // 2 and not self.over:
                self.peer.send(self.grant, self.id, self.unpaid)
                self.unpaid = 0
            if self.arrived:
                value, size = self.arrived.popleft()
                self.unpaid += size
                yield value
            else:
                self.peer.receive()
        if self.error:
            raise self.error

    def answer(self):
        deque(self.items(), maxlen=0)
        return self.value

    def cancel(self):
        self.over = True
        self.calls.pop(self.id, None)
        self.peer.send(CANCEL, self.id)

    def push(self):
        while self.source and self.credit > 0:
            if (value := next(self.source, self)) is not self:
                self.credit -= self.peer.send(self.item, self.id, value)
            else:
                self.source = None
                self.peer.send(self.end, self.id)
                if self.end == END:
                    del self.calls[self.id]

    def take(self, kind, size, value=None, *more):
        if kind in (ITEM, CALLER_ITEM):
            self.arrived.append((value, size))
        elif kind in (CREDIT, CALLER_CREDIT):
            self.credit += value
            self.push()
        else:
            self.over, self.value = True, value
            self.error = Failed(value, *more) if kind == ERROR else None
            if kind != CALLER_END:
                del self.calls[self.id]


class Peer:
    def __init__(self, path, expects=None, serves=None, handlers=None, version=(1, 0)):
        self.mine, self.theirs, self.handlers = {}, {}, handlers or {}
        self.last_id, self.last_pong, self.leaving = 0, None, False
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)  # The server pings a silent side: 30 s without a byte is dead.
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")
        self.send(HELLO, "tieline", *version, serves, expects)
        (kind, *self.hello), _ = self.read()
        if kind != HELLO:
            raise Failed(*self.hello)

    def start(self, kind, method, *params, timeout=None, meta=None, items=()):
        if self.leaving:
            raise Failed("unavailable", "the connection is closing")
        self.last_id += 1
        self.send(kind, self.last_id, method, *[WINDOW] * (kind == STREAM), timeout, meta, *params)
        return Call(self, self.mine, self.last_id, iter(items))

    def call(self, method, *params, **options):
        return self.start(CALL, method, *params, **options).answer()

    def close(self):
        self.leaving = True
        self.send(GOAWAY)
        while self.mine or self.theirs:
            self.receive()
        self.socket.shutdown(socket.SHUT_RDWR)

    def send(self, *message):
        body = msgpack.packb(message)
        self.socket.sendall(len(body).to_bytes(4, "big") + body)
        return 4 + len(body)

    def read(self):
        size = int.from_bytes(self.file.read(4), "big")
        if not 0 < size <= MAX_BODY:
            raise Failed("connection-lost", "the end, or a frame that is too large")
        return msgpack.unpackb(self.file.read(size)), 4 + size

    def receive(self):
        """Takes one message and does what it asks."""
        (kind, *rest), size = self.read()
        if kind in (CALL, STREAM, NOTIFY):
            self.serve(kind, rest)
        elif kind == PING:
            self.send(PONG, rest[0])
        elif kind == PONG:
            self.last_pong = rest[0]
        elif kind == GOAWAY:
            self.leaving = True
            if rest:
                raise Failed(*rest)
        elif rest[0] in (calls := self.theirs if CREDIT <= kind <= CALLER_END else self.mine):
            calls[rest[0]].take(kind, size, *rest[1:])

    def serve(self, kind, rest):
        call_id = rest.pop(0) if kind != NOTIFY else None
        method, credit = rest.pop(0), rest.pop(0) if kind == STREAM else 0
        _, meta, params, *_ = [None] * (kind == NOTIFY) + rest + [None] * 3
        call = Call(self, self.theirs, call_id, None, credit, WINDOW, meta)
        try:
            if self.leaving or method not in self.handlers:
                raise Failed("unavailable" if self.leaving else "unknown-method", method)
            value = self.handlers[method](params, call)
            if kind == STREAM:
                call.source = iter(value)
                return call.push()
            last = (ANSWER, call_id, value)
        except Exception as error:
            known = isinstance(error, Failed)
            last = (ERROR, call_id, *(error.args if known else ("internal", "internal error")))
        if self.theirs.pop(call_id, None) and kind != NOTIFY:
            self.send(*last)
