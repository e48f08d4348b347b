"""Drives the whole player driver from Python: nothing but socket and msgpack, written from
docs/player-driver.md. Prints what it saw as one line of JSON; argv[1] is the socket's path."""

import json
import socket
import sys
import uuid

import msgpack

VENDOR, PRODUCT, SERIAL = 0xFFFE, 0x0051, "python"
ROOT = uuid.UUID("0e042ba4-82f1-4531-bd35-b455efebc627")


def device_id(vendor, product, serial):
    of_vendor = uuid.uuid5(ROOT, "%04x" % vendor)
    of_product = uuid.uuid5(of_vendor, "%04x" % product)
    return uuid.uuid5(of_product, serial)


class Refused(Exception):
    pass


class Driver:
    """One connection: calls go out, answers and the driver's own calls come in."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.unpacker = msgpack.Unpacker(raw=False)
        self.last_id = 0
        self.answers = {}
        self.events = []
        self.updates = []

    def send(self, message):
        self.socket.sendall(msgpack.packb(message, use_bin_type=True))

    def receive(self):
        """Takes one message of the driver."""
        for message in self.unpacker:
            if message[0] == 1:
                self.answers[message[1]] = message[2:]
            elif message[0] == 0:
                _, call_id, method, params = message
                if method == "player_events":
                    self.events += params[1]
                elif method == "device_update":
                    self.updates.append(params[1])
                self.send([1, call_id, None, None])
            return
        chunk = self.socket.recv(65536)
        if not chunk:
            raise EOFError("the driver closed the connection")
        self.unpacker.feed(chunk)

    def begin(self, method, *params):
        self.last_id += 1
        self.send([0, self.last_id, method, list(params)])
        return self.last_id

    def answer(self, call_id):
        while call_id not in self.answers:
            self.receive()
        error, result = self.answers.pop(call_id)
        if error is not None:
            raise Refused(error)
        return result

    def call(self, method, *params):
        return self.answer(self.begin(method, *params))

    def refusal(self, method, *params):
        try:
            self.call(method, *params)
        except Refused as refused:
            return str(refused)
        return None

    def until(self, true):
        while not true():
            self.receive()


def main(path):
    device = device_id(VENDOR, PRODUCT, SERIAL)
    seen = {}
    watcher, display = Driver(path), Driver(path)
    seen["version"] = watcher.call("get_protocol_version")

    offer = {"vendor_id": VENDOR, "product_id": PRODUCT, "serial_number": SERIAL}
    given = display.call("attach_device", {**offer, "name": "Python", "manufacturer": None})
    seen["same device id"] = given == device.bytes
    display.call("subscribe_events", 1)

    player = watcher.call("register_player", "python")
    seen["player"] = player
    seen["unassigned"] = watcher.call("get_player_assigned_device", player)
    watcher.call("assign_player_to_device", player, device.bytes)
    seen["assigned"] = watcher.call("get_player_assigned_device", player) == device.bytes
    timeline = {"position_ms": 0, "update_unix_ms": 1700000000000, "duration_ms": 60000, "rate": 1.0}
    texts = {"title": "Überschrift", "artist": "Python", "album": None, "genre": None}
    watcher.call("update_player_state", player, {"status": 1, "timeline": timeline, "texts": texts})
    # Several at once, answered in whatever order.
    pending = [
        watcher.begin("update_player_status", player, 2),
        watcher.begin("update_player_timeline", player, {**timeline, "position_ms": 30000}),
        watcher.begin("update_player_metadata", player, 1, "Title"),
        watcher.begin("update_player_metadata", player, 0x31, "Next"),
    ]
    seen["nil answers"] = [watcher.answer(call_id) for call_id in reversed(pending)]
    watcher.call("set_preferred_player", player)
    seen["preferred"] = display.call("get_preferred_player") == player
    seen["listed"] = [each["self_id"] for each in display.call("list_players")]
    seen["devices"] = [each["name"] for each in display.call("list_devices")]
    seen["shows"] = [each["shows"] == player for each in display.call("get_status")["devices"]]

    state = {}

    def shown():
        for update in display.updates:
            for key, value in update.items():
                merged = key in ("texts", "queue") and {**state.get(key, {}), **value}
                state[key] = merged or value
        display.updates.clear()
        return state.get("queue", {}).get("title") == "Next"

    display.until(shown)
    seen["state"] = state

    seen["refusals"] = [
        watcher.refusal("nope"),
        watcher.refusal("register_player"),
        watcher.refusal("update_player_status", player, 99),
        watcher.refusal("update_player_timeline", player, {"rate": 1.0}),
        display.refusal("update_player_status", player, 1),
    ]
    watcher.call("set_preferred_player", None)
    watcher.call("unassign_player_from_device", player, device.bytes)
    second = watcher.call("register_player", "second")
    watcher.call("unregister_player", second)
    watcher.socket.close()
    gone = lambda: {"kind": "unregistered", "player_id": player} in display.events
    display.until(gone)
    kinds = [each["kind"] for each in display.events]
    seen["events"] = [kind for i, kind in enumerate(kinds) if i == 0 or kinds[i - 1] != kind]
    seen["left"] = display.call("list_players")
    display.call("unsubscribe_events", 1)
    display.call("detach_device", device.bytes)
    display.call("end_session")
    print(json.dumps(seen))


main(sys.argv[1])
