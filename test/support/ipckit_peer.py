"""A program that uses the original file channel: its algorithm exactly, its faults included.

Plain Python without packages, written from the description of the files and of what the original
does. Usage: ipckit_peer.py backend|frontend DIR ACTION [ARGUMENTS]. Prints JSON lines.
"""
import json
import os
import sys
import time
import uuid

LIMIT = 100
POLL = 0.05
OFFSET = int(os.environ.get('CLOCK_OFFSET_MS', '0'))
FIXED = os.environ.get('CLOCK_FIXED_MS')


def now():
    return int(FIXED) if FIXED else int(time.time() * 1000) + OFFSET


def check(message):
    """The original's reader refuses the whole file for one bad entry."""
    if not isinstance(message, dict) or not isinstance(message.get('id'), str):
        raise ValueError('not a message')
    if not isinstance(message.get('timestamp'), int) or isinstance(message['timestamp'], bool):
        raise ValueError('timestamp')
    if message.get('type') not in ('request', 'response', 'event'):
        raise ValueError('type')
    if 'payload' not in message:
        raise ValueError('payload')


def load(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as file:
        text = file.read()
    if not text.strip():
        return []
    messages = json.loads(text)
    if not isinstance(messages, list):
        raise ValueError('not an array')
    for message in messages:
        check(message)
    return messages


class Lock:
    def __init__(self, path):
        self.path = path
        for _ in range(50):
            if self.create():
                return
            time.sleep(0.01)
        if time.time() - os.stat(path).st_mtime > 5:
            os.remove(path)
            if self.create():
                return
        raise TimeoutError('timeout')

    def create(self):
        try:
            file = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return False
        os.write(file, b'%d\n' % os.getpid())
        os.close(file)
        return True

    def drop(self):
        try:
            os.remove(self.path)
        except FileNotFoundError:
            pass


class FileChannel:
    def __init__(self, directory, side):
        os.makedirs(directory, exist_ok=True)
        other = 'frontend' if side == 'backend' else 'backend'
        self.outgoing = os.path.join(directory, '%s_to_%s' % (side, other))
        self.incoming = os.path.join(directory, '%s_to_%s' % (other, side))
        self.last_timestamp = 0
        self.last_id = None
        info = os.path.join(directory, '.channel_info')
        if not os.path.exists(info):
            with open(info, 'w') as file:
                json.dump({'created': now(), 'protocol': 'file-ipc', 'version': '1.0'}, file)

    def send(self, **fields):
        message = {'id': str(uuid.uuid4()), 'timestamp': now(), **fields}
        lock = Lock(self.outgoing + '.lock')
        try:
            messages = load(self.outgoing + '.json')
            messages.append(message)
            messages = messages[-LIMIT:]
            with open(self.outgoing + '.tmp', 'w', encoding='utf-8') as file:
                json.dump(messages, file, indent=2)
            os.replace(self.outgoing + '.tmp', self.outgoing + '.json')
        finally:
            lock.drop()
        return message['id']

    def send_request(self, method, params):
        return self.send(type='request', method=method, payload=params)

    def send_response(self, request, result):
        return self.send(type='response', reply_to=request, payload=result)

    def send_error(self, request, error):
        return self.send(type='response', reply_to=request, payload=None, error=error)

    def send_event(self, name, payload):
        return self.send(type='event', method=name, payload=payload)

    def recv(self):
        new = [
            message
            for message in load(self.incoming + '.json')
            if message['timestamp'] > self.last_timestamp
            or (message['timestamp'] == self.last_timestamp and message['id'] != self.last_id)
        ]
        if new:
            self.last_timestamp = new[-1]['timestamp']
            self.last_id = new[-1]['id']
        return new

    def wait_response(self, request, timeout):
        end = time.time() + timeout
        while time.time() < end:
            for message in self.recv():
                if message['type'] == 'response' and message.get('reply_to') == request:
                    return message
            time.sleep(POLL)
        raise TimeoutError('no response')


def say(value):
    print(json.dumps(value), flush=True)


def serve(channel):
    """Answers until it is killed."""
    channel.send_event('backend_ready', {})
    say('ready')
    while True:
        for message in channel.recv():
            if message['type'] != 'request':
                say(message)
            elif message['method'] == 'fail':
                channel.send_error(message['id'], 'as you wished')
            elif message['method'] == 'add':
                channel.send_response(message['id'], message['payload']['a'] + message['payload']['b'])
            else:
                channel.send_response(message['id'], message['payload'])
        time.sleep(POLL)


def main(side, directory, action, *arguments):
    channel = FileChannel(directory, side)
    if action == 'serve':
        serve(channel)
    elif action == 'burst':
        for number in range(int(arguments[0])):
            channel.send_event('number', number)
        say('sent')
    elif action == 'request':
        request = channel.send_request(arguments[0], json.loads(arguments[1]))
        say(channel.wait_response(request, 5))
    elif action == 'recv':
        # Polls until so many messages were delivered, or the seconds are over; says each one.
        end = time.time() + float(arguments[1])
        count = 0
        say('ready')
        while count < int(arguments[0]) and time.time() < end:
            for message in channel.recv():
                count += 1
                say(message)
            time.sleep(POLL)
        # Once more, for what would come again.
        for _ in range(3):
            for message in channel.recv():
                say(message)
        say('end')
    elif action == 'die-with-lock':
        Lock(channel.outgoing + '.lock')
        os.kill(os.getpid(), 9)
    else:
        raise SystemExit('unknown action ' + action)


main(*sys.argv[1:])
