"""A player driver that answers as badly as the protocol allows: in pieces, out of order, with answers
to nobody in between. Listens at argv[1], serves one connection, and ends with it."""

import socket
import sys

import msgpack


def pack(message):
    return msgpack.packb(message, use_bin_type=True)


def in_pieces(connection, data):
    """A byte at a time, the whole of it no slower for that."""
    for i in range(len(data)):
        connection.sendall(data[i : i + 1])


def answer(call_id, method, params):
    if method == "register_player":
        # 'player 7' is player 7, so that a mixed-up answer shows.
        return [1, call_id, None, int(params[0].split()[1])]
    if method == "get_player_assigned_device":
        return [1, call_id, None, bytes([params[0]] * 16)]
    if method == "unregister_player":
        return [1, call_id, "Player not found", None]
    if method == "end_session":
        return [1, call_id, "unknown method: end_session", None]
    return [1, call_id, None, None]


def serve(connection):
    unpacker = msgpack.Unpacker(raw=False)
    waiting = []
    wanted = 1
    while True:
        chunk = connection.recv(65536)
        if not chunk:
            return
        unpacker.feed(chunk)
        for _, call_id, method, params in unpacker:
            if method == "get_protocol_version":
                in_pieces(connection, pack([1, call_id, None, {"major": 1, "minor": 4}]))
                continue
            if method == "set_preferred_player":
                # How many of the next calls are answered together.
                wanted = params[0]
                connection.sendall(pack([1, call_id, None, None]))
                continue
            waiting.append((call_id, method, params))
            if len(waiting) < wanted:
                continue
            answers = [pack([1, 4000000000, None, "to nobody"]), pack([1, 0, "to nobody", None])]
            for each in reversed(waiting):
                answers.append(pack(answer(*each)))
                # A second answer, and one to a call that was never made.
                answers.append(pack([1, each[0], "again", None]))
                answers.append(pack([1, each[0] + 1000, "to nobody", None]))
            waiting = []
            in_pieces(connection, b"".join(answers))


listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print("listening", flush=True)
serve(listener.accept()[0])
