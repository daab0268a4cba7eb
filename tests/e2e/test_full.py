"""The disk runs full while a list is taken in: what was acknowledged stands, the node answers and says why it takes no more, and
goes on by itself when there is room.

Claims: ARCHITECTURE.md "Store", man tamga.conf(5) reserve_mib. The node's folder is a file system of its own: mounted here, as
root or in a user namespace of this test's own (unshare -rm).
"""
import os
import shutil
import subprocess
import sys

import harness
from harness import wait_for

MIB = 1 << 20
SIZE_MIB, RESERVE_MIB, ROOM_MIB = 64, 16, 6
ROWS = 4000
INSIDE = "TAMGA_TEST_NAMESPACE"


def mount(folder):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", folder], capture_output=True,
                          text=True)


def own_namespace():
    """Become root of a namespace where nothing but mount is needed; returns only when this cannot be."""
    if INSIDE not in os.environ and os.geteuid() != 0:
        os.environ[INSIDE] = "yes"
        os.execvp("unshare", ["unshare", "-rm", sys.executable, *sys.argv])


class Disk:
    """A small file system under a node's folder, filled and emptied by one file of no use."""

    def __init__(self, node):
        self.node = node
        kept = node.folder + ".kept"
        shutil.move(node.folder, kept)
        os.mkdir(node.folder, 0o700)
        done = mount(node.folder)
        if done.returncode:
            raise AssertionError(f"a small file system is needed for this test and cannot be mounted: {done.stderr}")
        shutil.copytree(kept, node.folder, dirs_exist_ok=True)
        os.chmod(node.folder, 0o700)
        self.ballast = os.path.join(node.folder, "ballast")

    def free_mib(self):
        fs = os.statvfs(self.node.folder)
        return fs.f_bavail * fs.f_frsize / MIB

    def fill(self, left_mib):
        """Until so much is left."""
        with open(self.ballast, "ab") as file:
            more = int((self.free_mib() - left_mib) * MIB)
            os.posix_fallocate(file.fileno(), os.path.getsize(self.ballast), more)

    def empty(self):
        os.remove(self.ballast)

    def close(self):
        subprocess.run(["umount", "-l", self.node.folder], check=True)


class Full(harness.Story):
    countries = ("TJ", "KG")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tj = cls.f.tj
        tj.stop()
        cls.disk = Disk(tj)
        with open(os.path.join(tj.folder, "tamga.conf"), "a") as file:
            file.write(f"\n[store]\nreserve_mib = {RESERVE_MIB}\n")
        tj.start()
        cls.f.await_links()
        cls.rows = tj.federation.root + "/rows.csv"
        with open(cls.rows, "w") as file:
            file.write(harness.csv_phones(ROWS, note="x" * 3000))

    @classmethod
    def tearDownClass(cls):
        try:
            cls.f.stop_all()
        finally:
            cls.disk.close()
            super().tearDownClass()

    def take(self, **how):
        return self.f.tj.tamga("import", self.rows, "--list", "full", "--to", "KG", seconds=300, **how)

    def read_only(self):
        return self.f.tj.tamga("status").row("node")["read_only"]

    def held(self):
        return self.f.tj.count(("list", "full"))

    def test_from_full_to_free(self):
        tj, kg = self.f.tj, self.f.kg
        self.disk.fill(RESERVE_MIB + ROOM_MIB)
        self.assertEqual(self.read_only(), "")

        with self.subTest("the import stops and says what stands and what to do"):
            done = self.take(code=4)
            self.assertIn("MiB are kept in reserve; make room there", done.err)
            self.assertIn("answered and kept; the same import goes on from there", done.err)
            kept = int(done.err.split(" records are answered")[0].split("\n")[-1].replace(",", ""))
            self.assertTrue(0 < kept < ROWS, done)
        wait_for("not indexed", lambda: self.held() == kept)
        self.assertGreater(self.disk.free_mib(), RESERVE_MIB / 4, "the reserve was spent on what could wait")

        with self.subTest("everybody is told"):
            self.assertIn("make room", self.read_only())
            self.assertIn("READ ONLY", harness.run(harness.TAMGA, "status", "--data", tj.folder).out)
            self.assertIn("store_space", tj.log_text())

        with self.subTest("it answers, and takes nothing that can wait"):
            tj.tamga("query", "+996700000001")
            before = tj.size_of("TJ")
            done = tj.tamga("alert", "--title", "can wait", "--to", "KG", code=4)
            self.assertIn("nothing can be stored now", done.err)
            self.assertEqual(len(done.err.strip().splitlines()), 1, done)
            self.assertIn("nothing can be stored now", self.take(code=4).err)
            self.assertEqual(tj.size_of("TJ"), before)

        with self.subTest("what must not wait goes out"):
            done = tj.tamga("alert", "--title", "Riot", "--flash", "--yes", "--to", "KG", "--wait", 20)
            self.assertEqual({row["country"] for row in done.rows_of("stored")}, {"KG"})

        with self.subTest("what was acknowledged stands, there and after a restart"):
            self.f.await_converged("TJ")
            wait_for("KG lacks some", lambda: kg.count(("list", "full")) == kept)
            tj.restart()
            self.assertIn("make room", self.read_only())
            self.assertEqual(self.held(), kept)

        with self.subTest("and when nothing at all is left"):
            self.disk.fill(0)
            done = tj.tamga("query", "+996700000001", code=4)
            self.assertIn("access log cannot be written, so nothing is answered", done.err)
            self.assertEqual(tj.tamga("alert", "--title", "x", "--flash", "--yes", "--to", "KG", code=4).code, 4)
            tj.kill()
            tj.start()
            self.assertIn("make room", self.read_only())

        with self.subTest("with room it goes on by itself"):
            self.disk.empty()
            wait_for("still read-only", lambda: not self.read_only())
            self.assertIn("store_space_back", tj.log_text())
            self.f.await_links()
            row = self.take().row("import")
            self.assertEqual((row["new"], row["unchanged"]), (ROWS - kept, kept))
            wait_for("not indexed", lambda: self.held() == ROWS)
            tj.tamga("alert", "--title", "could wait", "--to", "KG", "--wait", 20)
            self.f.await_converged("TJ")
            wait_for("KG lacks some", lambda: kg.count(("list", "full")) == ROWS)


if __name__ == "__main__":
    own_namespace()
    harness.main()
