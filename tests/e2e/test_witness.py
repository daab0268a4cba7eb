"""Witnesses named with `tamga init --witness`: what they cosign, what is shown of it, and an origin that shows two
histories.

TJ is there first and has no witness; KG's card lists TJ, UZ's card lists both.
"""
import os
import shutil
import time

import harness
from harness import wait_for


class Witnessed(harness.Story):
    countries = ()

    @classmethod
    def setUpClass(cls):
        cls.f = harness.Federation()
        cls.tj = cls.f.add("TJ")
        cls.kg = cls.f.add("KG", harness.Identity("KG", "--witness", cls.tj.card))
        cls.uz = cls.f.add("UZ", harness.Identity("UZ", "--witness", cls.tj.id, "--witness", cls.kg.card))
        for node in cls.f.nodes.values():
            node.await_up()
        cls.f.introduce()

    def standing(self, at, of):
        return (at.log_of(of) or {}).get("standing")

    def await_standing(self, at, of, text):
        wait_for(f"at {at.country} the log of {of} is not '{text}'", lambda: self.standing(at, of) == text)

    def test_1_everybody_sees_who_cosigned(self):
        tj, kg, uz = self.tj, self.kg, self.uz
        for node in (tj, kg, uz):
            node.publish([harness.alert_record(f"first of {node.country}")], "all")
        for at in (tj, kg, uz):
            self.await_standing(at, "UZ", "settled, 2 of 2")
            self.await_standing(at, "KG", "settled, 1 of 1")
            self.await_standing(at, "TJ", "published, no witnesses")
        kg.kill()
        kg.start()
        self.assertEqual(self.standing(kg, "UZ"), "settled, 2 of 2")
        self.f.await_links()
        text = harness.run(harness.TAMGA, "status", "--data", tj.folder)
        self.assertIn("settled, 2 of 2", text.out)
        self.assertIn("equivocation is detected, not excluded", " ".join(text.out.split()))
        self.assertTrue(all(len(line) <= 80 for line in text.out.splitlines()), text.out)
        text = harness.run(harness.TAMGA, "show", "UZ-0", "--data", tj.folder)
        self.assertIn("settled, 2 of 2 witnesses", text.out)

    def test_2_without_one_of_them(self):
        tj, kg, uz = self.tj, self.kg, self.uz
        kg.stop()
        uz.publish([harness.alert_record("without KG")], "all")
        self.await_standing(uz, "UZ", "settled, 1 of 2, not KG")
        kg.start()
        self.await_standing(uz, "UZ", "settled, 2 of 2")

    def test_3_two_histories(self):
        """A copy of UZ's folder is put back, so that UZ signs another history. Who told of one of them, meet."""
        tj, kg, uz = self.tj, self.kg, self.uz
        self.f.await_converged("UZ")
        before, kept = uz.size_of("UZ"), uz.folder + ".kept"
        uz.stop()
        shutil.copytree(uz.folder, kept, ignore=lambda _, names: [name for name in names if name.endswith(".sock")])
        tj.stop()
        uz.start()
        for i in range(3):
            uz.publish([harness.alert_record(f"for KG {i}")], "all")
        wait_for("KG does not get its history", lambda: kg.size_of("UZ") == before + 3)
        uz.stop()
        kg.stop()
        shutil.rmtree(uz.folder)
        os.rename(kept, uz.folder)
        tj.start()
        uz.start()
        uz.publish([harness.alert_record("for TJ")], "all")
        wait_for("TJ does not get its history", lambda: tj.size_of("UZ") == before + 1)
        uz.stop()
        kg.start()
        for node in (tj, kg):
            wait_for(f"{node.country} has no proof", lambda node=node: node.call("log.forks")[0])
            self.assertEqual(self.standing(node, "UZ"), "FORKED")
        row = tj.call("log.forks")[0][0]
        self.assertEqual((row["country"], row["state"], row["shows"]), ("UZ", "frozen", "two heads"))
        self.assertEqual((row["first"], row["second"]), (before + 1, before + 3))
        self.assertLessEqual(row["bytes"], 2048)
        proof = os.path.join(self.f.root, "uz.fork")
        tj.tamga("log", "forks", "0", "--output", proof)
        with open(proof, "rb") as file:
            self.assertEqual(file.read(9), b"TAMGAF\0\1\2")
        judged = harness.run(harness.TAMGA, "verify", proof, "--card", uz.card)
        self.assertEqual(judged.code, 0, judged)
        self.assertIn("VALID  fork proof against UZ", judged.out)
        self.assertEqual(harness.run(harness.TAMGA, "verify", proof, "--card", tj.card).code, 1, "it is another's log")
        with open(proof, "rb") as file:
            damaged = bytearray(file.read())
        damaged[-1] ^= 1
        self.assertEqual(harness.run(harness.TAMGA, "verify", tj.file("damaged.fork", bytes(damaged)), "--card", uz.card).code, 1)
        text = harness.run(harness.TAMGA, "status", "--data", tj.folder)
        self.assertIn("FORKED", text.out)
        self.assertTrue(all(len(line) <= 80 for line in text.out.splitlines()), text.out)
        kg.stop()  # it would tell UZ that its store is older than its log
        uz.start()
        wait_for("no link", lambda: tj.link("UZ") == "up")
        wait_for("UZ is not told", lambda: [row for row in uz.call("log.forks")[0] if row["state"] == "ours"])
        uz.publish([harness.alert_record("frozen out")], "all")
        time.sleep(2)
        self.assertEqual(tj.size_of("UZ"), before + 1)
        tj.tamga("peer", "unfreeze", "KG", "--yes", code=1)
        tj.tamga("peer", "unfreeze", "UZ", "--yes", "--reason", "order 14")
        wait_for("TJ takes nothing after the fork was cleared", lambda: tj.size_of("UZ") == before + 2)
        self.assertEqual(tj.call("log.forks")[0][0]["state"], "cleared")
        entries = tj.call("audit.access", ("limit", 5))[0]
        self.assertTrue([row for row in entries if row.get("verb") == "peer.unfreeze"], entries)


if __name__ == "__main__":
    harness.main()
