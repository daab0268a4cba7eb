"""A federation of real processes for tests: tamgad per country, CURVE over loopback TCP, stores in a temporary folder.

Waits for events with a deadline and never sleeps for a guessed time. Must not know what a test claims.
Control frames: proto/control.proto and docs/control.md; cards and key files: docs/formats.md, docs/formats-keys.md.

A test file calls harness.main() with the paths of tamga and tamgad as arguments.
"""
import atexit
import json
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

DEADLINE_SECONDS = 60  # of one wait or one command: sanitizers and busy machines are slow, a hang is not
POLL_SECONDS = 0.02
PASSPHRASE = "the passphrase of every node in these tests"
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")

TAMGA = TAMGAD = None
TEMPORARY = "/tmp"  # where folders of nodes are made


# Who starts this in the background, or with nohup, has these ignored, and so would every program that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


# ---- waiting ----

def wait_for(what, condition, seconds=DEADLINE_SECONDS):
    """The first true value of condition(); fails with `what` when the deadline has passed."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s: {what() if callable(what) else what}")
        time.sleep(POLL_SECONDS)


def holds_for(what, condition, seconds):
    """condition() must stay true that long: for what must not happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            raise AssertionError(what)
        time.sleep(POLL_SECONDS)


# ---- control frames ----

REQUEST, ROW, PROGRESS, ASK, DONE, FAIL = 1, 2, 3, 4, 5, 6


def varint(number):
    out = bytearray()
    while True:
        out.append(number & 0x7F | (0x80 if number > 0x7F else 0))
        number >>= 7
        if not number:
            return bytes(out)


def field(number, value):
    """One protobuf field: bytes length-delimited, int as varint."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields_of(data):
    at = 0

    def take():
        nonlocal at
        number, shift = 0, 0
        while True:
            byte = data[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while at < len(data):
        tag = take()
        value = take()
        if tag & 7 == 2:
            at, value = at + value, bytes(data[at:at + value])
        yield tag >> 3, value


class Frame:
    """kind, verb, error, message and the named fields (a list of pairs; values str, bytes or int)."""

    def __init__(self, data):
        self.kind, self.verb, self.error, self.message, self.fields = 0, "", "", "", []
        names = {3: "verb", 5: "error", 6: "message"}
        for number, value in fields_of(data):
            if number == 2:
                self.kind = value
            elif number in names:
                setattr(self, names[number], value.decode())
            elif number == 7:
                parts = dict(fields_of(value))
                zigzag = parts.get(4, 0)
                content = (parts[2].decode() if 2 in parts else parts[3] if 3 in parts else
                           zigzag >> 1 ^ -(zigzag & 1))
                self.fields.append((parts[1].decode(), content))

    def get(self, name, default=None):
        return next((value for key, value in self.fields if key == name), default)

    def as_dict(self):
        return dict(self.fields)


def request(verb, pairs):
    out = field(1, 1) + field(2, REQUEST) + field(3, verb.encode())
    for name, value in pairs:
        content = (field(4, value << 1 ^ value >> 63) if isinstance(value, int) else
                   field(3, value) if isinstance(value, bytes) else field(2, value.encode()))
        out += field(7, field(1, name.encode()) + content)
    return struct.pack(">I", len(out)) + out


def receive(conn, count):
    data = bytearray()
    while len(data) < count:
        piece = conn.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


class Refused(Exception):
    """A FAIL answer."""

    def __init__(self, frame):
        super().__init__(f"{frame.error}: {frame.message}")
        self.error, self.message = frame.error, frame.message


class Control:
    """A client of the control socket, for what the command line does not print."""

    def __init__(self, path):
        self.conn = socket.socket(socket.AF_UNIX)
        self.conn.settimeout(DEADLINE_SECONDS)
        self.conn.connect(path)

    def call(self, verb, *pairs):
        """(rows, done), each a dict."""
        self.conn.sendall(request(verb, pairs))
        rows = []
        while True:
            frame = Frame(receive(self.conn, struct.unpack(">I", receive(self.conn, 4))[0]))
            if frame.kind == FAIL:
                raise Refused(frame)
            if frame.kind == DONE:
                return rows, frame.as_dict()
            if frame.kind == ROW:
                rows.append(frame.as_dict())

    def close(self):
        self.conn.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Watch:
    """Stands between tamga and the node's socket and sees every answer that reaches the client.

    on_done(verb, done fields) is called before the client gets the answer; what the client was told is in
    `acknowledged`, a list of (verb, fields).
    """

    def __init__(self, node, on_done=None):
        self.node, self.on_done, self.acknowledged = node, on_done, []
        self.path = os.path.join(node.federation.root, f"watch-{random.getrandbits(32):08x}.sock")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client):
        try:
            with client, socket.socket(socket.AF_UNIX) as server:
                server.connect(self.node.socket)
                while True:
                    head = receive(client, 4)
                    body = receive(client, struct.unpack(">I", head)[0])
                    server.sendall(head + body)
                    self._answers(server, client, Frame(body).verb)
        except (EOFError, OSError):
            pass

    def _answers(self, server, client, verb):
        while True:
            head = receive(server, 4)
            body = receive(server, struct.unpack(">I", head)[0])
            frame = Frame(body)
            if frame.kind == DONE:
                self.acknowledged.append((verb, frame.as_dict()))
                if self.on_done:
                    self.on_done(verb, frame.as_dict())
            client.sendall(head + body)
            if frame.kind in (DONE, FAIL):
                return

    def close(self):
        self.listener.close()


class Wire:
    """Stands between two nodes and counts what goes to and fro; `endpoint` is dialled in place of the other's."""

    def __init__(self, port):
        self.port, self.bytes = port, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.port))
            except ConnectionError:
                client.close()
                continue
            except OSError:
                return
            threading.Thread(target=self._carry_both, args=(client, server), daemon=True).start()

    def _carry_both(self, client, server):
        with client, server:
            back = threading.Thread(target=self._carry, args=(server, client), daemon=True)
            back.start()
            self._carry(client, server)
            back.join()

    def _carry(self, source, target):
        try:
            while piece := source.recv(65536):
                self.bytes += len(piece)
                target.sendall(piece)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


