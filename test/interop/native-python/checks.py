"""What the tests ask of the client: argv[1] names a function, argv[2] the socket's path. Prints what
it saw as one line of JSON."""

import json
import sys

import msgpack
import tieline_native as native
from tieline_native import CALL, NOTIFY, STREAM, WINDOW, Failed, Peer

PROOF, PYTHON = ["proof", "1.2"], ["python", "1.0"]


def failed(run, *args, **options):
    try:
        run(*args, **options)
    except Failed as error:
        return list(error.args)
    return None


def hello(path):
    peer = Peer(path, ["proof", "1.0"], PYTHON)
    seen = {"hello": peer.hello, "echo": peer.call("echo", "hi")}
    peer.close()
    return seen


def refusals(path):
    contracts = [["proof", "2.0"], ["proof", "1.3"], ["other", "1.2"]]
    seen = [failed(Peer, path, each, PYTHON) for each in contracts]
    seen.append(failed(Peer, path, PROOF, ["python", "2.0"]))
    seen.append(failed(Peer, path, PROOF, None))
    seen.append(failed(Peer, path, PROOF, PYTHON, version=(2, 0)))
    seen.append(Peer(path, PROOF, PYTHON, version=(1, 9)).call("echo", "newer minor"))
    return seen


def broken_rules(path):
    """Each ends the connection, with a goaway that says why."""

    def hello_twice(peer):
        peer.send(native.HELLO, "tieline", 1, 0, PYTHON, PROOF)

    def unknown_kind(peer):
        peer.send(16)

    def too_large(peer):
        peer.socket.sendall((native.MAX_BODY + 1).to_bytes(4, "big"))

    def id_in_use(peer):
        for _ in range(2):
            peer.send(CALL, 1, "wait")

    def past_its_credit(peer):
        peer.send(STREAM, 1, "doubled", 1)
        _, _, granted = peer.read()[0]
        for _ in range(granted // 1000 + 2):
            peer.send(native.CALLER_ITEM, 1, bytes(1000))

    def endless(peer, rule):
        rule(peer)
        while True:
            peer.receive()

    rules = [hello_twice, unknown_kind, too_large, id_in_use, past_its_credit]
    return [failed(endless, Peer(path, PROOF, PYTHON), rule) for rule in rules]


def calls(path):
    peer = Peer(path, PROOF, PYTHON)
    texts = ["", "Ü", "x" * 70000]
    numbers = [0, -1, 127, 128, 2**31, 2**53 - 1, -(2**63), 2**64 - 1, 0.1, -1e300]
    values = [None, True, texts, numbers, {"a": {"b": []}}, msgpack.Timestamp(1700000000, 0)]
    blob = bytes(range(256)) * 4096
    seen = {
        "values": [value == peer.call("echo", value) for value in values],
        "1 MiB": peer.call("echo", blob) == blob,
        "nothing": peer.call("nothing"),
        "meta": peer.call("meta", meta={"trace": "abc"}),
        "timeout": 0 < peer.call("left", timeout=5000) <= 5000,
    }
    begun = [peer.start(CALL, "echo", n) for n in range(500)]
    seen["500 at once"] = [call.answer() for call in reversed(begun)] == list(range(499, -1, -1))
    slow, quick = peer.start(CALL, "after", 30), peer.start(CALL, "after", 0)
    seen["out of order"] = [quick.answer(), slow.over, slow.answer()]
    # Nobody asked for these, and the next call has an element that version 1.0 does not know.
    for message in ([4, 999, "late"], [5, 999, "late", "late"], [8, 999, 1], [9, 999]):
        peer.send(*message)
    peer.last_id += 1
    call = native.Call(peer, peer.mine, peer.last_id)
    peer.send(CALL, call.id, "echo", None, None, "known", "unknown")
    seen["unknown element"] = call.answer()
    peer.close()
    return seen


def errors(path):
    peer = Peer(path, PROOF, PYTHON)
    seen = [
        failed(peer.call, "song", 7),
        failed(peer.call, "bug"),
        failed(peer.call, "nope"),
        failed(peer.call, "__proto__"),
        failed(peer.call, "add", {"a": 1}),
        failed(peer.call, "wait", timeout=30),
        failed(peer.call, "numbers"),
        failed(peer.start(STREAM, "echo", 1).answer),
    ]
    peer.close()
    return seen


def notifications(path):
    peer = Peer(path, PROOF, PYTHON)
    for n in range(1000):
        peer.send(NOTIFY, "log", None, n)
    peer.send(NOTIFY, "log", {"trace": "abc"}, "with metadata")
    peer.send(NOTIFY, "nope")
    return peer.call("logged")


def streams(path):
    peer = Peer(path, PROOF, PYTHON)
    seen = {"numbers": list(peer.start(STREAM, "numbers", {"count": 5, "size": 0}).items())}
    # 1,000 bytes, their bin header, the message around them and its length.
    frame = 1000 + 3 + 3 + 4
    stream = peer.start(STREAM, "numbers", {"count": 1000, "size": 1000})
    for _ in range(100):
        peer.call("echo")
    seen["ahead"] = [size for _, size in stream.arrived] == [frame] * (WINDOW // frame + 1)
    seen["all"] = len([item for item in stream.items() if len(item) == 1000])
    broken, got = peer.start(STREAM, "broken"), []
    seen["error"] = failed(lambda: got.extend(broken.items()))
    seen["before it"] = got
    peer.close()
    return seen


def items(path):
    peer = Peer(path, PROOF, PYTHON)
    lines = (b"x" * 1000 for _ in range(2000))
    seen = {
        "sum": peer.call("sum", items=range(1000)),
        "none": peer.call("sum"),
        "not read": peer.call("echo", 1, items=range(9)),
        "bytes": peer.call("weigh", items=lines),
        "both ways": list(peer.start(STREAM, "doubled", items=range(500)).items())[-1],
        # The handler leaves after the first: the caller stops sending.
        "first": peer.call("first", items=iter(int, 1)),
    }
    peer.close()
    return seen


def cancel(path):
    peer = Peer(path, PROOF, PYTHON)
    waiting, endless = peer.start(CALL, "wait"), peer.start(STREAM, "endless")
    for item in endless.items():
        if item == 10:
            break
    waiting.cancel()
    endless.cancel()
    late = peer.start(CALL, "echo", 1)
    late.answer()
    late.cancel()
    seen = {"left": peer.call("cancelled"), "nothing came": [waiting.value, waiting.error]}
    peer.close()
    return seen


def pings(path):
    peer = Peer(path, PROOF, PYTHON)
    seen = {"server's ping answered": peer.call("pingMe")}
    peer.send(native.PING, 2**32 - 1)
    while peer.last_pong is None:
        peer.receive()
    seen["pong"] = peer.last_pong
    # The server is quiet for longer than its heartbeat, and pings us: we answer, and stay.
    peer.call("after", 1000)
    seen["alive"] = peer.call("echo", True)
    peer.close()
    return seen


def called_back(path):
    told = []

    def refuse(params, call):
        raise Failed("busy", "Python is busy", {"until": 5})

    def numbers(count, call):
        return (bytes([n % 256]) * 1000 for n in range(count))

    def ask(params, call):
        # A call of ours while one of theirs is open.
        return call.peer.call("echo", "from within")

    handlers = {
        "greet": lambda params, call: "Hello %s, %s" % (params["name"], call.meta["trace"]),
        "refuse": refuse,
        "bug": lambda params, call: 1 // 0,
        "numbers": numbers,
        "sum": lambda params, call: sum(call.items()),
        "ask": ask,
        "told": lambda params, call: told.append(params),
    }
    peer = Peer(path, PROOF, PYTHON, handlers)
    seen = peer.call("callBack")
    seen["told"] = told
    peer.close()
    return seen


def server_drains(path):
    peer = Peer(path, PROOF, PYTHON)
    call = peer.start(CALL, "drain")
    while not peer.leaving:
        peer.receive()
    seen = {"before": call.over, "ours": failed(peer.call, "echo", 1)}
    peer.leaving = False
    seen["theirs"] = failed(peer.call, "echo", 1)[0]
    peer.send(NOTIFY, "log", None, "go on")
    seen["answer"] = call.answer()
    seen["end"] = failed(peer.receive)[0]
    return seen


def we_drain(path):
    handlers = {"ask": lambda params, call: "too late"}
    peer = Peer(path, PROOF, PYTHON, handlers)
    call = peer.start(CALL, "askLater")
    peer.close()
    return call.value


def golden(path):
    with open(path) as file:
        frames = json.load(file)["frames"]
    wrong = []
    for frame in frames:
        body = msgpack.packb(frame["array"])
        if (len(body).to_bytes(4, "big") + body).hex() != frame["hex"]:
            wrong.append(frame["say"])
    return {"frames": len(frames), "wrong": wrong}


print(json.dumps(globals()[sys.argv[1]](sys.argv[2])))
