"""A second verifier of what Tamga gives out, written from docs/formats.md and docs/formats-evidence.md alone.

It shares no code with the program. Every check raises Refused(step); what returns, holds. Ed25519 comes from
python3-cryptography, SHA-256 from hashlib; what the documents ask of keys and signatures beyond that is worked out here.

Use: verifier.py judge CASES     a line for each case of a file that `third_cases make` wrote
     verifier.py PATH [CARDS…]   one evidence file, tlog-proof, receipt, checkpoint, card file, or folder of tiles
"""
import base64
import hashlib
import json
import os
import re
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Refused(Exception):
    """The first thing that does not hold."""

    def __init__(self, step, why=""):
        super().__init__(f"{step}: {why}")
        self.step = step


def need(holds, step, why=""):
    if not holds:
        raise Refused(step, why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# ---- text encodings: the one canonical spelling alone ----

def b64(text):
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not canonical")
    return raw


def b32(text):
    if not re.fullmatch("[a-z2-7]{52}", text):
        raise ValueError("no node id")
    raw = base64.b32decode(text.upper() + "====")
    if base64.b32encode(raw).decode().rstrip("=").lower() != text:
        raise ValueError("not canonical")
    return raw


def b32_of(raw):
    return base64.b32encode(raw).decode().rstrip("=").lower()


Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def z85(text):
    if len(text) % 5:
        raise ValueError("length")
    out = b""
    for at in range(0, len(text), 5):
        value = 0
        for c in text[at:at + 5]:
            value = value * 85 + Z85.index(c)
        out += struct.pack(">I", value)  # raises over 2^32 - 1
    return out


def number(text, most=2**64 - 1):
    """Decimal, without sign and leading zeros."""
    if not re.fullmatch("0|[1-9][0-9]{0,19}", text):
        raise ValueError("no number")
    value = int(text)
    if value > most:
        raise ValueError("too large")
    return value


# ---- Ed25519 as docs/formats.md "Notation" wants it ----

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def point(raw):
    """Affine x, y of a canonical encoding; ValueError."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        raise ValueError("not canonical")
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - xx) % P:
        raise ValueError("not on the curve")
    if x == 0 and sign:
        raise ValueError("not canonical")
    return (P - x if x & 1 != sign else x), y


def add(a, b):
    """Extended coordinates."""
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    p, q = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    r, s = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = q - p, s - r, s + r, q + p
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, xy):
    total, step = (0, 1, 1, 0), (xy[0], xy[1], 1, xy[0] * xy[1] % P)
    while scalar:
        if scalar & 1:
            total = add(total, step)
        step, scalar = add(step, step), scalar >> 1
    return total


def is_zero(extended):
    x, y, z, _ = extended
    return x % P == 0 and (y - z) % P == 0


ENROLLED, SMALL = {}, {}


def enrol(raw):
    """A canonical point of the prime-order subgroup, and not zero."""
    if raw not in ENROLLED:
        try:
            xy = point(raw)
            ENROLLED[raw] = xy != (0, 1) and is_zero(times(L, xy))
        except ValueError:
            ENROLLED[raw] = False
    return ENROLLED[raw]


def is_small(raw):
    """No canonical point, or one of small order."""
    if raw not in SMALL:
        try:
            SMALL[raw] = is_zero(times(8, point(raw)))
        except ValueError:
            SMALL[raw] = True
    return SMALL[raw]


def small_order():
    """The canonical encodings of the eight points of small order: multiples of one of order eight."""
    found, y = set(), 2
    while len(found) < 8:
        y += 1
        try:
            base = times(L, point(y.to_bytes(32, "little")))
        except ValueError:
            continue
        found, step = set(), (0, 1, 1, 0)
        for _ in range(8):
            inverse = pow(step[2], P - 2, P)
            x, at = step[0] * inverse % P, step[1] * inverse % P
            found.add((at | (x & 1) << 255).to_bytes(32, "little"))
            step = add(step, base)
    return found


SMALL_ORDER = small_order()


def signed(key, message, signature):
    if len(signature) != 64 or len(key) != 32 or int.from_bytes(signature[32:], "little") >= L:
        return False
    if is_small(key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return signature[:32] not in SMALL_ORDER  # canonical, as OpenSSL compared it with what it encoded itself


def x25519_small(raw):
    """Public keys of small order: the exchange gives zero for any scalar."""
    u = int.from_bytes(raw, "little") & (2**255 - 1)
    return u % P in (0, 1, P - 1, 325606250916557431795983626356110631294008115727848805560023387167927233504,
                     39382357235489614581723060781553021112529911719440698176882885853963445705823)


# ---- notes ----

DASH = "\u2014 "
BLANKS = re.compile("[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]")


class Note:
    def __init__(self, raw):
        if len(raw) > 65536:
            raise ValueError("too long")
        text = raw.decode("utf-8")
        if any(ord(c) < 0x20 and c != "\n" for c in text):
            raise ValueError("control characters")
        cut = text.rfind("\n\n")
        if cut < 0 or not text.endswith("\n"):
            raise ValueError("no signatures")
        self.text = text[:cut + 1]
        lines = text[cut + 2:].split("\n")[:-1]
        if not 1 <= len(lines) <= 100:
            raise ValueError("signatures")
        self.lines = []
        for line in lines:
            if not line.startswith(DASH) or line.count(" ") < 2:
                raise ValueError("signature line")
            name, blob = line[len(DASH):].split(" ", 1)
            blob = b64(blob)
            if not name or BLANKS.search(name) or len(blob) < 5:
                raise ValueError("signature line")
            self.lines.append((name, blob[:4], blob[4:]))

    def by(self, key):
        """The time it says (0 for type 01) when that key signed, None when it did not; ValueError when a line of it fails."""
        seen = None
        for name, key_id, signature in self.lines:
            if name != key.name or key_id != key.id:
                continue
            if key.type == 1:
                good, time = signed(key.public, self.text.encode(), signature), 0
            else:
                good, time = False, 0
                if len(signature) == 72:
                    time = int.from_bytes(signature[:8], "big")
                    message = f"cosignature/v1\ntime {time}\n".encode() + self.text.encode()
                    good = time < 2**63 and signed(key.public, message, signature[8:])
            if not good:
                raise ValueError("bad signature by " + name)
            seen = max(seen or 0, time)
        return seen


class Key:
    """A vkey; the key must be fit to be enrolled."""

    def __init__(self, text, name, kind):
        self.name, key_id, blob = text.split("+", 2)
        blob = b64(blob)
        self.type, self.public, self.id = blob[0], blob[1:], bytes.fromhex(key_id)
        if self.name != name or self.type != kind or len(self.public) != 32 or not enrol(self.public):
            raise ValueError("key")
        if key_id != key_id.lower() or self.id != sha256(name.encode(), b"\n", blob)[:4]:
            raise ValueError("key id")

    def same(self, other):
        return (self.name, self.type, self.public) == (other.name, other.type, other.public)


# ---- cards ----

class Card:
    """Shape and rules; note is the whole of it."""

    def __init__(self, raw, check_signature=True):
        self.note = Note(raw)
        text = self.note.text
        self.hash = sha256(text.encode())
        if len(text.encode()) > 16384:
            raise ValueError("too long")
        self.lines = text.split("\n")[:-1]
        self.at = 0
        self.parse()
        self.rules()
        if check_signature and self.note.by(self.root) is None:
            raise Refused("card signature", "not by the root key")

    def take(self, front, optional=False):
        if self.at < len(self.lines) and self.lines[self.at].startswith(front):
            self.at += 1
            return self.lines[self.at - 1][len(front):]
        if optional:
            return None
        raise ValueError(f"no line '{front}'")

    def ranged(self, what, role):
        keys = []
        while (line := self.take(f"key {what} ", True)) is not None:
            match = re.fullmatch(r"(\S+) epoch (\d+) from (\d+)(?: until (\d+))?", line)
            if not match:
                raise ValueError("key line")
            epoch, start = number(match[2], 2**32 - 1), number(match[3], 2**63 - 1)
            end = number(match[4], 2**63 - 1) if match[4] else None
            if end is not None and end <= start:
                raise ValueError("empty range")
            name = f"tamga/{self.node_text}/{role}" + (f"/{epoch}" if role == "log" else "")
            keys.append((Key(match[1], name, 1), epoch, start, end))
        if not 1 <= len(keys) <= 64:
            raise ValueError(f"key {what}")
        for (_, epoch, _, end), (_, epoch2, start2, _) in zip(keys, keys[1:]):
            if epoch2 < epoch or (epoch2 == epoch and (end is None or start2 < end)):
                raise ValueError("ranges overlap or are out of order")
        return keys

    def repeated(self, what, most):
        found = []
        while (line := self.take(what + " ", True)) is not None:
            found.append(line)
        if len(found) > most:
            raise ValueError(what)
        return found

    def parse(self):
        if self.take("tamga/card/v1"):
            raise ValueError("first line")
        self.node_text = self.take("node ")
        self.node = b32(self.node_text)
        self.serial = number(self.take("serial "))
        self.country = self.take("country ")
        self.name = self.take("name ")
        prev, announced = self.take("prev "), self.take("next-root ")
        self.prev = None if prev == "-" else b64(prev)
        self.next_root = None if announced == "-" else b64(announced)
        self.root = Key(self.take("key root "), f"tamga/{self.node_text}/root", 1)
        self.logs = self.ranged("log", "log")
        self.envelopes = self.ranged("envelope", "envelope")
        self.clock = Key(self.take("key clock "), f"tamga/{self.node_text}/clock", 4)
        self.store = Key(self.take("key store "), f"tamga/{self.node_text}/store", 1)
        self.seal, self.recovery = b64(self.take("key seal ")), b64(self.take("key recovery "))
        self.curve = z85(self.take("key curve "))
        self.endpoints = self.repeated("endpoint", 8)
        self.witnesses = [b32(node) for node in self.repeated("witness", 64)]
        self.relays = [b32(node) for node in self.repeated("relay", 16)]
        while self.at < len(self.lines):
            self.take("x-")

    def rules(self):
        if self.serial < 1 or not re.fullmatch("[A-Z]{2}", self.country):
            raise ValueError("serial or country")
        if not 1 <= len(self.name.encode()) <= 256:
            raise ValueError("name")
        if any(len(e.encode()) > 256 or not e for e in self.endpoints):
            raise ValueError("endpoint")
        if (self.serial == 1) != (self.prev is None):
            raise ValueError("prev")
        if any(len(h) != 32 for h in (self.prev, self.next_root) if h is not None):
            raise ValueError("hash")
        for many in (self.witnesses, self.relays):
            if len(set(many)) != len(many) or self.node in many:
                raise ValueError("witness or relay")
        for raw in (self.seal, self.recovery, self.curve):
            if len(raw) != 32 or x25519_small(raw):
                raise ValueError("key of small order")
        if self.serial == 1 and self.node != node_of(self.root.public):
            raise ValueError("node is not that of the root key")
        # No key is used for two things.
        roles = [{self.root.public}, {k.public for k, *_ in self.logs}, {k.public for k, *_ in self.envelopes},
                 {self.clock.public}, {self.store.public}]
        boxes = [self.seal, self.recovery, self.curve]
        if sum(map(len, roles)) != len(set().union(*roles)) or len(set(boxes)) != 3:
            raise ValueError("one key, two uses")

    def key_at(self, keys, epoch, position):
        for key, of, start, end in keys:
            if of == epoch and start <= position and (end is None or position < end):
                yield key

    def log_key(self, epoch, size):
        return next(self.key_at(self.logs, epoch, max(size, 1) - 1), None)

    def follows(self, before):
        """ValueError unless this card may replace that one."""
        if self.node != before.node or self.serial != before.serial + 1 or self.prev != before.hash:
            raise ValueError("no successor")
        if not self.root.same(before.root):
            if before.next_root != sha256(self.root.public):
                raise ValueError("root key was not announced")
            if self.note.by(before.root) is None:
                raise ValueError("the old root key has not signed")
        for mine, theirs, earlier in ((self.logs, before.logs, False), (self.envelopes, before.envelopes, True)):
            for key, epoch, start, end in theirs:
                if not any(k.same(key) and (e, s) == (epoch, start) and
                           (u == end or (u is not None and (end is None or (earlier and u < end))))
                           for k, e, s, u in mine):
                    raise ValueError("a range of a key does not stand")


def node_of(root):
    return sha256(b"tamga/node/v1\0", root)


def open_chain(raw):
    """Cards of one node one behind the other."""
    try:
        pieces = re.split(b"(?<=\n)(?=tamga/card/v1\n)", raw)
        cards = [Card(piece) for piece in pieces if piece]
        if not cards or (len(cards) > 1 and cards[0].serial != 1):
            raise ValueError("does not begin with serial 1")
        for before, card in zip(cards, cards[1:]):
            card.follows(before)
    except (ValueError, struct.error, Refused) as why:
        raise Refused("cards", str(why)) from why
    return cards


# ---- trees (RFC 6962) ----

def leaf_hash(leaf):
    return sha256(b"\0", leaf)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def inclusion_root(index, size, leaf, path):
    """RFC 9162 2.1.3.2; None when the path has another length."""
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


def tree_root(hashes):
    if not hashes:
        return sha256(b"")
    while len(hashes) > 1:
        paired = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        hashes = paired + hashes[len(hashes) & ~1:]
    return hashes[0]


# ---- checkpoints ----

class Checkpoint:
    def __init__(self, raw):
        self.note = Note(raw)
        lines = self.note.text.split("\n")
        if len(lines) != 4 or not lines[0]:
            raise ValueError("three lines")
        self.origin, self.size, self.root = lines[0], number(lines[1], 2**63 - 1), b64(lines[2])
        if len(self.root) != 32:
            raise ValueError("root")

    def log(self):
        match = re.fullmatch("tamga/([a-z2-7]{52})/log/(0|[1-9][0-9]*)", self.origin)
        if not match:
            raise ValueError("of no node's log")
        return b32(match[1]), number(match[2], 2**32 - 1)

    def verify(self, cards, first=None):
        """Log signature and known cosignatures. Returns (listed witnesses that cosigned, n, k)."""
        node, epoch = self.log()
        own = [c for c in ([first] if first else []) + list(cards) if c.node == node]
        if not own:
            raise ValueError("no card of the log's node")
        newest = max(own, key=lambda c: c.serial)  # an older one does not know that the time of its key has ended
        key = newest.log_key(epoch, self.size)
        if key is None or self.note.by(key) is None:
            raise ValueError("not signed by the log key")
        seen = set()
        for card in cards:
            if card.node != node and self.note.by(card.clock) is not None:
                seen.add(card.node)
        n = len(newest.witnesses)
        k = 0 if n == 0 else 1 if n < 3 else 2 * n // 3 + 1
        return len(seen & set(newest.witnesses)), n, k


# ---- manifests and envelopes ----

class Manifest:
    def __init__(self, raw):
        if len(raw) != 256 or raw[:8] != b"TAMGAM\0\1":
            raise ValueError("magic")
        (suite, flags, self.epoch, self.origin, self.index, self.key_id, zero, self.created, self.stanzas, self.records,
         self.body_bytes, self.stanzas_hash, self.body_hash, self.commitment, self.records_root, self.card_hash,
         precedence, tail) = struct.unpack(">HHI32sQ4sIQIIQ32s32s32s32s32sB7s", raw[8:])
        self.control = flags & 1
        if suite != 1 or flags > 1 or zero or any(tail) or precedence > 3:
            raise ValueError("suite, reserved bytes or precedence")
        if not 1 <= self.records <= 1024 or self.body_bytes > 8388608:
            raise ValueError("limits")
        if self.control:
            if self.stanzas or any(self.commitment):
                raise ValueError("control envelope with stanzas")
        elif self.stanzas not in (2, 4, 8, 16, 32, 64, 128):
            raise ValueError("stanza count")

    def envelope_key(self, card):
        for key in card.key_at(card.envelopes, self.epoch, self.index):
            if key.id == self.key_id:
                return key
        return None


def head_signed(head, key):
    return signed(key.public, b"tamga/manifest/v1\0" + head[:256], head[256:])


def verify_envelope(raw, cards):
    try:
        manifest = Manifest(raw[:256])
    except (ValueError, struct.error) as why:
        raise Refused("envelope", str(why)) from why
    stanzas_end = 320 + 88 * manifest.stanzas
    stanzas, body = raw[320:stanzas_end], raw[stanzas_end:]
    need(len(raw) >= stanzas_end and len(body) == manifest.body_bytes, "envelope", "lengths")
    card = next((c for c in cards if c.hash == manifest.card_hash), None)
    need(card and card.node == manifest.origin, "card")
    key = manifest.envelope_key(card)
    need(key, "key")
    need(head_signed(raw[:320], key), "envelope", "signature")
    need(sha256(stanzas) == manifest.stanzas_hash and sha256(body) == manifest.body_hash, "envelope", "hashes")


# ---- proofs and evidence ----

PROOF_MAGIC = "c2sp.org/tlog-proof@v1\n"


class Attestation:
    """What may stand behind manifest and signature in the extra line."""

    def __init__(self, raw):
        self.raw = raw
        try:
            self.head = self.take(320)
            self.inclusion, self.consistency = self.hashes(), self.hashes()
            self.item, self.of = struct.unpack(">HH", self.take(4))
            self.path = self.hashes()
            self.note = self.take(struct.unpack(">I", self.take(4))[0])
        except ValueError as why:
            raise Refused("attestation", "cut off") from why
        need(not self.raw and 1 <= self.item <= self.of <= 1024 and 1 <= len(self.note) <= 65536, "attestation", "shape")

    def take(self, count):
        taken, self.raw = self.raw[:count], self.raw[count:]
        if len(taken) != count:
            raise ValueError("cut off")
        return taken

    def hashes(self):
        count = self.take(1)[0]
        need(count <= 64, "attestation", "path too long")
        return [self.take(32) for _ in range(count)]

    def covers(self, manifest, newest, checkpoint):
        """ValueError unless it makes the entry of that manifest count."""
        mine = Manifest(self.head[:256])
        if not mine.control or (mine.origin, mine.epoch) != (manifest.origin, manifest.epoch):
            raise ValueError("in no control entry of that log")
        key = mine.envelope_key(newest)
        if key is None or not head_signed(self.head, key):
            raise ValueError("entry not signed by the key that the newest card lists there")
        leaf = leaf_hash(b"\1" + sha256(b"tamga/leaf/v1\0", self.head))
        if mine.index >= checkpoint.size or inclusion_root(mine.index, checkpoint.size, leaf, self.inclusion) != checkpoint.root:
            raise ValueError("entry not in the log")
        statement = leaf_hash(bytes(16) + sha256(b"tamga/record/v1\0", self.note))
        if self.of != mine.records or inclusion_root(self.item - 1, self.of, statement, self.path) != mine.records_root:
            raise ValueError("statement not in the entry")
        note = Note(self.note)
        if note.by(key) is None:
            raise ValueError("statement not signed by that key")
        lines = re.fullmatch("tamga/attest/v1\nlog (.*)\nfrom (.*)\nuntil (.*)\nroot (.*)\ntime (.*)\n", note.text)
        if not lines:
            raise ValueError("lines of the statement")
        start, end, root = number(lines[2], 2**63 - 1), number(lines[3], 2**63 - 1), b64(lines[4])
        number(lines[5], 2**63 - 1)
        if lines[1] != f"tamga/{newest.node_text}/log/{manifest.epoch}" or len(root) != 32:
            raise ValueError("of another log")
        if not start <= manifest.index < end <= mine.index:
            raise ValueError("does not cover it, or speaks of what stands behind")
        if consistency_roots(end, checkpoint.size, root, self.consistency) != (root, checkpoint.root):
            raise ValueError("of another history")


def consistency_roots(first, second, first_root, path):
    """RFC 9162 2.1.4.2 for 0 < first < second: the two roots that follow; None when the path has another length."""
    path = list(path) if first & (first - 1) else [first_root] + list(path)
    if not path:
        return None
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr) if sn == 0 else None


def parse_proof(text):
    """head, attestation (None: there is none), index, path, checkpoint bytes."""
    need(text.startswith(PROOF_MAGIC), "file", "no tlog-proof")
    front, _, note = text[len(PROOF_MAGIC):].partition("\n\n")
    lines = front.split("\n")
    need(len(lines) >= 1 and lines[0].startswith("extra "), "manifest")
    try:
        head = b64(lines[0][6:])
    except ValueError as why:
        raise Refused("manifest", "extra line") from why
    need(len(head) >= 320, "manifest", "extra line")
    attestation = Attestation(head[320:]) if len(head) > 320 else None
    need(len(lines) >= 2 and lines[1].startswith("index "), "leaf")
    try:
        index = number(lines[1][6:], 2**63 - 1)
    except ValueError as why:
        raise Refused("leaf", "index") from why
    try:
        path = [b64(line) for line in lines[2:]]
    except ValueError as why:
        raise Refused("inclusion path") from why
    need(len(path) <= 64 and all(len(h) == 32 for h in path), "inclusion path")
    need(note, "checkpoint")
    return head[:320], attestation, index, path, note.encode()


def newest_of(card, cards):
    return max([card] + [c for c in cards if c.node == card.node], key=lambda c: c.serial)


def check_log_part(head, attestation, index, path, note, card, cards, cited):
    """Steps from `manifest` to `inclusion path`. Returns the manifest."""
    try:
        manifest = Manifest(head[:256])
    except (ValueError, struct.error) as why:
        raise Refused("manifest", str(why)) from why
    need(manifest.origin == card.node, "manifest", "of another node")
    key = manifest.envelope_key(card)
    need(key and head_signed(head, key), "manifest signature")
    need(cited(manifest), "card", "is not the one that the manifest cites")
    newest = newest_of(card, cards)
    revoked = manifest.envelope_key(newest) is None
    if revoked:
        need(attestation, "manifest signature", "the key was revoked, and nothing attests the entry")
        need(any(k.same(key) and e == manifest.epoch and start <= manifest.index for k, e, start, _ in newest.envelopes),
             "manifest signature", "the newest card has no such key")
    try:
        checkpoint = Checkpoint(note)
        log = checkpoint.log()
    except ValueError as why:
        raise Refused("checkpoint", str(why)) from why
    need(log == (manifest.origin, manifest.epoch), "checkpoint", "of another log")
    try:
        checkpoint.verify(cards, card)
    except ValueError as why:
        raise Refused("checkpoint signature", str(why)) from why
    need(index == manifest.index and index < checkpoint.size, "leaf")
    leaf = b"\1" + sha256(b"tamga/leaf/v1\0", head)
    need(inclusion_root(index, checkpoint.size, leaf_hash(leaf), path) == checkpoint.root, "inclusion path")
    if revoked:
        try:
            attestation.covers(manifest, newest, checkpoint)
        except (ValueError, struct.error) as why:
            raise Refused("attestation", str(why)) from why
    return manifest


def verify_proof(raw, cards):
    try:
        head, attestation, index, path, note = parse_proof(raw.decode("utf-8"))
    except UnicodeDecodeError as why:
        raise Refused("file", "no UTF-8") from why
    try:
        manifest = Manifest(head[:256])
    except (ValueError, struct.error) as why:
        raise Refused("manifest", str(why)) from why
    card = next((c for c in cards if c.hash == manifest.card_hash), None)
    need(card, "card", "the manifest cites none of those at hand")
    check_log_part(head, attestation, index, path, note, card, cards, lambda m: True)


def strict_json(raw):
    def pairs(items):
        keys = [key for key, _ in items]
        if len(set(keys)) != len(keys):
            raise ValueError("a key comes twice")
        return dict(items)

    def no(_):
        raise ValueError("no such number")

    text = raw.decode("utf-8")
    value = json.loads(text, object_pairs_hook=pairs, parse_constant=no)
    if text.startswith("\ufeff"):
        raise ValueError("byte order mark")
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # raises at half a surrogate pair
    return value


def is_number(value, least, most):
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def evidence_file(raw):
    """Step `file`: the JSON, nothing more."""
    need(len(raw) <= 524288, "file", "too long")
    try:
        root = strict_json(raw)
    except (ValueError, RecursionError) as why:
        raise Refused("file", str(why)) from why
    need(isinstance(root, dict) and set(root) == {"v", "type", "card", "proof", "record"}, "file", "keys")
    need(root["type"] == "tamga-evidence" and is_number(root["v"], 1, 1), "file", "type or version")
    need(isinstance(root["card"], str) and isinstance(root["proof"], str), "file", "card or proof")
    need("\0" not in root["card"] + root["proof"], "file", "NUL")
    record = root["record"]
    need(isinstance(record, dict) and set(record) | {"bytes"} == {"item", "of", "salt", "bytes", "id", "path"}, "file",
         "record")
    return root, record


def hexadecimal(value, size):
    if not isinstance(value, str) or not re.fullmatch("[0-9a-fA-F]{%d}" % (2 * size), value):
        raise ValueError("no hexadecimal of that length")
    return bytes.fromhex(value)


def evidence_record(record):
    try:
        need(is_number(record["item"], 1, 1024) and is_number(record["of"], 1, 1024), "records path", "item or of")
        salt = hexadecimal(record["salt"], 16)
        need(isinstance(record["path"], list) and len(record["path"]) <= 64, "records path")
        path = [hexadecimal(h, 32) for h in record["path"]]
    except ValueError as why:
        raise Refused("records path", str(why)) from why
    try:
        record_id = hexadecimal(record["id"], 32)
        content = None
        if "bytes" in record:
            need(isinstance(record["bytes"], str), "record")
            content = b64(record["bytes"])
            need(len(content) <= 65536, "record", "too long")
    except ValueError as why:
        raise Refused("record", str(why)) from why
    return salt, path, record_id, content


def verify_evidence(raw, cards):
    root, record = evidence_file(raw)
    head, attestation, index, inclusion, note = parse_proof(root["proof"])
    salt, path, record_id, content = evidence_record(record)
    try:
        card = Card(root["card"].encode("utf-8"))
    except (ValueError, struct.error) as why:
        raise Refused("card", str(why)) from why
    if card.node != node_of(card.root.public):
        known = [c for c in cards if c.node == card.node]
        need(any(c.root.same(card.root) or follows(card, c) for c in known), "card signature", "root key")
    manifest = check_log_part(head, attestation, index, inclusion, note, card, cards, lambda m: m.card_hash == card.hash)
    if content is not None:
        need(sha256(b"tamga/record/v1\0", content) == record_id, "record")
    need(record["of"] == manifest.records and record["item"] <= manifest.records, "records path", "count")
    leaf = leaf_hash(salt + record_id)
    need(inclusion_root(record["item"] - 1, record["of"], leaf, path) == manifest.records_root, "records path")


def follows(card, before):
    try:
        card.follows(before)
        return True
    except ValueError:
        return False


# ---- receipts ----

def ranges(text):
    found = []
    for item in text.split(" "):
        first, dash, last = item.partition("-")
        first, last = number(first), number(last) if dash else number(first)
        if last < first or (dash and last == first) or (found and first <= found[-1][1] + 1):
            raise ValueError("ranges")
        found.append((first, last))
    return found


def pairs_of(text, mark):
    found = []
    for item in text.split(" "):
        index, sign, rest = item.partition(mark)
        if not sign:
            raise ValueError("item")
        found.append((number(index), rest))
    return found


def parse_receipt(text):
    lines = text.split("\n")[:-1]
    if len(text.encode()) > 65536 or lines[0] != "tamga/receipt/v1":
        raise ValueError("receipt")
    names = ["by", "card", "log", "size", "root", "have", "missing", "refused", "withdrawn", "time"]
    found, last = {}, -1
    for line in lines[1:]:
        name, blank, value = line.partition(" ")
        at = names.index(name)  # ValueError for another
        if not blank or at <= last:
            raise ValueError("order of lines")
        found[name], last = value, at
    if not {"by", "card", "log", "size", "root", "time"} <= set(found):
        raise ValueError("a line is missing")
    by, size = b32(found["by"]), number(found["size"], 2**63 - 1)
    log = re.fullmatch("tamga/([a-z2-7]{52})/log/(0|[1-9][0-9]*)", found["log"])
    if not log or len(b64(found["root"])) != 32:
        raise ValueError("log or root")
    b32(log[1]), number(log[2], 2**32 - 1), number(found["time"], 2**63 - 1)
    for name in ("have", "missing"):
        if name in found and not (ranges(found[name])[-1][1] < size and len(ranges(found[name])) <= 4096):
            raise ValueError("beyond the size")
    refused = pairs_of(found["refused"], ":") if "refused" in found else []
    withdrawn = [(index, number(rest)) for index, rest in pairs_of(found["withdrawn"], "#")] if "withdrawn" in found else []
    if any(not re.fullmatch("[a-z0-9-]{1,32}", code) for _, code in refused):
        raise ValueError("code")
    if any(not 1 <= record <= 1024 for _, record in withdrawn):
        raise ValueError("record")
    indexes = [index for index, _ in refused]
    if indexes != sorted(set(indexes)) or withdrawn != sorted(set(withdrawn)):
        raise ValueError("order of items")
    if any(index >= size for index, _ in refused + withdrawn) or len(refused) > 4096 or len(withdrawn) > 4096:
        raise ValueError("beyond the size")
    serial = number(found["card"])
    if serial < 1:
        raise ValueError("serial")
    return by, serial


def verify_receipt(raw, cards):
    try:
        note = Note(raw)
        by, serial = parse_receipt(note.text)
        card = next((c for c in cards if c.node == by and c.serial == serial), None)
        if card is None or note.by(card.store) is None:
            raise ValueError("not by the store key of the card that it cites")
    except ValueError as why:
        raise Refused("receipt", str(why)) from why


# ---- tiles ----

def tile_path(kind, n, width):
    groups = [f"{n % 1000:03d}"]
    while n >= 1000:
        n //= 1000
        groups.insert(0, f"x{n % 1000:03d}")
    return f"tile/{kind}/{'/'.join(groups)}" + (f".p/{width}" if width < 256 else "")


def verify_tiles(read, since, cards):
    """read(path) gives bytes, or None."""
    try:
        checkpoint = Checkpoint(read("checkpoint") or b"")
        checkpoint.verify(cards)
    except ValueError as why:
        raise Refused("checkpoint", str(why)) from why
    older = None
    if since is not None:
        try:
            older = Checkpoint(since)
            older.verify(cards)
        except ValueError as why:
            raise Refused("older checkpoint", str(why)) from why
        need(older.origin == checkpoint.origin and older.size <= checkpoint.size, "older checkpoint")
    leaves = []
    for n in range((checkpoint.size + 255) // 256):
        width = min(256, checkpoint.size - 256 * n)
        bundle = read(tile_path("entries", n, width))
        need(bundle is not None and len(bundle) == 35 * width, "entry bundles")
        for at in range(0, len(bundle), 35):
            need(bundle[at:at + 3] == b"\0\x21\1", "entry bundles", "no leaf")
            leaves.append(leaf_hash(bundle[at + 2:at + 35]))
    hashes = leaves
    for level in range(8):
        for n in range((len(hashes) + 255) // 256):
            width = min(256, len(hashes) - 256 * n)
            need(read(tile_path(level, n, width)) == b"".join(hashes[256 * n:256 * n + width]), "tiles")
        hashes = [tree_root(hashes[at:at + 256]) for at in range(0, len(hashes) // 256 * 256, 256)]
    need(tree_root(leaves) == checkpoint.root, "root")
    need(older is None or tree_root(leaves[:older.size]) == older.root, "consistency")


# ---- cases, files ----

def verify_checkpoint(raw, cards):
    try:
        listed, _, needed = Checkpoint(raw).verify(cards)
    except ValueError as why:
        raise Refused("checkpoint", str(why)) from why
    return "+settled" if needed and listed >= needed else "+published"


def judge_one(kind, parts, cards):
    get = dict(parts).get
    subject = get("subject")
    if kind == 1:
        return verify_evidence(subject, cards)
    if kind == 2:
        return verify_proof(subject, cards)
    if kind == 3:
        return verify_tiles(get, get("since"), cards)
    if kind == 4:
        return verify_receipt(subject, cards)
    if kind == 5:
        return open_chain(subject) and None
    if kind == 6:
        return verify_checkpoint(subject, cards)
    if kind == 7:
        return need(signed(get("key"), subject, get("signature")), "signature")
    return verify_envelope(subject, cards)


def cases(path):
    """(kind, want, flags, label, parts, raw) of each, and first the cards of every node."""
    with open(path, "rb") as file:
        def take(count):
            data = file.read(count)
            if len(data) != count:
                raise EOFError
            return data
        if take(14) != b"TAMGA-CASES-1\n":
            raise ValueError("no file of cases")
        yield [take(struct.unpack(">I", take(4))[0]) for _ in range(5)]
        while front := file.read(4):
            kind, want, flags, length = front
            label = take(length).decode()
            parts = []
            for _ in range(take(1)[0]):
                name = take(take(1)[0]).decode()
                parts.append((name, take(struct.unpack(">I", take(4))[0])))
            yield kind, want, flags, label, parts


def judge(path):
    stream = cases(path)
    known = [card for chain in next(stream) for card in open_chain(chain)]
    for kind, _, flags, _, parts in stream:
        try:
            more = judge_one(kind, parts, known if flags & 2 else [])
            print("accept", more or "-")
        except Refused as refused:
            print("refuse", refused.step)


def verify_path(path, card_paths):
    cards = []
    for card_path in card_paths:
        with open(card_path, "rb") as file:
            cards += open_chain(file.read())
    if os.path.isdir(path):
        def read(name):
            try:
                with open(os.path.join(path, name), "rb") as file:
                    return file.read()
            except FileNotFoundError:
                return None
        return verify_tiles(read, None, cards)
    with open(path, "rb") as file:
        raw = file.read()
    for front, verify in ((PROOF_MAGIC.encode(), verify_proof), (b"tamga/receipt/", verify_receipt),
                          (b"tamga/card/", lambda r, c: open_chain(r) and None), (b"tamga/", verify_checkpoint)):
        if raw.startswith(front):
            return verify(raw, cards)
    return verify_evidence(raw, cards)


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "judge":
        judge(sys.argv[2])
        return 0
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    try:
        more = verify_path(sys.argv[1], sys.argv[2:])
    except Refused as refused:
        print("refused at", refused)
        return 1
    print("holds", (more or "").lstrip("+"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