# ---- programs ----

class Result:
    def __init__(self, words, code, out, err):
        self.words, self.code, self.out, self.err = words, code, out, err

    @property
    def rows(self):
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    def row(self, name):
        found = [row for row in self.rows if row.get("row") == name]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} rows '{name}' in: {self}")
        return found[0]

    def rows_of(self, name):
        return [row for row in self.rows if row.get("row") == name]

    def __str__(self):
        return f"{' '.join(map(str, self.words))}\nexit {self.code}\n{self.out}{self.err}"


def environment():
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb", "HOME": "/nonexistent"}
    env.update({name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ})
    return env


def short_environment():
    """For the many short runs of `tamga`: the look for leaks costs more than all the rest, and the golden tests and pages do it."""
    env = environment()
    env["ASAN_OPTIONS"] = ":".join(filter(None, (env.get("ASAN_OPTIONS", ""), "detect_leaks=0")))
    return env


def as_user(uid):
    def change():
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    return change if uid is not None else None


def has_terminals():
    """A system root made by hand may have no /dev/pts."""
    try:
        for end in os.openpty():
            os.close(end)
        return True
    except OSError:
        return False


def for_everybody(program, made={}):
    """A copy that every user may run, wherever the build is."""
    if program not in made:
        folder = tempfile.mkdtemp(prefix="tamga-e2e-program-", dir="/tmp")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.chmod(folder, 0o755)
        made[program] = shutil.copy(program, folder)
    return made[program]


