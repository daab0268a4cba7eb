"""Backups taken while the node works: what is in them, what is refused, and what is left when one does not come to its end."""
import os
import shutil
import signal
import subprocess
import threading
import unittest

import harness
from backing import Backing, Gate
from harness import wait_for


def sums_good(folder):
    return subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


class Making(Backing):
    def test_a_backup_holds_all_that_brings_the_node_back_and_says_what_it_does_not_hold(self):
        self.tell("to keep")
        path = self.place("whole")
        done = harness.run(harness.TAMGA, "backup", path, "--data", self.f.tj.folder)
        self.assertEqual(done.code, 0, done)
        self.assertTrue(sums_good(path))
        partner = f"peers/KG-{self.f.kg.id[:8]}.note"
        found = sorted(os.path.relpath(os.path.join(at, name), path) for at, _, names in os.walk(path) for name in names)
        self.assertEqual(found, ["BACKUP", "SHA256SUMS", "card.note", "keys/next-root.key", "keys/node.key",
                                 "keys/recovery.key", "keys/root.key", partner, "store/log/data.mdb", "tamga.conf"])
        for words in ("the passphrase", "the index", "WARNING", "root.key"):
            self.assertIn(words, done.err)
        for at, folders, names in os.walk(path):
            for name in folders + names:
                self.assertEqual(os.stat(os.path.join(at, name)).st_mode & 0o077, 0 if name != "card.note" else 0o044)
        with open(os.path.join(path, "BACKUP")) as file:
            about = dict(line.split(" ", 1) for line in file.read().splitlines() if not line.startswith("#"))
        self.assertEqual(about["size"], str(self.f.tj.size_of("TJ")))
        self.assertEqual(about["root"], self.f.tj.root_of("TJ"))
        self.assertEqual(about["country"], "TJ")

    def test_a_folder_that_is_there_is_left_as_it_is(self):
        path = self.place("taken")
        os.mkdir(path)
        done = self.f.tj.tamga("backup", path, code=1)
        self.assertIn("exists already", done.err)
        self.assertEqual(os.listdir(path), [])
        self.assertIn("cannot make a folder", self.f.tj.tamga("backup", "/no/such/place", code=1).err)
        self.assertEqual(self.partials(), [])

    def test_while_an_import_runs_and_a_flash_goes_out(self):
        tj, kg = self.f.tj, self.f.kg
        bulk = tj.file("bulk.csv", harness.csv_phones(12000))
        begun = threading.Event()
        watch = harness.Watch(tj, lambda verb, _: verb == "import.batch" and begun.set())
        client = subprocess.Popen([harness.TAMGA, "import", bulk, "--list", "numbers", "--to", "KG", "--socket", watch.path],
                                  env=harness.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, cwd="/")
        self.assertTrue(begun.wait(harness.DEADLINE_SECONDS))
        told = []
        gate = Gate(tj, lambda: told or told.append(
            self.tell("a flash in the middle of a backup", precedence=3)))
        path = self.place("busy")
        backing = self.begin_backup(path, gate.path)
        out, err = backing.communicate(timeout=harness.DEADLINE_SECONDS)
        self.assertEqual(backing.returncode, 0, err)
        self.assertTrue([row for row in told[0][0] if row["row"] == "stored" and row["country"] == "KG"],
                        "the FLASH arrived while the backup stood half-way")
        client.communicate(timeout=2 * harness.DEADLINE_SECONDS)
        self.assertEqual(client.returncode, 0)
        gate.close(), watch.close()
        self.assertTrue(sums_good(path))
        self.f.await_converged("TJ")
        # It opens, and is a front of the log as it went on.
        folder = self.place("opened")
        self.assertEqual(harness.run(harness.TAMGA, "restore", path, folder).code, 4, "TJ runs")
        self.assertEqual(harness.run(harness.TAMGA, "backup", "--check", path).code, 0)
        kg.tamga("query", "a flash in the middle")

    def test_a_client_that_reads_nothing_holds_nobody_up(self):
        tj = self.f.tj
        self.grow()
        with tj.control() as idle:
            idle.conn.sendall(harness.request("backup", []))
            for i in range(5):
                self.tell(f"alert {i} beside a stuck backup")
            path = self.place("second")
            self.assertIn("already", tj.tamga("backup", path, code=4).err)
            self.assertFalse(os.path.exists(path))
        wait_for("the first backup is never given up", lambda: not tj.tamga("backup", path, code=None).code)
        self.assertEqual(self.partials(), [])

    def test_ctrl_c_leaves_nothing(self):
        path = self.place("interrupted")
        pressed = []
        gate = Gate(self.f.tj, lambda: pressed or pressed.append(client.send_signal(signal.SIGINT)))
        client = self.begin_backup(path, gate.path)
        _, err = client.communicate(timeout=harness.DEADLINE_SECONDS)
        gate.close()
        self.assertEqual(client.returncode, -signal.SIGINT, err)
        self.assertIn("no backup was made: interrupted", err.decode())
        self.assertFalse(os.path.exists(path))
        self.assertEqual(self.partials(), [])
        wait_for("the backup is never given up", lambda: not self.f.tj.tamga("backup", path, code=None).code)

    def test_a_full_disk_is_told_and_the_node_does_not_mind(self):
        small = self.place("small")
        os.mkdir(small)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", small], stderr=subprocess.DEVNULL)
        if mounted.returncode:
            raise unittest.SkipTest("a small file system cannot be mounted here")
        try:
            self.grow(25)
            done = self.f.tj.tamga("backup", os.path.join(small, "b"), code=4)
            self.assertIn("no backup was made: not enough room", done.err)
            self.assertEqual(os.listdir(small), [])
        finally:
            subprocess.run(["umount", small], check=True)
        self.tell("still here")

    def test_damage_of_any_file_is_seen_and_nothing_is_restored(self):
        good = self.backup("good")
        self.assertIn("taken", harness.run(harness.TAMGA, "backup", "--check", good).out)
        self.f.tj.stop()
        try:
            for name in ("BACKUP", "card.note", "tamga.conf", "keys/node.key", "store/log/data.mdb"):
                with self.subTest(name):
                    bad = self.place("bad")
                    shutil.copytree(good, bad)
                    with open(os.path.join(bad, name), "r+b") as file:
                        file.seek(-1, os.SEEK_END)
                        last = file.read(1)
                        file.seek(-1, os.SEEK_END)
                        file.write(bytes([last[0] ^ 1]))
                    for words in (("backup", "--check", bad), ("restore", bad, self.place("from-bad"))):
                        done = harness.run(harness.TAMGA, *words)
                        self.assertIn(done.code, (1, 4), done)
                        self.assertIn(os.path.basename(name), done.err)
                    self.assertFalse(os.path.exists(os.path.join(self.f.root, "from-bad")))
            self.assertEqual(self.partials(), [])
        finally:
            self.f.tj.start()
            self.f.await_links()


class KilledNode(Backing):
    def test_a_node_that_goes_away_leaves_nothing_half(self):
        self.grow()
        path = self.place("cut")
        gone = []
        gate = Gate(self.f.tj, lambda: gone or gone.append(self.f.tj.kill()))
        client = self.begin_backup(path, gate.path)
        _, err = client.communicate(timeout=harness.DEADLINE_SECONDS)
        gate.close()
        self.assertEqual(client.returncode, 3, err)
        self.assertIn("no backup was made", err.decode())
        self.assertFalse(os.path.exists(path))
        self.assertEqual(self.partials(), [])
        self.f.tj.start()
        self.f.await_links()
        self.backup("cut")


if __name__ == "__main__":
    harness.main()
