"""A client of JSON-RPC 2.0 in lines, with nothing but json and socket. It checks what it is answered.

    json_rpc_client.py SOCKET
"""
import json
import socket
import sys

connection = socket.socket(socket.AF_UNIX)
connection.settimeout(10)
connection.connect(sys.argv[1])
stream = connection.makefile("rwb", buffering=0)


def send(*messages):
    stream.write(b"".join(json.dumps(m).encode() + b"\n" for m in messages))


def receive():
    return json.loads(stream.readline())


def request(id, method, params=None):
    message = {"jsonrpc": "2.0", "id": id, "method": method}
    return message if params is None else {**message, "params": params}


def expect(found, wanted):
    if found != wanted:
        sys.exit(f"expected {wanted}, found {found}")


# By name and by position, with ids of every form, byte by byte.
for byte in json.dumps(request("one", "add", {"a": 3, "b": 4})).encode() + b"\n":
    stream.write(bytes([byte]))
expect(receive(), {"jsonrpc": "2.0", "id": "one", "result": 7})
for id in [1, "1", 0, -1, 1.5, None, "", "\u00fc\U0001d11e", 2**53 - 1]:
    send(request(id, "add", [id if isinstance(id, int) else 1, 1]))
    answer = receive()
    expect((answer["id"], type(answer["id"])), (id, type(id)))

# Several at once: answers come in their own order.
send(*[request(i, "add", {"a": i, "b": 1}) for i in range(100)])
answers = {a["id"]: a["result"] for a in (receive() for _ in range(100))}
expect(answers, {i: i + 1 for i in range(100)})

# A batch, with a notification and nonsense in it; a batch of notifications is not answered.
note = {"jsonrpc": "2.0", "method": "log", "params": ["text"]}
send([note, note], [request(1, "add", [1, 2]), note, 5, request("x", "nope")])
batch = {a["id"]: a.get("result", a.get("error", {}).get("code")) for a in receive()}
expect(batch, {1: 3, None: -32600, "x": -32601})

# What is no JSON is told so, and the connection goes on.
stream.write(b'{"jsonrpc": "2.0", "method"\n')
refusal = receive()
expect((refusal["id"], refusal["error"]["code"]), (None, -32700))
expect(refusal["error"]["message"].startswith("parse error: "), True)

# Errors: params that do not fit, a declared error with data, one that says no more than that.
for method, params, code in [("add", [1], -32602), ("fails", ["declared"], -32001), ("fails", ["odd"], -32603)]:
    send(request(7, method, params))
    expect(receive()["error"]["code"], code)

# A cancel.
send(request("slow", "wait"), {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "slow"}})
answer = receive()
expect((answer["id"], answer["error"]["code"]), ("slow", -32800))

# The server calls back while its answer is awaited.
send(request("ask", "ask"))
question = receive()
expect((question["method"], question["params"]), ("name", {"polite": True}))
send({"jsonrpc": "2.0", "id": question["id"], "result": "Ada"})
expect(receive(), {"jsonrpc": "2.0", "id": "ask", "result": "Ada!"})
print("ok")