def run(program, *words, uid=None, stdin=None, seconds=DEADLINE_SECONDS):
    words = [program if uid is None else for_everybody(program), *map(str, words)]
    env = short_environment() if os.path.basename(program).startswith("tamga") and program != TAMGAD else environment()
    done = subprocess.run(words, env=env, input=stdin, stdin=None if stdin else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds, preexec_fn=as_user(uid),
                          cwd="/")
    result = Result(words, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
    if done.returncode < 0 or "ERROR: AddressSanitizer" in result.err or "runtime error:" in result.err:
        raise AssertionError(f"the program broke: {result}")
    return result


class Fifo:
    """A pipe with a name whose reader finds `pieces` (an iterable of bytes): a large file that takes no disk."""

    def __init__(self, path, pieces):
        self.path, self.pieces = path, pieces
        os.mkfifo(path)
        threading.Thread(target=self._write, daemon=True).start()

    def _write(self):
        try:
            with open(self.path, "wb", buffering=0) as pipe:
                for piece in self.pieces:
                    left = memoryview(piece)
                    while left:
                        left = left[pipe.write(left):]
        except BrokenPipeError:
            pass


def memory_mb(pid):
    """Resident now and at its highest. rusage would count this very process, from between fork and exec."""
    with open(f"/proc/{pid}/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def run_measured(program, *words, seconds=DEADLINE_SECONDS):
    """As run(), and the peak of its memory in MB."""
    words = [program, *map(str, words)]
    deadline, peak = time.monotonic() + seconds, 0
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(words, env=environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd="/")
        while process.poll() is None:
            try:
                peak = max(peak, memory_mb(process.pid)[1])
            except (OSError, KeyError):
                pass  # it has just ended
            if time.monotonic() > deadline:
                process.kill()
            time.sleep(POLL_SECONDS)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    result = Result(words, process.returncode, *texts)
    if result.code < 0:
        raise AssertionError(f"the program broke: {result}")
    return result, peak


_ports = set()


def free_port():
    """Below the range from which outgoing connections take theirs."""
    while True:
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _ports:
            _ports.add(port)
            return port


class Identity:
    """A country's folder as `tamga init` made it, copied for every federation of this process."""

    made = {}
    root = None

    def __init__(self, country, *words):
        """words: more options of `tamga init`; whoever gives any makes one identity of that country."""
        if not Identity.root:
            Identity.root = tempfile.mkdtemp(prefix="tamga-e2e-keys-", dir=TEMPORARY)
            os.chmod(Identity.root, 0o711)
            atexit.register(shutil.rmtree, Identity.root, ignore_errors=True)
            with open(os.path.join(Identity.root, "passphrase"), "w") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(PASSPHRASE + "\n")
        self.country, self.port = country, free_port()
        self.folder = os.path.join(Identity.root, country + ("-own" if words else ""))
        done = run(TAMGA, "init", self.folder, "--root-here", "--country", country, "--name", f"Service of {country}", "--listen",
                   f"tcp://127.0.0.1:{self.port}", "--passphrase-file", os.path.join(Identity.root, "passphrase"), *words)
        if done.code:
            raise AssertionError(str(done))

    @classmethod
    def of(cls, country):
        if country not in cls.made:
            cls.made[country] = cls(country)
        return cls.made[country]


class Node:
    """One country: its folder, its daemon, and tamga spoken to it."""

    def __init__(self, federation, country, identity=None):
        self.federation, self.country = federation, country
        self.identity = identity or Identity.of(country)
        self.folder = os.path.join(federation.root, country.lower())
        shutil.copytree(self.identity.folder, self.folder)
        self.socket = os.path.join(self.folder, "control.sock")
        self.log = os.path.join(federation.root, f"{country.lower()}.log")
        self.endpoint = f"tcp://127.0.0.1:{self.identity.port}"
        self.card = os.path.join(self.folder, "card.note")
        self.process = None
        self.program, self.daemon = TAMGA, TAMGAD
        self.extra = {}  # of the daemon's environment
        with open(self.card) as file:
            self.id = file.read().split("\n")[1].split(" ")[1]

    def configure(self, section, whole=None, **keys):
        """Set keys of that section of tamga.conf, in place of what stood there; returns the text before. With `whole`
        that text is put back."""
        path = os.path.join(self.folder, "tamga.conf")
        with open(path) as file:
            before = file.read()
        lines, inside = [], False
        for line in before.splitlines():
            inside = line.strip() == f"[{section}]" if line.startswith("[") else inside
            if not (inside and line.split("=")[0].strip() in keys):
                lines.append(line)
            if line.strip() == f"[{section}]":
                lines += [f"{name} = {value}" for name, value in keys.items()]
        with open(path, "w") as file:
            file.write(whole if whole is not None else "\n".join(lines) + "\n")
        return before

    # life

    def launch(self, *options):
        """Start without waiting."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.daemon, *options, self.folder], env={**environment(), **self.extra},
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        return self

    def await_up(self):
        def there():
            if self.process.poll() is not None:
                raise AssertionError(f"tamgad {self.country} ended with {self.process.returncode}:\n{self.log_text()}")
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(self.socket)
                return True
            except OSError:
                return False
        wait_for(f"tamgad {self.country} does not listen", there)
        return self

    def start(self, *options):
        return self.launch(*options).await_up()

    def start_refused(self, *options):
        """A start that must fail: what tamgad said, and its exit code."""
        return run(self.daemon, *options, self.folder)

    def stop(self):
        """Cleanly; a daemon that does not end well fails the test."""
        if not self.process:
            return
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=DEADLINE_SECONDS)
        self.process = None
        if code != 0:
            raise AssertionError(f"tamgad {self.country} ended with {code}:\n{self.log_text()}")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def restart(self, *options):
        self.stop()
        return self.start(*options)

    def log_text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    # talk

    def tamga(self, *words, code=0, **how):
        """Run tamga on this node, JSON output; the exit code must be `code` (None: any)."""
        done = run(self.program, *words, "--data", self.folder, "--format", "json", **how)
        if code is not None and done.code != code:
            raise AssertionError(f"exit {done.code}, not {code}: {done}\n{self.log_text()[-2000:]}")
        return done

    def control(self):
        return Control(self.socket)

    def call(self, verb, *pairs):
        with self.control() as control:
            return control.call(verb, *pairs)

    def log_of(self, country):
        """The row of that country's log (its newest epoch) or None."""
        rows = [row for row in self.call("log")[0] if row["row"] == "log" and row["country"] == country]
        return max(rows, key=lambda row: row["epoch"]) if rows else None

    def size_of(self, country):
        log = self.log_of(country)
        return log["size"] if log else 0

    def root_of(self, country):
        log = self.log_of(country)
        return log["root"].hex() if log else None

    def entries_of(self, country):
        rows = []
        while True:
            page = self.call("log.entries", ("origin", country), ("from", len(rows)), ("limit", 1000))[0]
            rows += page
            if len(page) < 1000:
                return rows

    def records(self, *pairs):
        """Every record that fits, in pages."""
        rows = []
        while True:
            page, done = self.call("records", *pairs, ("limit", 1000), ("offset", len(rows)))
            rows += page
            if not page or len(rows) >= done["total"]:
                return rows

    def ids(self, *pairs):
        return {row["id"].hex() for row in self.records(*pairs)}

    def count(self, *pairs):
        return self.call("records", *pairs, ("limit", 1))[1]["total"]

    def link(self, country):
        """State of the link as this side sees it."""
        return next((row["state"] for row in self.call("peer.list")[0] if row["country"] == country), None)

    def publish(self, records, to, precedence=0, wait_ms=0):
        return self.call("publish", *[("record", record) for record in records], ("to", to),
                         ("precedence", precedence), ("wait_ms", wait_ms))

    def enrol(self, other, **how):
        return self.tamga("peer", "add", other.card, "--yes", **how)

    def file(self, name, text):
        path = os.path.join(self.federation.root, name)
        with open(path, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        return path

    def disk(self):
        """Every byte below the node's folder and in its log: path → bytes."""
        paths = [self.log] + [os.path.join(place, name) for place, _, names in os.walk(self.folder) for name in names]
        found = {}
        for path in filter(os.path.isfile, paths):
            with open(path, "rb") as file:
                found[path] = file.read()
        return found


class Federation:
    """Nodes that trust each other, all running; use as a context, or close() in the end."""

    def __init__(self, *countries, enrol=True):
        self.root = tempfile.mkdtemp(prefix="tamga-e2e-", dir=TEMPORARY)
        os.chmod(self.root, 0o711)
        self.nodes = {}
        try:
            for country in countries:
                self.add(country)
            for node in self.nodes.values():
                node.await_up()
            if enrol:
                self.introduce()
        except BaseException:
            self.close()
            raise

    def add(self, country, identity=None):
        node = Node(self, country, identity)
        self.nodes[country] = node
        return node.launch()

    def introduce(self):
        nodes = list(self.nodes.values())
        for node in nodes:
            for other in nodes:
                if other is not node:
                    node.enrol(other)
        self.await_links()

    def await_links(self):
        for node in self.nodes.values():
            for other in self.nodes.values():
                if other is not node and node.process and other.process:
                    wait_for(f"no link {node.country}-{other.country}", lambda: node.link(other.country) == "up")

    def __getattr__(self, name):
        nodes = self.__dict__.get("nodes", {})
        if name.upper() in nodes:
            return nodes[name.upper()]
        raise AttributeError(name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def converged(self, country):
        """Every running node has that log with the same size, root and nothing missing."""
        logs = [node.log_of(country) for node in self.nodes.values() if node.process]
        seen = {(log["size"], log["root"]) if log and log["size"] else (0, b"") for log in logs}
        return len(seen) == 1 and not any(log and log["missing"] for log in logs)

    def await_converged(self, *countries, seconds=DEADLINE_SECONDS):
        for country in countries or list(self.nodes):
            wait_for(lambda: f"log of {country} differs: " + ", ".join(
                f"{node.country} {node.log_of(country)}" for node in self.nodes.values() if node.process),
                lambda: self.converged(country), seconds)

    def stop_all(self):
        """Cleanly, so that leaks and bad ends show."""
        for node in self.nodes.values():
            if node.process:
                node.process.send_signal(signal.SIGTERM)
        for node in self.nodes.values():
            node.stop()

    def close(self):
        failed = None
        try:
            self.stop_all()
        except BaseException as why:
            failed = why
        for node in self.nodes.values():
            if node.process:
                node.kill()
        shutil.rmtree(self.root, ignore_errors=True)
        if failed and not sys.exc_info()[1]:
            raise failed


class Story(unittest.TestCase):
    """Tests that share one federation, `countries` of them; self.f is it."""

    countries = ("TJ", "KG", "UZ")
    enrol = True
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.f = Federation(*cls.countries, enrol=cls.enrol)

    @classmethod
    def tearDownClass(cls):
        cls.f.close()


# ---- records by hand: protobuf bytes as docs/records.md numbers them ----

def alert_record(title, text="", precedence=0):
    head = field(11, field(1, 3))
    body = field(1, 3) + (field(2, precedence) if precedence else b"") + field(5, title.encode())
    if text:
        body += field(6, text.encode())
    return field(1, head) + field(10, body)


def phone_record(number, external_id=None, list_name="numbers", text=""):
    head = field(1, list_name.encode()) + field(2, external_id.encode()) if external_id else b""
    head += field(5, field(1, 2)) + field(11, field(1, 3))
    body = field(1, field(1, 1) + field(2, number.encode()))
    if text:
        body += field(8, text.encode())
    return field(1, head) + field(11, body)


def csv_phones(count, first=0, note="found in a parcel", prefix="n"):
    lines = ["kind,type,value,external_id,note"]
    lines += [f"indicator,phone,+99670{i:07d},{prefix}{i},{note}" for i in range(first, first + count)]
    return "\n".join(lines) + "\n"


def main():
    global TAMGA, TAMGAD
    if len(sys.argv) < 3:
        sys.exit("usage: TEST tamga tamgad [unittest options]")
    TAMGA, TAMGAD = (os.path.abspath(path) for path in sys.argv[1:3])
    del sys.argv[1:3]
    unittest.main(module="__main__", verbosity=2, failfast=False)
