"""Who is not trusted gets nothing and gives nothing: revoked partners, wrong keys, strangers, a flood of them.

Forges a card with the origin's own root key, as a partner with a stale or replaced key would show it; cards and key files
are those of docs/formats.md and docs/formats-keys.md.
"""
import base64
import ctypes
import ctypes.util
import os
import random
import socket
import struct
import threading
import time

import harness
from harness import holds_for, wait_for

FLOOD_CONNECTIONS = 120
FLOOD_SECONDS = 5


# ---- cards ----

def sodium():
    return ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")


def key_file_secrets(path, passphrase):
    """name → secret of a key file."""
    with open(path, "rb") as file:
        data = file.read()
    passes, memory = struct.unpack(">IQ", data[12:24])
    salt, nonce, box = data[24:40], data[40:64], data[68:68 + struct.unpack(">I", data[64:68])[0]]
    lib, key = sodium(), ctypes.create_string_buffer(32)
    plain = ctypes.create_string_buffer(len(box) - 16)
    secret = passphrase.encode()
    bad = lib.crypto_pwhash(key, ctypes.c_ulonglong(32), secret, ctypes.c_ulonglong(len(secret)), salt,
                            ctypes.c_ulonglong(passes), ctypes.c_size_t(memory), 2)
    bad = bad or lib.crypto_secretbox_open_easy(plain, box, ctypes.c_ulonglong(len(box)), nonce, key)
    if bad:
        raise AssertionError("the key file does not open")
    rest, found = plain.raw[2:], {}
    while rest:
        name = rest[1:1 + rest[0]].decode()
        rest = rest[1 + rest[0]:]
        count = struct.unpack(">H", rest[:2])[0]
        found[name], rest = rest[2:2 + count], rest[2 + count:]
    return found


def sign(seed, text):
    lib, public, secret = sodium(), ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    signature = ctypes.create_string_buffer(64)
    lib.crypto_sign_seed_keypair(public, secret, seed)
    lib.crypto_sign_detached(signature, None, text, ctypes.c_ulonglong(len(text)), secret)
    return signature.raw


def card_line(text, name):
    return next(line for line in text.split("\n") if line.startswith(name + " "))


def read(path):
    with open(path) as file:
        return file.read()


def with_other_curve_key(node, other, resign=True):
    """The card of `node`, its CURVE key that of `other`, signed by the root key of `node`."""
    text, _, signature = read(node.card).partition("\n\n")
    text = text.replace(card_line(text, "key curve"), card_line(read(other.card), "key curve")) + "\n"
    dash, name, line = signature.strip().split(" ")
    if resign:
        seed = key_file_secrets(os.path.join(node.folder, "keys", "root.key"), harness.PASSPHRASE)["root"]
        line = base64.b64encode(base64.b64decode(line)[:4] + sign(seed, text.encode())).decode()
    return f"{text}\n{dash} {name} {line}\n"


# ---- stories ----

