"""What is withdrawn is gone: ahead of a bulk load, in old copies once the key has changed, and in a backup of before."""
import os
import random
import shutil

import harness
from backing import Backing
from harness import wait_for

SECRET, OTHER = "Karategin 5309", "Vakhsh 8811"


def status(node):
    return node.tamga("status").row("node")


class OldBackup(Backing):
    """A holder is put back from a backup in which the record is alive."""

    def test_a_holder_shows_nothing_before_it_has_heard_of_the_withdrawals(self):
        tj, kg = self.f.tj, self.f.kg
        told = kg.publish([harness.alert_record(SECRET)], "TJ", wait_ms=20000)
        ref = next(row["ref"] for row in told[0] if row["row"] == "record")
        wait_for("not there", lambda: tj.tamga("query", SECRET, code=None).code == 0)
        path = self.backup("alive")
        kg.tamga("withdraw", ref, "--reason", "wrong_person", "--wait", 20, "--yes")
        tj.tamga("query", SECRET, code=1)
        tj.stop()
        kg.stop()
        self.restored(path, "older")
        tj.start()
        for command in (["query", SECRET], ["show", ref], ["inbox"], ["notices"], ["export", ref, "-o", "-"]):
            refused = tj.tamga(*command, code=5)
            self.assertIn("waiting until all is here from KG", refused.err)
            self.assertNotIn(SECRET, refused.out)
        tj.restart()
        tj.tamga("query", SECRET, code=5)
        kg.start()
        wait_for("it does not answer", lambda: tj.tamga("query", SECRET, code=None).code != 5)
        tj.tamga("query", SECRET, code=1)
        self.assertEqual(tj.tamga("show", ref, code=None).code, 1)
        wait_for("KG is not told again", lambda: [
            row for row in kg.call("log.receipts", ("peer", "TJ"))[0] if row["row"] == "receipt" and row["withdrawn"]])
        tj.restart()
        tj.tamga("query", SECRET, code=1)


class KeysApart(Backing):
    def test_a_backup_without_keys_needs_the_key_file_from_elsewhere(self):
        tj = self.f.tj
        self.tell("kept in a safe")
        path = self.place("apart")
        self.assertIn("no keys", tj.tamga("backup", path, "--without-keys").err)
        self.assertFalse(os.path.exists(os.path.join(path, "keys")))
        self.assertEqual(harness.run(harness.TAMGA, "backup", "--check", path).code, 0)
        with open(os.path.join(path, "SHA256SUMS")) as file:
            self.assertNotIn("keys/", file.read())
        key = os.path.join(tj.folder, "keys", "node.key")
        tj.stop()
        self.assertIn("put node.key into", self.restored(path, "back").err)
        self.assertNotEqual(tj.start_refused().code, 0)
        os.mkdir(os.path.join(tj.folder, "keys"), 0o700)
        shutil.copy(key, os.path.join(tj.folder, "keys", "node.key"))
        tj.start()
        wait_for("it does not answer", lambda: tj.tamga("query", "kept in a safe", code=None).code == 0)


class Ahead(harness.Story):
    countries = ("TJ", "KG")
    ROWS = 12000

    def test_a_withdrawal_passes_a_bulk_load(self):
        tj, kg = self.f.tj, self.f.kg
        told = tj.publish([harness.alert_record(SECRET)], "KG", wait_ms=20000)
        ref = next(row["ref"] for row in told[0] if row["row"] == "record")
        kg.stop()
        tj.tamga("import", tj.file("b.csv", harness.csv_phones(self.ROWS, 100000, prefix="b")), "--list", "bulk", "--to", "KG")
        kg.start()
        wait_for("no bulk", lambda: kg.size_of("TJ") > 1)
        tj.tamga("withdraw", ref, "--reason", "error", "--wait", 30, "--yes")
        self.assertLess(kg.count(("list", "bulk")), self.ROWS, "the load was over before: make it larger")
        kg.tamga("query", SECRET, code=1)
        self.f.await_converged("TJ")
        wait_for("the load", lambda: kg.count(("list", "bulk")) == self.ROWS)


