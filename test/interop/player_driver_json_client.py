"""A client of the player driver, generation 3, with nothing but json and socket.

Usage: player_driver_json_client.py SOCKET. Prints one JSON object of what it saw.
"""

import json
import socket
import sys
import time
import uuid

ROOT = uuid.UUID("0e042ba4-82f1-4531-bd35-b455efebc627")


class Driver:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        self.file = self.socket.makefile("r", encoding="utf-8")
        self.id = 0
        self.pushed = []

    def read(self):
        return json.loads(self.file.readline())

    def call(self, method, **params):
        self.id += 1
        message = {"jsonrpc": "2.0", "method": method, "params": params, "id": self.id}
        self.socket.sendall(json.dumps(message).encode() + b"\n")
        while True:
            answer = self.read()
            if "method" in answer:
                self.pushed.append(answer)
            elif answer["id"] == self.id:
                if "error" in answer:
                    raise RuntimeError(answer["error"])
                return answer["result"]

    def refused(self, method, **params):
        try:
            self.call(method, **params)
        except RuntimeError as error:
            return error.args[0]
        return None

    def offset(self):
        """What to add to our monotonic clock to have the driver's."""
        theirs = self.call("get_timesync")
        mono, wall = time.monotonic_ns(), time.time_ns()
        return theirs["mono_ns"] - mono + wall - theirs["wall_ns"]


def device_id(vendor, product, serial):
    by_vendor = uuid.uuid5(ROOT, "%04x" % vendor)
    return str(uuid.uuid5(uuid.uuid5(by_vendor, "%04x" % product), serial))


def main(path):
    driver = Driver(path)
    seen = {"version": driver.call("get_protocol_version")}
    offsets = [driver.offset(), driver.offset()]
    seen["clocks agree"] = abs(offsets[0] - offsets[1]) <= 5_000_000
    # One machine has one monotonic clock.
    seen["one clock"] = abs(offsets[1]) < 50_000_000

    player = driver.call("register_player", self_id="python")
    seen["player"] = player
    timeline = {"position_ms": 30_000, "duration_ms": 60_000, "rate": 1.0}
    timeline["update_mono_ns"] = time.monotonic_ns() + offsets[1]
    texts = {"title": "Titel Ä", "artist": "Python", "album": None, "genre": None}
    state = {"status": "playing", "timeline": timeline, "texts": texts}
    seen["answers"] = [
        driver.call("update_player_state", player_id=player, state=state),
        driver.call("update_player_status", player_id=player, status="paused"),
        driver.call(
            "update_player_metadata", player_id=player, metadata_id="current_genre", text="Folk"
        ),
    ]
    [found] = driver.call("get_detected_devices")
    seen["same device id"] = found == device_id(0xFFFE, 0x0001, "s")
    seen["info"] = driver.call("get_device_info", device_id=found)
    driver.call("assign_player_to_device", player_id=player, device_id=found)
    seen["assigned"] = driver.call("get_player_assigned_device", player_id=player) == found
    driver.call("unassign_player_from_device", player_id=player, device_id=found)
    seen["unassigned"] = driver.call("get_player_assigned_device", player_id=player)
    seen["refusals"] = [
        driver.refused("nope"),
        driver.refused("update_player_status", player_id=player, status=1),
        driver.refused("unregister_player", player_id=player + 1),
    ]
    driver.socket.sendall(b"{nonsense\n")
    parse_error = driver.read()
    seen["parse error"] = [parse_error["id"], parse_error["error"]["code"]]
    # The other side takes its device off when it sees this.
    driver.call("update_player_timeline", player_id=player, timeline=None)
    while not driver.pushed:
        driver.pushed.append(driver.read())
    seen["pushed"] = [
        [each["method"], each["params"]["event"], each["params"]["device_id"] == found]
        for each in driver.pushed
    ]
    driver.call("unregister_player", player_id=player)
    print(json.dumps(seen))


main(sys.argv[1])