class Revoked(harness.Story):
    """TJ trusts KG and UZ, which do not know each other: nothing comes round about."""

    enrol = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        f = cls.f
        for one, other in ((f.tj, f.kg), (f.kg, f.tj), (f.tj, f.uz), (f.uz, f.tj)):
            one.enrol(other)
        for one, other in ((f.tj, "KG"), (f.kg, "TJ"), (f.tj, "UZ"), (f.uz, "TJ")):
            wait_for(f"no link {one.country}-{other}", lambda: one.link(other) == "up")

    def read_by_kg(self):
        return len([row for row in self.f.kg.entries_of("TJ") if row["state"] == "read"])

    def test_cut_off_at_once_in_both_directions_while_everything_is_idle(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        tj.tamga("alert", "--title", "While we trusted them", "--to", "KG,UZ", "--wait", 30)
        kg.tamga("alert", "--title", "While they trusted us", "--to", "TJ", "--wait", 30)
        wait_for("KG does not have our log", lambda: kg.size_of("TJ") == tj.size_of("TJ"))
        tj.tamga("peer", "remove", "KG", "--yes")
        held, theirs = kg.size_of("TJ"), tj.size_of("KG")
        self.assertIsNone(tj.link("KG"))
        refused = tj.tamga("alert", "--title", "For them", "--to", "KG", code=None)
        self.assertEqual(refused.code, 1, refused)
        lost = kg.tamga("alert", "--flash", "--yes", "--title", "From them", "--to", "TJ", "--wait", 1, code=1)
        self.assertEqual(lost.row("done")["stored"], 0)
        for i in range(10):
            tj.publish([harness.alert_record(f"After the end {i}")], "all", wait_ms=20000)
        self.assertEqual(uz.size_of("TJ"), tj.size_of("TJ"), "the other partner goes on")
        holds_for("something reached KG", lambda: kg.size_of("TJ") == held, 1)
        self.assertEqual(tj.size_of("KG"), theirs, "something of KG was taken")
        tj.tamga("query", "From them", code=1)
        wait_for("KG still believes in the link", lambda: kg.link("TJ") != "up")
        # The negative control: with trust again, all that was held back arrives.
        tj.enrol(kg)
        wait_for("KG does not get on", lambda: kg.size_of("TJ") == tj.size_of("TJ"))
        wait_for("TJ does not get on", lambda: tj.tamga("query", "From them", code=None).code == 0)

    def test_cut_off_in_the_middle_of_a_delivery(self):
        tj, kg = self.f.tj, self.f.kg
        if tj.link("KG") is None:
            tj.enrol(kg)
        kg.stop()
        before = tj.size_of("TJ")
        for batch in range(60):
            tj.publish([harness.alert_record(f"batch {batch} record {i}", "x" * 30000) for i in range(30)], "KG")
        kg.start()
        read_before = self.read_by_kg()
        wait_for("KG gets nothing", lambda: self.read_by_kg() > read_before)
        tj.call("peer.remove", ("peer", "KG"))
        time_removed = time.monotonic()
        wait_for("the second is over", lambda: time.monotonic() - time_removed > 1, 5)
        after_a_second = self.read_by_kg()
        self.assertLess(after_a_second - read_before, 60, "all was there: the test did not test; give it more")
        for i in range(5):
            tj.publish([harness.alert_record(f"later {i}")], "all", wait_ms=20000)
        holds_for("KG gets more after the end", lambda: self.read_by_kg() == after_a_second, 1)
        self.assertGreater(tj.size_of("TJ"), before + 60)
        tj.enrol(kg)
        wait_for("KG does not get the rest", lambda: self.read_by_kg() >= read_before + 60)


class RevokedByEither(harness.Story):
    """Both ends of the link that stays dial each other; which connection lived depends on the node ids."""

    countries = ("TJ", "KG", "UZ")

    def test_the_others_go_on_at_once_whoever_removes_a_partner(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        for round_number, (one, other) in enumerate(((tj, uz), (uz, tj), (tj, uz), (uz, tj))):
            one.tamga("peer", "remove", "KG", "--yes")
            for node, to in ((one, other), (other, one)):
                done = node.publish([harness.alert_record(f"{node.country} goes on {round_number}")], to.country, 3, 8000)[1]
                self.assertEqual(done["stored"], 1, f"{node.country} reaches {to.country} no more\n{tj.log_text()[-1500:]}")
            one.enrol(kg)
            self.f.await_links()
        self.f.await_converged()


class Roundabout(harness.Story):
    """KG and UZ trust each other and have no link: KG has no address of UZ, and UZ none of KG that answers."""

    enrol = False

    def test_leaves_and_envelopes_come_by_way_of_a_common_partner(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        tj.enrol(kg)
        kg.enrol(tj)
        wait_for("no link", lambda: tj.link("KG") == "up" and kg.link("TJ") == "up")
        # UZ comes later: TJ and KG have greeted each other long ago.
        nowhere = f"tcp://127.0.0.1:{harness.free_port()}"
        tj.enrol(uz)
        uz.enrol(tj)
        kg.tamga("peer", "add", uz.card, "--yes", "--endpoint", nowhere)
        wait_for("no link", lambda: tj.link("UZ") == "up" and uz.link("TJ") == "up")
        uz.publish([harness.alert_record("for TJ alone")], "TJ")
        wait_for("the leaf does not come to KG", lambda: kg.size_of("UZ") == 1)
        self.assertEqual(kg.root_of("UZ"), uz.root_of("UZ"))
        self.assertNotEqual(kg.entries_of("UZ")[0]["state"], "read")


class WrongKey(harness.Story):
    countries = ("TJ", "KG", "UZ", "KZ")
    enrol = False

    def test_right_node_id_and_another_curve_key_make_no_link(self):
        tj, kg, uz, kz = self.f.tj, self.f.kg, self.f.uz, self.f.kz
        unsigned = tj.file("unsigned.card", with_other_curve_key(kg, kz, resign=False))
        before = {row["node"] for row in tj.call("peer.list")[0]}
        refused = tj.tamga("peer", "add", unsigned, "--yes", code=1)
        self.assertIn("signature", refused.err)
        self.assertEqual({row["node"] for row in tj.call("peer.list")[0]}, before)
        forged = tj.file("forged.card", with_other_curve_key(kg, kz))
        tj.tamga("peer", "add", forged, "--yes")
        kg.enrol(tj)
        told = tj.tamga("alert", "--flash", "--yes", "--title", "To whoever holds the key", "--to", "KG", "--wait", 3, code=1)
        self.assertEqual(told.row("done")["stored"], 0)
        self.assertNotEqual(tj.tamga("peer", "test", "KG", "--wait", 2, code=None).code, 0)
        self.assertNotEqual(tj.link("KG"), "up")
        self.assertNotEqual(kg.link("TJ"), "up")
        self.assertEqual(kg.size_of("TJ"), 0)
        # The control: whoever has the true card reaches it.
        uz.enrol(kg)
        kg.enrol(uz)
        wait_for("no link with the true card", lambda: uz.link("KG") == "up" and kg.link("UZ") == "up")
        again = uz.tamga("alert", "--title", "To the holder of the key", "--to", "KG", "--wait", 30)
        self.assertEqual(again.row("done")["stored"], 1)

    def test_a_key_that_is_on_no_card_of_its_owner_makes_no_session(self):
        """KZ comes in with the CURVE key that the forged card gives KG, and is not KG."""
        tj, kg, kz = self.f.tj, self.f.kg, self.f.kz
        if not tj.call("peer.list")[0]:
            tj.tamga("peer", "add", tj.file("forged.card", with_other_curve_key(kg, kz)), "--yes")
        kz.enrol(tj)
        wait_for("TJ has not heard KZ", lambda: "says another node id" in tj.log_text())
        told = kz.tamga("alert", "--flash", "--yes", "--title", "I am Bishkek", "--to", "TJ", "--wait", 2, code=1)
        self.assertEqual(told.row("done")["stored"], 0)
        tj.tamga("query", "I am Bishkek", code=1)
        self.assertIsNone(tj.log_of("KZ"))
        self.assertEqual(kz.size_of("TJ"), 0)


class Stranger(harness.Story):
    countries = ("TJ", "KZ")
    enrol = False

    def test_a_stranger_who_knows_our_card_gets_and_gives_nothing(self):
        tj, kz = self.f.tj, self.f.kz
        kz.enrol(tj)
        told = kz.tamga("alert", "--flash", "--yes", "--title", "Let me in", "--to", "TJ", "--wait", 3, code=1)
        self.assertEqual(told.row("done")["stored"], 0)
        tj.publish([harness.alert_record("Not for strangers")], "none")
        self.assertNotEqual(kz.tamga("peer", "test", "TJ", "--wait", 2, code=None).code, 0)
        self.assertNotEqual(kz.link("TJ"), "up")
        self.assertEqual(kz.size_of("TJ"), 0)
        self.assertIsNone(tj.log_of("KZ"))
        tj.tamga("query", "Let me in", code=1)


class Impostor(harness.Story):
    countries = ("TJ", "KG", "KZ")
    enrol = False

    def test_who_listens_at_a_partners_address_gets_nothing(self):
        tj, kg, kz = self.f.tj, self.f.kg, self.f.kz
        tj.enrol(kg)
        kg.enrol(tj)
        wait_for("no link", lambda: tj.link("KG") == "up")
        kg.stop()
        kz.stop()
        settings = os.path.join(kz.folder, "tamga.conf")
        text = read(settings).replace(kz.endpoint, kg.endpoint)
        with open(settings, "w") as file:
            file.write(text)
        kz.start()
        self.assertIn(f"endpoint={kg.endpoint}", kz.log_text())
        kz.enrol(tj)
        told = tj.tamga("alert", "--flash", "--yes", "--title", "Are you there", "--to", "KG", "--wait", 3, code=1)
        self.assertEqual(told.row("done")["stored"], 0)
        self.assertNotEqual(tj.link("KG"), "up")
        self.assertEqual(kz.size_of("TJ"), 0)
        kz.stop()
        kg.start()
        wait_for("the true KG does not get it", lambda: kg.tamga("query", "Are you there", code=None).code == 0)


class Flood(harness.Story):
    """Strangers hammer at the door of TJ while TJ and KG work."""

    countries = ("TJ", "KG", "KZ")
    enrol = False

    GREETINGS = {
        "garbage": bytes(range(256)) * 8,
        "null": b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48) + b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER",
        "curve": b"\xff" + bytes(8) + b"\x7f\x03\x00CURVE" + bytes(47) + b"\x04\xc8\x05HELLO\x01\x00" + bytes(192),
        "old": b"\x01\x00\x05hello",
        "silent": b"",
    }

    def flood(self, stop, counts):
        port, chance, open_ones = self.f.tj.identity.port, random.Random(3), []
        while not stop.is_set():
            kind = chance.choice(sorted(self.GREETINGS))
            try:
                conn = socket.create_connection(("127.0.0.1", port), timeout=1)
                conn.sendall(self.GREETINGS[kind])
                open_ones.append(conn)
                counts[kind] = counts.get(kind, 0) + 1
            except OSError:
                counts["refused"] = counts.get("refused", 0) + 1
            if len(open_ones) > FLOOD_CONNECTIONS:
                open_ones.pop(0).close()
        for conn in open_ones:
            conn.close()

    def test_honest_delivery_goes_on_and_nobody_comes_in(self):
        tj, kg, kz = self.f.tj, self.f.kg, self.f.kz
        tj.enrol(kg)
        kg.enrol(tj)
        kz.enrol(tj)
        wait_for("no link", lambda: tj.link("KG") == "up" and kg.link("TJ") == "up")
        descriptors = f"/proc/{tj.process.pid}/fd"
        before = len(os.listdir(descriptors)) if os.access(descriptors, os.R_OK) else None
        stop, counts = threading.Event(), {}
        thread = threading.Thread(target=self.flood, args=(stop, counts))
        thread.start()
        try:
            deadline, sent = time.monotonic() + FLOOD_SECONDS, 0
            while sent < 10 or time.monotonic() < deadline:
                for node, to in ((tj, "KG"), (kg, "TJ")):
                    rows, done = node.publish([harness.alert_record(f"honest {sent} of {node.country}")], to, 3, 30000)
                    self.assertEqual(done["stored"], 1, f"alert {sent} of {node.country} did not arrive")
                sent += 1
            self.assertEqual(tj.link("KG"), "up")
            self.assertNotEqual(kz.link("TJ"), "up")
        finally:
            stop.set()
            thread.join()
        for kind in self.GREETINGS:
            self.assertGreater(counts.get(kind, 0), 10, f"too little of a flood: {counts}")
        self.assertEqual({row["country"] for row in tj.call("peer.list")[0]}, {"KG"})
        self.assertEqual({row["country"] for row in tj.call("log")[0] if row["row"] == "log"}, {"TJ", "KG"})
        self.assertEqual(kz.size_of("TJ"), 0)
        if before:
            wait_for("the strangers' descriptors are still open", lambda: len(os.listdir(descriptors)) <= before + 8)


if __name__ == "__main__":
    harness.main()
