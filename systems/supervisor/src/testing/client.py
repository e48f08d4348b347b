# A client of the wire with nothing but socket and json: what the original's users may have written.
import json
import socket
import struct
import sys


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)

    def send(self, message):
        text = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.socket.sendall(struct.pack('<I', len(text)) + text)

    def receive(self):
        header = self.exactly(4)
        if header is None:
            return None
        return json.loads(self.exactly(struct.unpack('<I', header)[0]))

    def exactly(self, count):
        data = b''
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                return None
            data += more
        return data

    def ask(self, message):
        self.send(message)
        return self.receive()


def main(path):
    client = Client(path)
    script = 'while :; do echo line; sleep 0.05; done'
    config = json.dumps({'name': 'Web App', 'command': '/bin/sh', 'args': ['-c', script]})
    told = {}
    told['subscribe'] = client.ask({'Subscribe': {'subscription': {'StatusEvents': {'app_name': None}}}})
    told['start'], told['events'] = collect(client, {'Start': {'name': 'x', 'config': config}}, 3)
    told['again'] = client.ask({'Start': {'name': 'x', 'config': config}})
    told['unsubscribe'] = client.ask('Unsubscribe')
    told['list'] = client.ask('List')
    told['status'] = client.ask({'Status': {'name': 'web-app'}})
    told['log'] = client.ask({'Subscribe': {'subscription': {'LogEvents': {'app_name': 'web-app'}}}})
    told['line'] = client.receive()
    other = Client(path)
    told['logs'] = other.ask({'Logs': {'name': 'web-app', 'lines': 1}})
    told['all'] = other.ask({'Logs': {'name': None, 'lines': 1}})
    told['bad'] = [other.ask(b'nonsense'), other.ask(b''), other.ask({'Nope': {}})]
    told['config'] = other.ask({'Start': {'name': 'y', 'config': '{"name":"y"}'}})
    for each in [{'Stop': {'name': 'web-app'}}, {'Stop': ['web-app']}, 'List', {'Delete': {'name': 'web-app'}}]:
        other.send(each)
    told['pipelined'] = [other.receive() for _ in range(4)]
    other.socket.sendall(struct.pack('<I', 10 * 1024 * 1024 + 1))
    told['oversize'] = [other.receive(), other.receive()]
    print(json.dumps(told))


def collect(client, message, events):
    client.send(message)
    reply, seen = None, []
    while reply is None or len(seen) < events:
        each = client.receive()
        if 'Event' in each:
            seen.append(each['Event'])
        else:
            reply = each
    return reply, seen


main(sys.argv[1])
