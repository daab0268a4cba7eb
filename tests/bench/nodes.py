"""Two nodes as processes, and the commands of the real `tamga`; what the scenes of scripts/bench measure with.

Knows commands and their JSON (docs/cli.md); never the store's files, but for their size. Everything lives in one folder,
which is removed.
"""
import json
import os
import random
import signal
import subprocess
import time

READY_SECONDS = 60
INDEX_SECONDS = 3600
POLL_SECONDS = 0.02


class Node:
    """One country's node: its folder, its daemon, its commands."""

    def __init__(self, programs, folder, country, port):
        self.tamga = os.path.join(programs, "cli", "tamga")
        self.tamgad = os.path.join(programs, "node", "tamgad")
        self.folder = os.path.join(folder, country.lower())
        self.country = country
        self.process = None
        secret = os.path.join(folder, "passphrase")
        if not os.path.exists(secret):
            with open(os.open(secret, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
                file.write("passphrase of a measurement\n")
        subprocess.run([self.tamga, "init", self.folder, "--root-here", "--country", country, "--name", f"bench {country}", "--listen",
                        f"tcp://127.0.0.1:{port}", "--passphrase-file", secret], check=True, capture_output=True)

    @property
    def card(self):
        return os.path.join(self.folder, "card.note")

    def run(self, *words, check=True):
        """Rows of the command's JSON."""
        done = subprocess.run([self.tamga, "--data", self.folder, *words, "--format", "json"], text=True,
                              capture_output=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"tamga {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def popen(self, *words):
        """A command that goes on, its JSON lines to be read from stdout."""
        return subprocess.Popen([self.tamga, "--data", self.folder, *words, "--format", "json"], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def status(self):
        for row in self.run("status", check=False):
            if row.get("row") == "node":
                return row
        return None

    def start(self):
        """Seconds until it answers."""
        begun = time.monotonic()
        with open(self.folder + ".log", "ab") as log:
            self.process = subprocess.Popen([self.tamgad, self.folder], stdout=log, stderr=log)
        while self.status() is None:
            if self.process.poll() is not None or time.monotonic() - begun > READY_SECONDS:
                raise RuntimeError(f"the node of {self.country} does not start; see {self.folder}.log")
            time.sleep(POLL_SECONDS)
        return time.monotonic() - begun

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def until(self, records):
        """Wait until it holds that many records and has indexed them all; the moment when it did."""
        limit = time.monotonic() + INDEX_SECONDS
        while time.monotonic() < limit:
            status = self.status()
            now = time.monotonic()
            if status and status["records"] >= records and status["behind"] == 0:
                return now
            time.sleep(POLL_SECONDS)
        raise RuntimeError(f"{self.country} has not indexed {records} records within {INDEX_SECONDS} s")

    def bytes_on_disk(self, environment):
        return os.stat(os.path.join(self.folder, "store", environment, "data.mdb")).st_blocks * 512

    def memory(self):
        """Resident bytes: all of it, and what is not backed by a file (heap, not the map)."""
        rows = {}
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith(("VmRSS", "RssAnon", "VmHWM")):
                    name, value = line.split(":")
                    rows[name] = int(value.split()[0]) * 1024
        return rows

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def enrol(one, other):
    """Each takes the other's card, as two operators do."""
    for node, peer in ((one, other), (other, one)):
        fingerprint = subprocess.run([node.tamga, "card", "fingerprint", node.card, peer.card], check=True,
                                     capture_output=True, text=True).stdout
        code = [line for line in fingerprint.splitlines() if line.startswith("fingerprint")]
        code = code[0].split(None, 1)[1] if code else fingerprint.strip()
        node.run("peer", "add", peer.card, "--fingerprint", code, "--yes")


def linked(one, other):
    """Both connected; waits for it."""
    limit = time.monotonic() + READY_SECONDS
    while time.monotonic() < limit:
        if all(node.status()["peers_up"] > 0 for node in (one, other)):
            return
        time.sleep(POLL_SECONDS)
    raise RuntimeError("the two nodes do not link")


def write_indicators(path, count, seed):
    """A CSV of that many different indicators: a quarter each of telephones, domains, addresses and file hashes."""
    chance = random.Random(seed)
    with open(path, "w", encoding="ascii") as file:
        file.write("kind,type,value\n")
        for i in range(count):
            shape, n = i % 4, i // 4
            if shape == 0:
                file.write(f"indicator,phone,+9967{n:08d}\n")
            elif shape == 1:
                file.write(f"indicator,domain,s{chance.getrandbits(32):08x}n{n}.example.org\n")
            elif shape == 2:
                file.write(f"indicator,ip,{11 + (n >> 24) % 80}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}\n")
            else:
                file.write(f"indicator,hash,{chance.getrandbits(256):064x}\n")


def raw_limit(programs, folder, commits, bytes_each):
    """{way: {seconds, p50_us, p99_us}} of the disk alone."""
    out = subprocess.run([os.path.join(programs, "tests", "bench", "raw_limit"), folder, str(commits), str(bytes_each)],
                         check=True, capture_output=True, text=True).stdout
    ways = {}
    for line in out.splitlines():
        name, _, _, seconds, p50, p99 = line.split("\t")
        ways[name] = {"seconds": float(seconds), "p50_us": float(p50), "p99_us": float(p99)}
    return ways
