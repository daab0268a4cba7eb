"""The life of keys: three rotations of all of them, the root key among them; what was signed before stays verifiable, links
heal, and what a former seal key opened is out of reach once it is destroyed.

Root and recovery keys lie in a folder of their own, as on a machine without a network, and sign there.
"""
import base64
import json
import os
import shutil
import struct
import subprocess
import sys

import harness
from harness import wait_for

ALL_KEYS = ("log", "envelope", "clock", "store", "seal", "curve")
VERIFIER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "third", "verifier.py")
SAFE_KEYS = ("root.key", "next-root.key", "recovery.key")


class Rotations(harness.Story):
    countries = ("TJ", "KG")

    def setUp(self):
        self.tj, self.kg = self.f.tj, self.f.kg
        self.phrase = self.f.tj.file("keys.phrase", harness.PASSPHRASE + "\n")
        os.chmod(self.phrase, 0o600)
        self.safe = os.path.join(self.f.root, "safe")
        if not os.path.exists(self.safe):
            os.mkdir(self.safe, 0o700)
            for name in SAFE_KEYS:
                shutil.move(os.path.join(self.tj.folder, "keys", name), os.path.join(self.safe, name))

    def place(self, name):
        return os.path.join(self.f.root, name)

    def draft(self, *words):
        self.tj.tamga("card", "draft", *words, "-o", self.place("next.draft"), "--passphrase-file", self.phrase)

    def sign(self, *words):
        """Offline: no socket, no folder of the node."""
        done = harness.run(harness.TAMGA, "card", "sign", self.place("next.draft"), "--keys", self.safe, "-o",
                           self.place("next.note"), "--passphrase-file", self.phrase, "--yes", *words)
        self.assertEqual(done.code, 0, done)
        return done

    def install(self, *words):
        return json.loads(self.tj.tamga("card", "install", self.place("next.note"), *words).out)

    def serial_at_kg(self):
        return next(row["serial"] for row in self.kg.call("peer.list")[0] if row["country"] == "TJ")

    def publish(self, title):
        self.tj.publish([harness.alert_record(title)], "KG")

    def test_1_three_rotations(self):
        for turn in range(3):
            self.publish(f"before rotation {turn + 1}")
            self.draft(*[word for key in ALL_KEYS for word in ("--rotate", key)], "--after", "2")
            shown = self.sign(*(["--rotate-root", "--rotate-recovery"] if turn == 1 else []))
            self.assertIn("+ seal key", shown.err)
            self.assertTrue(self.install()["restart"])
            wait_for("KG has not taken the card", lambda: self.serial_at_kg() == turn + 2)
            self.publish("still by the keys of before")
            self.tj.restart()
            self.f.await_links()
            for number in range(3):
                self.publish(f"after rotation {turn + 1}, {number}")
            self.f.await_converged("TJ")
        self.assertEqual(self.kg.count(("origin", "TJ")), 3 * 5)
        self.assertEqual(next(row["oddities"] for row in self.kg.call("peer.list")[0] if row["country"] == "TJ"), 0)
        self.assertEqual([row["why"] for row in self.kg.entries_of("TJ") if row["state"] == "control"],
                         ["card 2", "card 3", "card 4"])

        # The partner was never enrolled anew. Every old record verifies, with the newest card and with the first one too.
        newest = self.place("newest.card")
        with open(newest, "w") as file:
            file.write(self.tj.call("card")[1]["card"])
        chain = ["--card", newest, "--card", os.path.join(self.tj.identity.folder, "card.note")]
        for ref in [row["ref"] for row in self.kg.records(("origin", "TJ"))]:
            evidence = self.place(f"{ref}.evidence")
            self.kg.tamga("export", ref, "-o", evidence)
            done = harness.run(harness.TAMGA, "verify", evidence, *chain)
            self.assertEqual(done.code, 0, f"{ref}: {done}")

        # A restart of the partner reads all of it again by the chain that it has stored.
        self.kg.restart()
        self.f.await_links()
        self.assertEqual(self.kg.count(("origin", "TJ")), 3 * 5)
        self.kg.publish([harness.alert_record("to the newest seal key")], "TJ")
        wait_for("TJ does not read KG any more", lambda: self.tj.count(("origin", "KG")) == 1)

    def test_2_who_has_not_the_card_yet_is_reached_by_the_former_link_key(self):
        self.kg.stop()
        serial = self.serial_now()
        self.draft("--rotate", "curve")
        self.sign()
        self.install()
        self.tj.restart()
        self.kg.start()
        wait_for("the link does not heal", lambda: self.kg.link("TJ") == "up" and self.tj.link("KG") == "up")
        wait_for("KG has not taken the card", lambda: self.serial_at_kg() == serial + 1)

    def serial_now(self):
        return self.tj.call("keys")[1]["serial"]

    def test_3_a_card_that_would_take_the_key_from_what_is_signed_is_refused(self):
        size = self.tj.size_of("TJ")
        self.draft("--revoke", f"envelope@{size - 1}")
        self.sign()
        done = self.tj.tamga("card", "install", self.place("next.note"), code=1)
        self.assertIn("--revoke", done.err)
        self.draft("--rotate", "seal")  # gives up what was not installed
        with open(self.place("next.draft")) as file:
            self.assertNotIn("until " + str(size - 1), file.read().split("tamga/card/v1")[-1])

    def test_4_a_former_seal_key_is_kept_while_a_partner_may_need_it(self):
        keys = json.loads("[" + ",".join(self.tj.tamga("key", "list").out.splitlines()) + "]")
        former = [row for row in keys if row["state"] == "former"]
        self.assertTrue(former)
        self.assertTrue(all(row["needed_by"] == "KG" for row in former), former)

    def test_5_a_stolen_envelope_key_is_ended_behind_and_what_is_ours_is_attested(self):
        for number in range(70):  # until the last change of that key has taken effect
            if self.key_now("envelope"):
                break
            self.publish(f"on the way {number}")
        size = self.tj.size_of("TJ")
        stolen, first = self.key_now("envelope"), size
        self.publish("ours, by the key that was stolen")
        self.publish("this one too")
        self.f.await_converged("TJ")
        self.draft("--revoke", f"envelope@{first}")
        self.sign()
        self.install("--revoke")
        self.tj.restart()
        self.f.await_links()
        listed = self.exposed(stolen, "--from", str(first))
        self.assertEqual([(row["ref"], row["state"]) for row in listed[:2]],
                         [(f"TJ-{first}", "revoked"), (f"TJ-{first + 1}", "revoked")])
        done = self.kg.tamga("export", f"TJ-{first}", "--bundle", self.place("early"), code=1)
        self.assertIn("revoked", done.err)
        held = self.kg.count(("origin", "TJ"))
        self.tj.tamga("log", "attest", str(first), str(first + 1))
        wait_for("it is not attested", lambda: all(row["state"] == "counts"
                                                   for row in self.exposed(stolen, "--from", str(first))[:2]))
        self.f.await_converged("TJ")
        self.assertEqual(self.kg.count(("origin", "TJ")), held, "the partner keeps what it held")
        self.assertIn(f"attest {first}-{first + 1}", [row.get("why") for row in self.kg.entries_of("TJ")])
        self.publish("by the new key")
        self.f.await_converged("TJ")
        self.holds_for_strangers(f"TJ-{first}")
        self.assertEqual(len([row for row in self.exposed("seal") if row["how"] == "sealed"]),
                         self.tj.count(("origin", "KG")))

    def test_6_a_former_seal_key_is_destroyed_when_nobody_needs_it_and_what_it_opened_stays_readable(self):
        """Rotation, receipts, ten minutes of the node's own clock, `key prune`."""
        tj, kg = self.tj, self.kg
        refs = [row["ref"] for row in kg.publish([harness.alert_record("sealed to the key that goes")], "TJ", wait_ms=20000)[0]
                if row["row"] == "record"]
        clock = self.place("clock")
        self.set_clock(clock, 0)
        tj.extra = {"LD_PRELOAD": os.environ["TG_CLOCK_SHIM"], "TG_CLOCK_FILE": clock,
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        old = next(row["id"] for row in tj.call("keys")[0] if row["row"] == "key" and row["name"] == "seal" and row["state"] == "in use")
        self.draft("--rotate", "seal")
        self.sign()
        self.install()
        tj.restart()
        self.f.await_links()
        self.publish("the new card is met")
        self.f.await_converged()
        self.assertEqual([(row["ref"], row["how"]) for row in self.exposed(old) if row["ref"] in refs], [(refs[0], "sealed")])

        prune = lambda: tj.tamga("key", "prune", "--passphrase-file", self.phrase, "--yes")
        prune()  # what the card names goes into its place; ten minutes have not passed, so it is kept
        self.assertIn(old, [row["id"] for row in tj.tamga("key", "list").rows_of("key") if row["state"] == "former"])
        self.set_clock(clock, 11 * 60)
        with open(os.path.join(tj.folder, "keys", "node.key"), "rb") as file:
            before = file.read()
        wait_for("KG's receipt of the card is not held", lambda: not any(
            row["needed_by"] for row in tj.tamga("key", "list").rows_of("key") if row["state"] == "former"))
        self.assertGreaterEqual(prune().row("pruned")["destroyed"], 1)
        tj.restart()
        self.f.await_links()
        self.assertEqual([row for row in tj.tamga("key", "list").rows_of("key") if row["state"] == "former"], [])
        self.assertEqual([(row["ref"], row["how"]) for row in self.exposed(old) if row["ref"] in refs], [(refs[0], "perhaps")],
                         "the node has nothing that opens it any more")
        self.assertIn("the key that goes", tj.tamga("show", refs[0]).out)
        kg.publish([harness.alert_record("to the key that came")], "TJ", wait_ms=20000)
        tj.tamga("query", "that came")
        self.assertNotIn(before[68:], b"".join(tj.disk().values()), "the old key file stands nowhere on the disk")

    def set_clock(self, path, seconds):
        with open(path, "r+b" if os.path.exists(path) else "wb", buffering=0) as file:
            file.write(struct.pack("=q", seconds))

    def holds_for_strangers(self, ref):
        """Out of the partner's node, with the newest card: as evidence, as plain proof, in a bundle."""
        bundle, evidence, proof = self.place("bundle"), self.place("attested.json"), self.place("attested.proof")
        self.kg.tamga("export", ref, "--bundle", bundle)
        cards = [os.path.join(bundle, "cards", name) for name in os.listdir(os.path.join(bundle, "cards"))]
        given = [word for path in cards for word in ("--card", path)]
        self.assertTrue(json.loads(self.kg.tamga("verify", bundle, *given).out)["valid"])
        self.kg.tamga("export", ref, "--output", evidence)
        self.kg.tamga("export", ref, "--tlog-proof", "--output", proof)
        for path in (evidence, proof):
            row = json.loads(self.kg.tamga("verify", path, *given).out)
            self.assertTrue(row["valid"] and row["attested"])
            subprocess.run([sys.executable, VERIFIER, path, *cards], check=True, stdout=subprocess.DEVNULL)
        with open(proof) as file:
            lines = file.read().split("\n")
        raw = base64.b64decode(lines[1][6:])
        lines[1] = "extra " + base64.b64encode(raw[:320]).decode()
        with open(proof, "w") as file:
            file.write("\n".join(lines))
        done = self.kg.tamga("verify", proof, *given, code=1)
        self.assertIn("no attestation comes with it", " ".join(done.err.split()))

    def key_now(self, name):
        rows = self.tj.call("keys")[0]
        if any(row["row"] == "key" and row["name"] == name and row["state"] == "waits" for row in rows):
            return None
        return next(row["id"] for row in rows
                    if row["row"] == "key" and row["name"] == name and row["state"] == "in use")

    def exposed(self, key, *words):
        return [json.loads(line) for line in self.tj.tamga("log", "exposure", key, *words).out.splitlines()]


if __name__ == "__main__":
    harness.main()
