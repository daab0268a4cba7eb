"""A node whose disk failed, with entries that nobody else has: it begins a new epoch, signed where the root key lies, and its
partner follows without a hand; what was said before stays readable and can be proven, by strangers too.
"""
import json
import os
import shutil

import harness
from harness import wait_for

SAFE_KEYS = ("root.key", "next-root.key", "recovery.key")


class NewEpoch(harness.Story):
    countries = ("TJ", "KG")

    def place(self, name):
        return os.path.join(self.f.root, name)

    def keys_away(self):
        phrase = self.f.tj.file("keys.phrase", harness.PASSPHRASE + "\n")
        os.chmod(phrase, 0o600)
        safe = self.place("safe")
        os.mkdir(safe, 0o700)
        for name in SAFE_KEYS:
            shutil.move(os.path.join(self.f.tj.folder, "keys", name), os.path.join(safe, name))
        return safe, phrase

    def lose(self):
        """What the mark says was signed is on no disk any more."""
        tj, kg = self.f.tj, self.f.kg
        kg.stop()
        for number in range(2):
            tj.publish([harness.alert_record(f"nobody gets this one, {number}")], "KG")
        tj.kill()
        shutil.rmtree(os.path.join(tj.folder, "store"))
        tj.start()
        tj.enrol(kg)
        kg.start()

    def text(self, node, *words):
        out = harness.run(harness.TAMGA, *words, "--data", node.folder).out
        self.assertTrue(all(len(line) <= 80 for line in out.splitlines()), out)
        return out

    def verified(self, ref, card):
        path = self.place(f"{ref}.evidence")
        self.f.kg.tamga("export", ref, "-o", path)
        done = harness.run(harness.TAMGA, "verify", path, "--card", card)
        self.assertEqual(done.code, 0, done)

    def test_lost_for_ever(self):
        tj, kg = self.f.tj, self.f.kg
        safe, phrase = self.keys_away()
        for number in range(2):
            tj.publish([harness.alert_record(f"before the loss, {number}")], "KG", wait_ms=20000)
        self.lose()
        wait_for("the entries do not come back", lambda: tj.size_of("TJ") == 2)
        wait_for("it is not said what to do", lambda: "--new-epoch" in tj.tamga("status").row("node")["waiting"])
        tj.tamga("alert", "--to", "KG", "--title", "too early", "--nature", "attack", "--yes", code=None)
        self.assertEqual(tj.size_of("TJ"), 2)

        # Drafted, signed by the root key, installed.
        drafted = self.text(tj, "card", "draft", "--new-epoch", "the disk failed", "-o", self.place("next.draft"))
        self.assertIn("of epoch 0 only 2 entries", drafted)
        signed = harness.run(harness.TAMGA, "card", "sign", self.place("next.draft"), "--keys", safe, "-o",
                             self.place("next.note"), "--passphrase-file", phrase, "--yes")
        self.assertEqual(signed.code, 0, signed)
        self.assertIn("reason: the disk failed", signed.err)
        with open(self.place("next.note")) as file:
            card, prologue = file.read().split("\ntamga/epoch/v1\n")
        with open(self.place("card-alone.note"), "w") as file:
            file.write(card + "\n")
        alone = tj.tamga("card", "install", self.place("card-alone.note"), code=1)
        self.assertIn("prologue", alone.err)
        bent = self.place("bent.note")
        with open(bent, "w") as file:
            file.write(card + "\ntamga/epoch/v1\n" + prologue.replace("size 2", "size 1"))
        self.assertIn("signature", tj.tamga("card", "install", bent, code=1).err)
        told = json.loads(tj.tamga("card", "install", self.place("next.note")).out)
        self.assertEqual((told["epoch"], told["restart"]), (1, 0))
        wait_for("it does not go on", lambda: not tj.tamga("status").row("node")["waiting"])

        # Alerts flow on, under names of their own; the old ones stay what they were.
        tj.publish([harness.alert_record("after the loss")], "KG", precedence=3, wait_ms=20000)
        self.assertEqual([row["ref"] for row in kg.records(("origin", "TJ"))].count("TJ.1-1"), 1)
        self.assertIn("before the loss, 1", kg.tamga("show", "TJ-1").out)
        self.assertIn("after the loss", kg.tamga("show", "TJ.1-1").out)
        self.assertIn("leaf 1 of epoch 1", self.text(kg, "show", "TJ.1-1"))
        for node in (tj, kg):
            log = self.text(node, "log", "TJ")
            self.assertEqual(sum(line.startswith("TJ") for line in log.splitlines()), 2 if node is kg else 2, log)
            self.assertIn("ended", log)
        self.assertIn("epoch 1", self.text(kg, "log", "TJ", "--entries"))
        self.assertNotIn("epoch 1", self.text(kg, "log", "TJ", "--entries", "--epoch", "0"))

        # Strangers verify both, with the card of now.
        newest = self.place("newest.card")
        with open(newest, "w") as file:
            file.write(tj.call("card")[1]["card"])
        for ref in ("TJ-0", "TJ-1", "TJ.1-1"):
            self.verified(ref, newest)
        made = kg.tamga("export", "--log", "TJ", self.place("tiles-1")).row("tiles")
        self.assertTrue(made["origin"].endswith("/log/1"), made)
        kg.tamga("export", "--log", made["origin"][:-1] + "0", self.place("tiles-0"))
        tj.tamga("export", "TJ-1", "TJ.1-1", "--bundle", self.place("bundle"))
        for folder in ("tiles-0", "tiles-1", "bundle"):
            done = harness.run(harness.TAMGA, "verify", self.place(folder), "--card", newest)
            self.assertEqual(done.code, 0, done)

        # Each reads all of it again from its own disk.
        tj.restart()
        kg.restart()
        self.f.await_links()
        tj.publish([harness.alert_record("after a restart")], "KG", precedence=3, wait_ms=20000)
        wait_for("KG does not follow any more", lambda: kg.tamga("show", "TJ.1-2", code=None).code == 0)
        self.assertEqual(next(row["oddities"] for row in kg.call("peer.list")[0] if row["country"] == "TJ"), 0)

    def test_nothing_is_begun_by_a_draft_that_is_older_than_the_log(self):
        """Runs behind the other: epoch 1 has gone on since that note was signed."""
        again = self.f.tj.tamga("card", "install", self.place("next.note"), code=1)
        self.assertIn("our log is in epoch 1", again.err)


if __name__ == "__main__":
    harness.main()
