"""The plug-in side: Python inside a drawing program, without sockets or packages.

Inkscape runs it with a drawing (see plotter.inx); it plans the way of a plotter's pen for whoever asks
through the files in a directory, and tells how far it is. It ends when it is told to, and what it
prints then is what Inkscape saves. By itself: TIELINE_MAILBOX=DIRECTORY python3 plugin.py DRAWING.svg
"""
import json
import math
import os
import re
import sys
import time
import uuid
import xml.etree.ElementTree as xml

LIMIT = 100
# Bends of a curve. A pen is wider than what more of them would show.
STEPS = 12


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


def times(a, b):
    """One transform after another; each is the six numbers of an SVG matrix."""
    return (a[0] * b[0] + a[2] * b[1], a[1] * b[0] + a[3] * b[1],
            a[0] * b[2] + a[2] * b[3], a[1] * b[2] + a[3] * b[3],
            a[0] * b[4] + a[2] * b[5] + a[4], a[1] * b[4] + a[3] * b[5] + a[5])


def transform(text):
    matrix = (1, 0, 0, 1, 0, 0)
    for name, inside in re.findall(r'(\w+)\s*\(([^)]*)\)', text):
        n = [float(one) for one in re.findall(r'[-+.\deE]+', inside)]
        if name == 'matrix':
            step = tuple(n)
        elif name == 'translate':
            step = (1, 0, 0, 1, n[0], n[1] if len(n) > 1 else 0)
        elif name == 'scale':
            step = (n[0], 0, 0, n[-1], 0, 0)
        elif name == 'rotate':
            c, s = math.cos(math.radians(n[0])), math.sin(math.radians(n[0]))
            x, y = n[1:] if len(n) == 3 else (0, 0)
            step = (c, s, -s, c, x - c * x + s * y, y - s * x - c * y)
        else:
            raise ValueError('the transform %s is not known' % name)
        matrix = times(matrix, step)
    return matrix


def circle(cx, cy, rx, ry):
    turn = [2 * math.pi * step / (4 * STEPS) for step in range(4 * STEPS + 1)]
    return [(cx + rx * math.cos(angle), cy + ry * math.sin(angle)) for angle in turn]