class Rewrap(harness.Story):
    countries = ("TJ", "KG")

    def key_bytes(self, node):
        with open(os.path.join(node.folder, "keys", "node.key"), "rb") as file:
            return file.read()

    def test_the_key_changes_while_everything_goes_on(self):
        tj, kg = self.f.tj, self.f.kg
        told = tj.publish([harness.alert_record(SECRET)], "KG", wait_ms=20000)
        ref = next(row["ref"] for row in told[0] if row["row"] == "record")
        tj.tamga("alert", "--title", "Stays here", "--to", "KG", "--wait", 20)
        tj.tamga("withdraw", ref, "--reason", "court_order", "--wait", 20, "--yes")
        self.assertIn("nothing to finish", tj.tamga("rewrap", "--finish", "--yes", code=1).err)
        before = self.key_bytes(tj)
        said = tj.tamga("rewrap")
        self.assertIn("Start the node anew", said.err)
        self.assertNotEqual(self.key_bytes(tj), before)
        self.assertIn("end that change first", tj.tamga("rewrap", code=1).err)
        refused = tj.tamga("rewrap", "--finish", "--yes", code=None)
        self.assertNotEqual(refused.code, 0)
        self.assertIn("start it anew", refused.err)
        tj.kill()
        stopped = tj.tamga("rewrap", "--finish", "--yes", code=3)
        self.assertIn("the node has to say", stopped.err)
        tj.start()
        wait_for("it never ends", lambda: status(tj)["rewrap_done"])
        told = harness.run(harness.TAMGA, "status", "--data", tj.folder)
        self.assertIn("'tamga rewrap --finish' destroys the former key", told.out)
        tj.tamga("query", "Stays here")
        both = self.key_bytes(tj)
        tj.tamga("rewrap", "--finish", "--yes")
        self.assertLess(len(self.key_bytes(tj)), len(both))
        tj.restart()
        self.assertEqual(status(tj)["wrap_former"], 0)
        tj.tamga("query", "Stays here")
        tj.tamga("query", SECRET, code=1)
        self.assertEqual(tj.tamga("show", ref, code=None).code, 1)
        self.f.await_links()
        tj.tamga("alert", "--title", "And goes on", "--to", "KG", "--wait", 20)

    def test_a_copy_of_before_cannot_be_started_with_the_new_key(self):
        tj = self.f.tj
        tj.tamga("alert", "--title", OTHER, "--to", "none")
        tj.stop()
        copy = os.path.join(self.f.root, "copy")
        shutil.copytree(tj.folder, copy)
        tj.start()
        tj.tamga("rewrap", code=None)
        tj.restart()
        wait_for("it never ends", lambda: status(tj)["rewrap_done"] or not status(tj)["wrap_former"])
        tj.tamga("rewrap", "--finish", "--yes", code=None)
        tj.stop()
        shutil.copy(os.path.join(tj.folder, "keys", "node.key"), os.path.join(copy, "keys", "node.key"))
        here, tj.folder, tj.socket = (tj.folder, tj.socket), copy, os.path.join(copy, "control.sock")
        tj.launch()
        wait_for("it neither starts nor ends", lambda: tj.process.poll() is not None or tj.tamga("status", code=None).code == 0)
        shown = tj.tamga("query", OTHER, code=None)
        self.assertNotIn(OTHER, shown.out)
        self.assertNotEqual(shown.code, 0)
        tj.kill() if tj.process.poll() is None else None
        (tj.folder, tj.socket) = here
        tj.start()
        tj.tamga("query", OTHER)


class KilledRewrap(harness.Story):
    """kill -9 while the node wraps its keys anew: it goes on where it was, and no record is lost."""
    countries = ("TJ",)
    ENVELOPES = 600
    KILLS = 4

    def test_killed_again_and_again_it_ends_and_everything_is_readable(self):
        tj = self.f.tj
        with tj.control() as control:
            for number in range(self.ENVELOPES):
                control.call("publish", ("record", harness.alert_record(f"number {number}")), ("to", "none"))
        tj.tamga("rewrap")
        tj.kill()
        chance, midway = random.Random(int(os.environ.get("TG_SEED", "7"))), 0
        for _ in range(self.KILLS):
            tj.start()
            with tj.control() as control:
                at = control.call("status")[1]
                while not at["rewrap_done"] and at["rewrap_looked"] < chance.randrange(1, self.ENVELOPES):
                    at = control.call("status")[1]
                midway += not at["rewrap_done"]
            tj.kill()
        self.assertTrue(midway, "it was never met in the middle of it: more envelopes")
        tj.start()
        wait_for("it never ends", lambda: status(tj)["rewrap_done"])
        self.assertEqual(tj.count(("kind", "alert")), self.ENVELOPES)
        tj.tamga("rewrap", "--finish", "--yes")
        tj.restart()
        self.assertEqual(status(tj)["wrap_former"], 0)
        self.assertEqual(tj.count(("kind", "alert")), self.ENVELOPES)
        for number in (0, self.ENVELOPES // 2, self.ENVELOPES - 1):
            self.assertIn(f"number {number}", tj.tamga("show", f"TJ-{number}").out)


if __name__ == "__main__":
    harness.main()
