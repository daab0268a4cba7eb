"""A node put back from a backup: it appends nothing before it knows that nobody holds more of its log."""
import os
import shutil

import harness
from backing import Backing
from harness import holds_for, wait_for

SECRET = "Zarafshan gate code 4711"


class PuttingBack(Backing):
    def withdraw_one(self):
        """A record that is gone before the backup: its id."""
        tj = self.f.tj
        told = self.tell(SECRET)
        ref = next(row["ref"] for row in told[0] if row["row"] == "record")
        tj.tamga("withdraw", ref, "--reason", "error", "--wait", 20, "--yes")
        return ref

    def no_append(self, *words):
        refused = self.f.tj.tamga("alert", "--title", "no", "--to", "KG", code=5)
        for word in words:
            self.assertIn(word, refused.err)
        return refused

    def test_the_newest_backup_goes_on_by_itself_once_its_partner_has_been_met(self):
        tj, kg = self.f.tj, self.f.kg
        gone = self.withdraw_one()
        self.tell("before the backup")
        kg.publish([harness.alert_record("of KG before")], "TJ", wait_ms=20000)
        path = self.backup("newest")
        kg.publish([harness.alert_record("of KG after")], "TJ", wait_ms=20000)
        size, root = tj.size_of("TJ"), tj.root_of("TJ")
        tj.stop()
        kg.stop()
        said = self.restored(path, "back")
        self.assertEqual(said.row("restore")["size"], size)
        for words in ("must never run again", "tamgad", "status", "does not: make it again"):
            self.assertIn(words, said.err)
        tj.start()
        # What was withdrawn since the backup is alive in it: it shows nothing before its partners were met.
        self.assertIn("waiting until all is here from KG", tj.tamga("query", "before the backup", code=5).err)
        self.assertNotIn(b"4711", b"".join(tj.disk().values()))
        # Alone it does not append, at a second start neither, and says whom it waits for.
        self.no_append("put back from the backup", "until KG has shown")
        tj.restart()
        self.no_append("until KG has shown")
        self.assertIn("until KG has shown", tj.tamga("status").row("node")["waiting"])
        self.assertEqual(tj.size_of("TJ"), size)
        kg.start()
        wait_for("it does not go on", lambda: not tj.tamga("status").row("node")["waiting"])
        self.assertFalse(os.path.exists(os.path.join(tj.folder, "restored")))
        self.assertEqual(tj.root_of("TJ"), root)
        # Its index is built anew, and answers; what was withdrawn is not in it.
        wait_for("it does not answer", lambda: tj.tamga("query", "before the backup", code=None).code == 0)
        tj.tamga("query", "4711", code=1)
        self.assertEqual(tj.tamga("show", gone, code=None).code, 1)
        self.tell("after it was put back")
        self.f.await_converged()
        tj.tamga("query", "of KG after")
        tj.restart()
        self.f.await_links()
        self.tell("after a restart")

    def test_an_older_backup_catches_up_with_what_partners_hold_and_never_signs_before(self):
        tj, kg = self.f.tj, self.f.kg
        older = self.backup("older")
        self.tell("given to KG after the backup")
        size, root = tj.size_of("TJ"), tj.root_of("TJ")
        tj.stop()
        kg.stop()
        self.restored(older, "old")
        tj.start()
        self.no_append("until KG has shown")
        holds_for("it appended", lambda: tj.size_of("TJ") == size - 1, 1)
        kg.start()
        wait_for("it does not go on", lambda: not tj.tamga("status").row("node")["waiting"])
        self.assertEqual((tj.size_of("TJ"), tj.root_of("TJ")), (size, root))
        self.assertFalse(os.path.exists(os.path.join(tj.folder, "restored")))
        wait_for("it cannot read it", lambda: not tj.tamga("query", "given to KG after the backup", code=None).code)
        self.tell("one history")
        self.f.await_converged()

    def test_it_can_be_told_to_go_on_all_the_same(self):
        tj, kg = self.f.tj, self.f.kg
        path = self.backup("overridden")
        tj.stop()
        kg.stop()
        self.restored(path, "forced")
        tj.start("--override-start")
        self.assertIn("the operator overrides", tj.log_text())
        tj.tamga("alert", "--title", "yes", "--to", "none")
        self.assertFalse(os.path.exists(os.path.join(tj.folder, "restored")))
        tj.restart()
        tj.tamga("alert", "--title", "still", "--to", "none")
        kg.start()
        self.f.await_links()
        self.f.await_converged("TJ")

    def test_while_the_node_runs_nothing_is_restored(self):
        path = self.backup("twice")
        done = harness.run(harness.TAMGA, "restore", path, self.place("twin"))
        self.assertEqual(done.code, 4, done)
        self.assertIn("is running", done.err)
        self.assertFalse(os.path.exists(os.path.join(self.f.root, "twin")))

    def test_settings_of_a_node_in_several_folders_move_into_the_new_one(self):
        tj = self.f.tj
        tj.stop()
        away = self.place("away")
        shutil.move(os.path.join(tj.folder, "keys"), away)
        conf = os.path.join(tj.folder, "tamga.conf")
        with open(conf) as file:
            text = file.read()
        with open(conf, "w") as file:
            file.write(text.replace("keys = keys", f"keys = {away}"))
        tj.start()
        path = self.backup("scattered")
        tj.stop()
        self.restored(path, "gathered")
        shutil.rmtree(away)
        tj.start()
        self.f.await_links()
        wait_for("it does not go on", lambda: not tj.tamga("status").row("node")["waiting"])


if __name__ == "__main__":
    harness.main()