def strokes_of(shape, kind):
    """What the pen draws of one shape; nothing of one that is not known, such as text."""
    def number(name):
        return float(re.match(r'[-+.\deE]*', shape.get(name, '0')).group() or 0)

    if kind == 'path':
        return path(shape.get('d', ''))
    if kind == 'rect':
        x, y, w, h = (number(name) for name in ('x', 'y', 'width', 'height'))
        return [[(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]]
    if kind == 'circle':
        return [circle(number('cx'), number('cy'), number('r'), number('r'))]
    if kind == 'ellipse':
        return [circle(number('cx'), number('cy'), number('rx'), number('ry'))]
    if kind == 'line':
        return [[(number('x1'), number('y1')), (number('x2'), number('y2'))]]
    return []


# How many numbers each command of a path takes.
NUMBERS = {'M': 2, 'L': 2, 'H': 1, 'V': 1, 'C': 6, 'S': 4, 'Q': 4, 'A': 7, 'Z': 0}


def path(text):
    """The strokes of a path's data: lines as they are, curves in steps."""
    words = re.findall(r'[A-Za-z]|[-+]?(?:\d*\.\d+|\d+\.?)(?:[eE][-+]?\d+)?', text)
    strokes, pen, start, handle, command, at = [], (0.0, 0.0), (0.0, 0.0), None, '', 0
    while at < len(words):
        if words[at].isalpha():
            command, at = words[at], at + 1
        kind = command.upper()
        if kind not in NUMBERS:
            raise ValueError("a path has '%s', which is not known" % command)
        n = [float(word) for word in words[at:at + NUMBERS[kind]]]
        at += NUMBERS[kind]
        base = (0, 0) if command.isupper() else pen
        if kind == 'H':
            n.append(pen[1] - base[1])
        elif kind == 'V':
            n.insert(0, pen[0] - base[0])
        bend, n = (n[:-2], n[-2:]) if kind == 'A' else (None, n)
        points = [(base[0] + n[i], base[1] + n[i + 1]) for i in range(0, len(n), 2)]
        if kind == 'M':
            strokes.append(points)
            start, command = points[0], 'L' if command == 'M' else 'l'
        elif kind == 'Z':
            strokes[-1].append(start)
            points = [start]
        else:
            if kind == 'S':
                back = handle or pen
                points = [(2 * pen[0] - back[0], 2 * pen[1] - back[1])] + points
            if kind == 'A':
                strokes[-1].extend(arc(pen, points[0], *bend))
            else:
                strokes[-1].extend(curve([pen] + points) if len(points) > 1 else points)
        handle = points[-2] if kind in 'CS' else None
        pen = points[-1]
        if kind == 'Z' and at < len(words) and words[at].upper() != 'M':
            strokes.append([pen])
    return strokes


def curve(controls):
    """Points along a Bezier curve of any degree, by halving between its controls (de Casteljau)."""
    points = []
    for step in range(1, STEPS + 1):
        t, row = step / STEPS, controls
        while len(row) > 1:
            row = [(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for a, b in zip(row, row[1:])]
        points.append(row[0])
    return points


def arc(start, end, rx, ry, tilt, large, sweep):
    """Points along a part of an ellipse, as SVG's notes on its implementation find the centre."""
    if start == end or rx == 0 or ry == 0:
        return [end]
    rx, ry, tilt = abs(rx), abs(ry), math.radians(tilt)
    c, s = math.cos(tilt), math.sin(tilt)
    hx, hy = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    x, y = c * hx + s * hy, c * hy - s * hx
    size = (x / rx) ** 2 + (y / ry) ** 2
    if size > 1:
        rx, ry = rx * math.sqrt(size), ry * math.sqrt(size)
    far = (rx * y) ** 2 + (ry * x) ** 2
    root = math.sqrt(max(0, ((rx * ry) ** 2 - far) / far)) * (1 if large != sweep else -1)
    mx, my = root * rx * y / ry, -root * ry * x / rx
    cx = c * mx - s * my + (start[0] + end[0]) / 2
    cy = s * mx + c * my + (start[1] + end[1]) / 2
    first = math.atan2((y - my) / ry, (x - mx) / rx)
    turn = math.atan2((-y - my) / ry, (-x - mx) / rx) - first
    if sweep and turn < 0:
        turn += 2 * math.pi
    if not sweep and turn > 0:
        turn -= 2 * math.pi
    points = []
    for step in range(1, STEPS + 1):
        u, v = rx * math.cos(first + turn * step / STEPS), ry * math.sin(first + turn * step / STEPS)
        points.append((c * u - s * v + cx, s * u + c * v + cy))
    return points


def read(drawing):
    """All strokes of a drawing, where they are on its page, and how many shapes were passed over."""
    strokes, skipped = [], []

    def visit(node, matrix):
        kind = node.tag.split('}')[-1] if isinstance(node.tag, str) else ''
        if kind in ('defs', 'namedview', 'metadata', 'title', 'desc', 'style'):
            return
        matrix = times(matrix, transform(node.get('transform', '')))
        found = strokes_of(node, kind)
        if not found and kind not in ('svg', 'g', 'tspan'):
            skipped.append(kind)
        a, b, c, d, e, f = matrix
        for stroke in found:
            strokes.append([(a * x + c * y + e, b * x + d * y + f) for x, y in stroke])
        for child in node:
            visit(child, matrix)

    visit(xml.parse(drawing).getroot(), (1, 0, 0, 1, 0, 0))
    return [stroke for stroke in strokes if len(stroke) > 1], skipped


def plan(strokes, progress):
    """The strokes in the order in which the pen travels least: always on to the nearest end."""
    left, pen, ordered, travelled = list(strokes), (0.0, 0.0), [], 0.0
    told = 0
    while left:
        at, back = min(((i, back) for i in range(len(left)) for back in (False, True)),
                       key=lambda one: math.dist(pen, left[one[0]][-1 if one[1] else 0]))
        stroke = left.pop(at)
        if back:
            stroke.reverse()
        travelled += math.dist(pen, stroke[0])
        pen = stroke[-1]
        ordered.append([[round(x, 2), round(y, 2)] for x, y in stroke])
        done = len(ordered) * 10 // len(strokes)
        if done > told:
            told = done
            progress(len(ordered) / len(strokes))
    drawn = sum(math.dist(a, b) for stroke in ordered for a, b in zip(stroke, stroke[1:]))
    return {'strokes': ordered, 'drawn': round(drawn, 1), 'travelled': round(travelled, 1)}


class Plugin:
    def __init__(self, directory, drawing):
        self.mailbox = Mailbox(directory)
        self.drawing = drawing
        self.result = None
        self.mailbox.send(type='event', method='backend_ready', payload={'pid': os.getpid()})

    def step(self):
        """Answers what has come, and says whether to go on. A program with a window calls it from its idle timer."""
        for message in self.mailbox.receive():
            going = message['method'] != 'finish'
            if message['type'] == 'request':
                self.answer(message)
            self.mailbox.done(message)
            if not going:
                return False
        return True

    def answer(self, request):
        reply = {'type': 'response', 'reply_to': request['id'], 'payload': None}
        try:
            if request['method'] == 'get_info':
                host = 'Inkscape' if 'INKSCAPE_PROFILE_DIR' in os.environ else 'nothing'
                reply['payload'] = {'host': host, 'python': sys.version.split()[0]}
            elif request['method'] == 'plan':
                def progress(done):
                    payload = {'job': request['id'], 'done': done}
                    self.mailbox.send(type='event', method='progress', payload=payload)

                strokes, skipped = read(self.drawing)
                self.result = {**plan(strokes, progress), 'skipped': skipped}
                reply['payload'] = self.result
            elif request['method'] == 'finish':
                reply['payload'] = {}
            else:
                reply['error'] = 'no such method: %s' % request['method']
        except (IndexError, KeyError, OSError, TypeError, ValueError, xml.ParseError) as error:
            reply['error'] = '%s: %s' % (type(error).__name__, error)
        self.mailbox.send(**reply)


if __name__ == '__main__':
    plugin = Plugin(os.environ['TIELINE_MAILBOX'], sys.argv[-1])
    host = os.getppid()
    try:
        # Ends with the program that runs it, too.
        while plugin.step() and os.getppid() == host:
            time.sleep(0.02)
        json.dump(plugin.result, sys.stdout)
    except KeyboardInterrupt:
        pass
    plugin.mailbox.send(type='event', method='backend_shutdown', payload={})
