"""A server of JSON-RPC 2.0 in lines, with nothing but json and socket: for one client. It answers late,
out of order and in pieces, and makes a few mistakes on purpose.

    json_rpc_server.py SOCKET
"""
import json
import os
import socket
import sys
import time

path = sys.argv[1]
listening = socket.socket(socket.AF_UNIX)
os.umask(0o077)
listening.bind(path)
listening.listen(1)
print("listening", flush=True)
connection, _ = listening.accept()
connection.settimeout(10)
stream = connection.makefile("rwb", buffering=0)


def send(message):
    stream.write(json.dumps(message).encode() + b"\n")


def answer(request, **more):
    send({"jsonrpc": "2.0", "id": request["id"], **more})


held = []
for line in stream:
    message = json.loads(line)
    method, params = message.get("method"), message.get("params")
    if method == "hold":
        held.append(message)
        if len(held) < 3:
            continue
        # Unknown ids, and one that only looks alike; then all three, the last first, in one batch.
        send({"jsonrpc": "2.0", "id": 99, "result": "unknown"})
        send({"jsonrpc": "2.0", "id": str(message["id"]), "result": "alike"})
        send([{"jsonrpc": "2.0", "id": m["id"], "result": m["params"]} for m in reversed(held)])
        held.clear()
    elif method == "pieces":
        for byte in json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": params}).encode():
            stream.write(bytes([byte]))
        time.sleep(0.01)
        stream.write(b"\r\n\n\n")
    elif method == "fails":
        answer(message, error={"code": -32050, "message": "no luck", "data": {"why": "python"}})
    elif method == "ask":
        send({"jsonrpc": "2.0", "id": "from python", "method": "name", "params": ["polite"]})
        answer(message, result=json.loads(stream.readline()))
    elif method == "nonsense":
        stream.write(b"no JSON\n")
        answer(message, result=json.loads(stream.readline()))
    elif method == "wait":
        cancel = json.loads(stream.readline())
        matches = cancel["method"] == "$/cancelRequest" and cancel["params"] == {"id": message["id"]}
        answer(message, error={"code": -32800, "message": "cancelled"})
        send({"jsonrpc": "2.0", "method": "cancelled", "params": {"matches": matches}})
