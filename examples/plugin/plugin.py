"""The plug-in side: a long-running program with an embedded Python, without sockets or packages.

It renders pictures for whoever asks through the files in a directory, and tells how far it is. One
file, to be copied into a host program's plug-in folder: call `Plugin(directory).step()` from the
host's idle timer, or run it by itself: python3 plugin.py DIRECTORY
"""
import json
import os
import sys
import time
import uuid

LIMIT = 100


def load(path):
    try:
        with open(path, encoding='utf-8') as file:
            return json.loads(file.read() or '[]')
    except FileNotFoundError:
        return []


def done_of(path):
    """The ids that a reader has written down as done with, a line of JSON at a time."""
    done = set()
    try:
        with open(path, encoding='utf-8') as file:
            for line in file:
                if line.endswith('\n'):
                    done.update(json.loads(line).get('done', []))
    except FileNotFoundError:
        pass
    return done


def replace(path, text):
    draft = '%s.%d.tmp' % (path, os.getpid())
    with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), 'w') as file:
        file.write(text)
    os.replace(draft, path)


class Mailbox:
    """The backend of a file channel. It keeps a record of what it has done, so that nothing is lost
    or done twice when it is started again, and leaves alone what the frontend has not read."""

    def __init__(self, directory):
        os.makedirs(directory, mode=0o700, exist_ok=True)
        self.outgoing = os.path.join(directory, 'backend_to_frontend')
        self.incoming = os.path.join(directory, 'frontend_to_backend')
        present = {message['id'] for message in load(self.incoming + '.json')}
        self.seen = done_of(self.incoming + '.consumed') & present
        record = {'version': 1, 'done': sorted(self.seen), 'taken': []}
        replace(self.incoming + '.consumed', json.dumps(record) + '\n')
        self.version = None

    def receive(self):
        try:
            stat = os.stat(self.incoming + '.json')
        except FileNotFoundError:
            return []
        version = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if version == self.version:
            return []
        self.version = version
        new = [one for one in load(self.incoming + '.json') if one['id'] not in self.seen]
        self.seen.update(message['id'] for message in new)
        return new

    def done(self, message):
        with open(self.incoming + '.consumed', 'a') as file:
            file.write(json.dumps({'done': [message['id']]}) + '\n')

    def send(self, **fields):
        while not self.try_to_send(fields):
            time.sleep(0.01)

    def try_to_send(self, fields):
        lock = self.outgoing + '.lock'
        try:
            file = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return False
        os.write(file, b'%d\n' % os.getpid())
        os.close(file)
        try:
            messages = load(self.outgoing + '.json')
            newest = messages[-1]['timestamp'] if messages else 0
            done = done_of(self.outgoing + '.consumed')
            messages = [one for one in messages if one['id'] not in done]
            if len(messages) >= LIMIT:
                return False
            stamp = max(int(time.time() * 1000), newest + 1)
            # Signed, as one does who keeps a record.
            sign = {'writer': 'plugin.py'}
            messages.append({'id': str(uuid.uuid4()), 'timestamp': stamp, **fields, **sign})
            replace(self.outgoing + '.json', json.dumps(messages, indent=2))
            return True
        finally:
            os.remove(lock)


def render(width, height, depth, progress):
    """A picture of the Mandelbrot set as lines of text, and how many points were computed."""
    shades = ' .:-=+*#%@'
    lines = []
    for row in range(height):
        line = ''
        for column in range(width):
            c = complex(-2.2 + 3.2 * column / width, -1.2 + 2.4 * row / height)
            z, steps = 0, 0
            while abs(z) <= 2 and steps < depth:
                z = z * z + c
                steps += 1
            line += shades[min(len(shades) - 1, steps * len(shades) // (depth + 1))]
        lines.append(line)
        if (row + 1) % max(1, height // 10) == 0:
            progress((row + 1) / height)
    return {'lines': lines, 'points': width * height}


class Plugin:
    def __init__(self, directory):
        self.mailbox = Mailbox(directory)
        self.mailbox.send(type='event', method='backend_ready', payload={'pid': os.getpid()})

    def step(self):
        """Answers what has come. Call it from the host's idle timer."""
        for message in self.mailbox.receive():
            if message['type'] == 'request':
                self.answer(message)
            self.mailbox.done(message)

    def answer(self, request):
        reply = {'type': 'response', 'reply_to': request['id'], 'payload': None}
        params = request['payload'] or {}
        try:
            if request['method'] == 'get_info':
                reply['payload'] = {'program': 'plugin.py', 'python': sys.version.split()[0]}
            elif request['method'] == 'render':
                width, height = int(params['width']), int(params['height'])
                if not 1 <= width <= 500 or not 1 <= height <= 500:
                    raise ValueError('width and height are from 1 to 500')

                def progress(done):
                    payload = {'job': request['id'], 'done': done}
                    self.mailbox.send(type='event', method='progress', payload=payload)

                reply['payload'] = render(width, height, int(params.get('depth', 200)), progress)
            else:
                reply['error'] = 'no such method: %s' % request['method']
        except (KeyError, TypeError, ValueError) as error:
            reply['error'] = '%s: %s' % (type(error).__name__, error)
        self.mailbox.send(**reply)


if __name__ == '__main__':
    plugin = Plugin(sys.argv[1])
    try:
        while True:
            plugin.step()
            time.sleep(0.02)
    except KeyboardInterrupt:
        plugin.mailbox.send(type='event', method='backend_shutdown', payload={})
