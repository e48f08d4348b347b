"""The original file channel's algorithm as a backend: a look every 50 ms, one rewrite of the whole file
for each message, the newest 100 kept. It answers requests and sends numbered events."""
import json
import os
import sys
import time
import uuid

directory, records = sys.argv[1:3]
outgoing = os.path.join(directory, 'backend_to_frontend')
incoming = os.path.join(directory, 'frontend_to_backend.json')
who = 'backend-original-%d' % os.getpid()


def load(path):
    try:
        with open(path, encoding='utf-8') as file:
            return json.loads(file.read() or '[]')
    except FileNotFoundError:
        return []


def send(**fields):
    message = {'id': str(uuid.uuid4()), 'timestamp': int(time.time() * 1000), **fields}
    while True:
        try:
            lock = os.open(outgoing + '.lock', os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            break
        except FileExistsError:
            # A lock with a process id alone may be taken when that process is dead and it is 5 s old.
            try:
                with open(outgoing + '.lock', encoding='utf-8') as file:
                    owner = int(file.readline() or '0')
                old = time.time() - os.stat(outgoing + '.lock').st_mtime > 5
                if old and not os.path.exists('/proc/%d' % owner):
                    os.remove(outgoing + '.lock')
            except (FileNotFoundError, ValueError):
                pass
            time.sleep(0.005)
    os.write(lock, b'%d\n' % os.getpid())
    os.close(lock)
    try:
        messages = load(outgoing + '.json')[-99:] + [message]
        draft = outgoing + '.tmp'
        with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), 'w') as file:
            json.dump(messages, file, indent=2)
        os.replace(draft, outgoing + '.json')
    finally:
        os.remove(outgoing + '.lock')


# What was there before it started is another life's.
last = max([message['timestamp'] for message in load(incoming)] or [0])
count = 0
parent = os.getppid()
next_event = time.time()
print('ready', flush=True)
while os.getppid() == parent:
    for message in load(incoming):
        if message['timestamp'] <= last:
            continue
        last = message['timestamp']
        if message.get('type') == 'request':
            send(type='response', method=None, payload=message['payload'], reply_to=message['id'], error=None)
    # Five a second: its hundred places are twenty seconds, longer than any pause here.
    if time.time() >= next_event:
        next_event = time.time() + 0.2
        count += 1
        send(type='event', method='number', payload={'writer': who, 'n': count}, reply_to=None, error=None)
        with open(os.path.join(records, 'backend.sent'), 'a', encoding='utf-8') as file:
            file.write('%s %d\n' % (who, count))
    time.sleep(0.05)
