"""A node that lost its disk: from its keys and its partners' cards everything comes back that was shared, and it goes on."""
import os
import shutil

import harness
from backing import Backing
from harness import wait_for

SECRET = "Panj crossing code 8820"


class LostDisk(Backing):
    countries = ("TJ", "KG", "UZ")

    def status(self):
        return self.f.tj.tamga("status").row("node")

    def ref(self, told):
        return next(row["ref"] for row in told[0] if row["row"] == "record")

    def lose(self, source, name, *words):
        """TJ's disk is gone; from what is left a new folder is made, and TJ is started there."""
        tj = self.f.tj
        folder = self.place(name)
        done = harness.run(harness.TAMGA, "restore", "--from-peers", source, folder, *words, "--format", "json")
        self.assertEqual(done.code, 0, done)
        tj.folder, tj.socket = folder, os.path.join(folder, "control.sock")
        return done

    def came_back(self):
        wait_for("it does not go on", lambda: not self.status()["waiting"])
        wait_for("keys do not come back", lambda: self.status()["own_envelopes"] == self.status()["own_readable"])
        return self.status()

    def all_there(self, refs, gone, size, root):
        tj = self.f.tj
        status = self.came_back()
        self.assertEqual((status["own_known"], status["own_leaves"]), (size, size))
        self.assertEqual(tj.root_of("TJ"), root)
        for ref in refs:
            tj.tamga("show", ref)
        for ref in gone:
            self.assertEqual(tj.tamga("show", ref, code=None).code, 1, ref)
        tj.tamga("query", "8820", code=1)
        self.assertNotIn(SECRET.encode(), b"".join(tj.disk().values()))
        self.f.await_converged()

    def test_everything_that_was_shared_comes_back_and_an_alert_raised_afterwards_arrives(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        refs = [self.ref(self.tell("to both of them", "KG,UZ")), self.ref(self.tell("to KG alone", "KG")),
                self.ref(self.tell("to UZ alone", "UZ"))]
        withdrawn = self.ref(self.tell(SECRET, "KG,UZ"))
        tj.tamga("withdraw", withdrawn, "--reason", "error", "--wait", 20, "--yes")
        kept = self.ref(tj.publish([harness.alert_record("kept for ourselves")], "none"))
        kg.publish([harness.alert_record("of KG for TJ")], "TJ", wait_ms=20000)
        keys = self.backup("keys-and-more")
        late = self.ref(self.tell("stated after the backup", "KG,UZ"))
        size, root = tj.size_of("TJ"), tj.root_of("TJ")
        tj.kill()
        shutil.rmtree(tj.folder)
        said = self.lose(keys, "reborn")
        self.assertIn("2 partners", said.err)
        self.assertFalse(os.path.exists(os.path.join(tj.folder, "store")))
        tj.start()
        self.all_there(refs + [late], [withdrawn, kept], size, root)
        self.assertEqual(self.status()["own_leaves"] - self.status()["own_envelopes"], 1, "what was kept for itself")
        self.assertFalse(os.path.exists(os.path.join(tj.folder, "peers")))
        shown = harness.run(harness.TAMGA, "status", "--data", tj.folder).out
        self.assertIn("CAME BACK", shown)
        self.assertTrue(all(len(line) <= 80 for line in shown.splitlines()), shown)
        tj.tamga("query", "of KG for TJ")
        told = self.tell("raised after the loss", "KG,UZ", precedence=3)
        self.assertEqual(sorted(row["country"] for row in told[0] if row["row"] == "stored"), ["KG", "UZ"])
        for partner in (kg, uz):
            partner.tamga("query", "raised after the loss")
        self.f.await_converged()
        # What came back can be taken back, from everybody.
        tj.tamga("withdraw", refs[0], "--reason", "error", "--wait", 20, "--yes")
        for node in (tj, kg, uz):
            self.assertEqual(node.tamga("query", "to both of them", code=None).code, 1)

    def test_keys_settings_and_card_alone_are_enough_with_the_cards_of_the_partners(self):
        tj = self.f.tj
        ref = self.ref(self.tell("before the second loss", "KG,UZ"))
        size, root = tj.size_of("TJ"), tj.root_of("TJ")
        cards = []
        for partner in (self.f.kg, self.f.uz):
            cards += ["--peer-card", os.path.join(partner.folder, "card.note")]
        tj.kill()
        left = self.place("left")
        os.mkdir(left)
        for name in ("tamga.conf", "card.note", "passphrase"):
            if os.path.exists(os.path.join(tj.folder, name)):
                shutil.copy(os.path.join(tj.folder, name), left)
        shutil.copytree(os.path.join(tj.folder, "keys"), os.path.join(left, "keys"))
        shutil.rmtree(tj.folder)
        refused = harness.run(harness.TAMGA, "restore", "--from-peers", left, self.place("nobody"))
        self.assertEqual(refused.code, 2, refused)
        self.assertIn("--peer-card", refused.err)
        self.lose(left, "again", *cards)
        tj.start()
        self.all_there([ref], [], size, root)
        self.tell("after the second loss", "KG,UZ")

    def test_an_older_backup_fetches_the_rest_and_signs_nothing_before(self):
        tj, kg = self.f.tj, self.f.kg
        older = self.backup("older")
        ref = self.ref(self.tell("after the older backup", "KG"))
        size, root = tj.size_of("TJ"), tj.root_of("TJ")
        tj.stop()
        kg.stop()
        self.restored(older, "old")
        tj.start()
        wait_for("UZ is not met", lambda: "KG" in self.status()["waiting"] and "UZ" not in self.status()["waiting"])
        tj.tamga("alert", "--title", "no", "--to", "UZ", code=5)
        kg.start()
        self.f.await_links()
        self.all_there([ref], [], size, root)
        self.tell("one history", "KG")


if __name__ == "__main__":
    harness.main()
