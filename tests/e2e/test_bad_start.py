"""A node that cannot or must not start: what it says, how it ends, and that it touched nothing.

Each refusal is one line: what failed, which file, what to do. Claims: docs/cli.md "Exit codes", docs/formats-store.md, docs/formats-keys.md.
"""
import hashlib
import os
import re
import shutil

import harness
from harness import holds_for, wait_for


def folder_digest(folder):
    """Of every file but what a lock leaves behind."""
    digest = hashlib.sha256()
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(place, name)
            if name in ("lock.mdb", "store.lock") or not os.path.isfile(path):
                continue
            with open(path, "rb") as file:
                digest.update(os.path.relpath(path, folder).encode() + b"\0" + file.read())
    return digest.hexdigest()


class Refused(harness.Story):
    """One folder of a node, stopped, damaged anew for each case."""

    countries = ("TJ",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tj = cls.f.tj
        for i in range(30):
            tj.publish([harness.alert_record(f"alert {i}", "t" * 500)], "none")
        tj.stop()
        cls.kept = os.path.join(cls.f.root, "kept")
        shutil.copytree(tj.folder, cls.kept)

    def setUp(self):
        self.restore()

    def restore(self):
        if self.f.tj.process:
            self.f.tj.kill()
        shutil.rmtree(self.f.tj.folder)
        shutil.copytree(self.kept, self.f.tj.folder)

    def path(self, *names):
        return os.path.join(self.f.tj.folder, *names)

    def write(self, path, data):
        with open(path, "wb") as file:
            file.write(data)

    def flip(self, path, at):
        with open(path, "r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 0x20]))

    def settings(self, old, new):
        with open(self.path("tamga.conf")) as file:
            text = file.read()
        self.assertIn(old, text)
        self.write(self.path("tamga.conf"), text.replace(old, new).encode())

    def refused(self, code, *words, options=()):
        before = folder_digest(self.f.tj.folder)
        done = self.f.tj.start_refused(*options)
        self.assertEqual(done.code, code, done)
        lines = done.err.strip().splitlines()
        said = [line for line in lines if not re.match(r"\d{4}-\d\d-\d\dT", line)]  # events of the log apart
        self.assertEqual(len(said), 1, done)
        self.assertTrue(said[0].startswith("tamgad: "), done)
        for word in words:
            self.assertIn(word, said[0])
        self.assertEqual(folder_digest(self.f.tj.folder), before, "a refused start changed the node's folder")
        return said[0]

    def starts(self, *options):
        self.f.tj.start(*options)
        self.assertEqual(self.f.tj.size_of("TJ"), 30)
        self.f.tj.stop()

    def test_the_folder_as_it_was_kept_starts(self):
        self.starts()

    # settings

    def test_settings(self):
        cases = [
            ("listen = ", "lisen = ", (1, "tamga.conf:12", "unknown key 'lisen'", "did you mean 'listen'?")),
            ("[net]", "[nett]", (1, "tamga.conf:11", "unknown section 'nett'", "did you mean 'net'?")),
            ("country = TJ", "country = Tajikistan", (1, "tamga.conf:5", "'Tajikistan'", "such as TJ")),
            ("listen = tcp://127.0.0.1:", "listen = 127.0.0.1:", (1, "tamga.conf:12", "tcp://address:port")),
            ("flash_confirm = yes", "flash_confirm = maybe", (1, "flash_confirm", "yes")),
        ]
        for old, new, (code, *words) in cases:
            with self.subTest(new):
                self.restore()
                self.settings(old, new)
                self.refused(code, *words)
        self.restore()
        self.write(self.path("tamga.conf"), b"\0\1\2")
        self.refused(1, "tamga.conf:1")
        os.remove(self.path("tamga.conf"))
        self.refused(1, "tamga.conf", "No such file")

    def test_options(self):
        self.refused(2, "--overide-start", "did you mean '--override-start'?", options=["--overide-start"])

    # keys

    def test_passphrases(self):
        given = os.path.join(harness.Identity.root, "passphrase")
        other = os.path.join(self.f.root, "other-passphrase")
        self.settings(given, other)
        self.refused(1, "other-passphrase", "No such file")
        self.write(other, b"not the one\n")
        os.chmod(other, 0o600)
        self.refused(1, "node.key", "does not open with this passphrase")
        os.chmod(other, 0o604)
        self.refused(5, "other-passphrase", "readable by others", "chmod 600")
        os.chmod(other, 0o600)
        self.write(other, b"")
        self.refused(1, "other-passphrase", "empty")
        self.write(other, harness.PASSPHRASE.encode() + b"\n")
        self.starts()

    def test_key_files(self):
        key = self.path("keys", "node.key")
        cases = [
            ("damaged", lambda: self.flip(key, 120), (4, "node.key", "damaged", "restore it from its copy")),
            ("cut off", lambda: os.truncate(key, 100), (4, "node.key", "damaged")),
            ("empty", lambda: os.truncate(key, 0), (1, "node.key", "no key file")),
            ("gone", lambda: os.remove(key), (1, "node.key", "No such file")),
            ("readable by others", lambda: os.chmod(key, 0o640), (5, "node.key", "readable by others", "chmod 600")),
            ("another one", lambda: shutil.copy(self.path("keys", "root.key"), key), (1, "node.key", "no key 'log'")),
            ("a link", lambda: (os.rename(key, key + "2"), os.symlink("node.key2", key)), (5, "node.key", "symbolic link")),
            ("a stranger's", lambda: shutil.copy(os.path.join(harness.Identity.of("KG").folder, "keys", "node.key"), key),
             (1, "card", "do not belong together")),
        ]
        for name, damage, (code, *words) in cases:
            with self.subTest(name):
                self.restore()
                damage()
                self.refused(code, *words)

    def test_cards(self):
        self.flip(self.path("card.note"), 300)
        self.refused(1, "card")
        os.remove(self.path("card.note"))
        self.refused(1, "card.note", "No such file")

    # store

    def test_log_files(self):
        data = self.path("store", "log", "data.mdb")
        cases = [
            ("empty", lambda: os.truncate(data, 0), (4, "log/data.mdb", "empty", "restore")),
            ("three pages", lambda: os.truncate(data, 3 * 4096), (4, "log/data.mdb", "cut off", "restore")),
            ("half", lambda: os.truncate(data, os.path.getsize(data) // 2), (4, "log/data.mdb", "cut off", "restore")),
            ("no whole page", lambda: os.truncate(data, 1000), (4, "log/data.mdb", "restore")),
            ("something else", lambda: self.write(data, b"x" * 40000), (4, "log/data.mdb", "restore")),
            ("gone", lambda: os.remove(data), (4, "log/data.mdb", "missing", "restore")),
            ("newer", lambda: self.make_newer(data), (1, "store/log", "store format 2", "use the newer program")),
        ]
        for name, damage, (code, *words) in cases:
            with self.subTest(name):
                self.restore()
                damage()
                self.refused(code, *words)

    def make_newer(self, data):
        with open(data, "rb") as file:
            content = file.read()
        old, new = b"TAMGAS\0\0\0\0\0\1", b"TAMGAS\0\0\0\0\0\2"
        self.assertIn(old, content)
        self.write(data, content.replace(old, new))

    def test_index_files_say_how_to_rebuild_and_that_works(self):
        data = self.path("store", "index", "data.mdb")
        cases = [
            ("empty", lambda: os.truncate(data, 0)),
            ("three pages", lambda: os.truncate(data, 3 * 4096)),
            ("something else", lambda: self.write(data, b"x" * 40000)),
            ("gone", lambda: os.remove(data)),
            ("newer", lambda: self.make_newer(data)),
        ]
        for name, damage in cases:
            with self.subTest(name):
                self.restore()
                damage()
                said = self.refused(1 if name == "newer" else 4, "store/index")
                self.assertIn("use the newer program" if name == "newer" else "tamgad --discard-index", said)
                self.starts("--discard-index")
                self.f.tj.start()
                self.f.tj.tamga("query", "alert 17")
                self.f.tj.stop()

    # the mark

    def test_a_damaged_mark(self):
        mark = self.path("mark")
        for name, damage in (("empty", lambda: os.truncate(mark, 0)), ("garbage", lambda: self.write(mark, b"y" * 8192))):
            with self.subTest(name):
                self.restore()
                damage()
                self.refused(4, "mark", "damaged", "move it away")

    def test_a_missing_mark_appends_nothing(self):
        os.remove(self.path("mark"))
        self.no_append("the mark beside our store is missing")

    def test_an_older_store_appends_nothing(self):
        shutil.rmtree(self.path("store"))
        self.no_append("it is an older copy", size=0)

    def no_append(self, why, size=30):
        tj = self.f.tj
        tj.start()
        refused = tj.tamga("alert", "--title", "no", "--to", "none", code=5)
        self.assertIn(why, refused.err)
        self.assertEqual(len(refused.err.strip().splitlines()), 1)
        tj.tamga("import", tj.file("no.csv", harness.csv_phones(3)), "--list", "l", "--to", "none", code=5)
        self.assertEqual(tj.size_of("TJ"), size)
        # Still so at the next start, and an operator may override it.
        tj.restart()
        tj.tamga("alert", "--title", "no", "--to", "none", code=5)
        self.assertEqual(tj.size_of("TJ"), size)
        if size:
            tj.restart("--override-start")
            self.assertIn("the operator overrides", tj.log_text())
            tj.tamga("alert", "--title", "yes", "--to", "none")
            self.assertEqual(tj.size_of("TJ"), size + 1)
        tj.stop()


class Occupied(harness.Story):
    countries = ("TJ",)

    def other_node(self, name, change):
        """Another folder of a node that shares something with the running one."""
        other = harness.Node.__new__(harness.Node)
        other.__dict__.update(self.f.tj.__dict__)
        other.folder = os.path.join(self.f.root, name)
        shutil.copytree(harness.Identity.of("KG").folder, other.folder)
        with open(os.path.join(other.folder, "tamga.conf")) as file:
            text = change(file.read())
        with open(os.path.join(other.folder, "tamga.conf"), "w") as file:
            file.write(text)
        return other

    def refused(self, node, code, *words):
        before = self.f.tj.size_of("TJ")
        done = node.start_refused()
        self.assertEqual(done.code, code, done)
        last = done.err.strip().splitlines()[-1]
        self.assertTrue(last.startswith("tamgad: "), done)
        for word in words:
            self.assertIn(word, last)
        self.f.tj.tamga("alert", "--title", "we go on", "--to", "none")
        self.assertEqual(self.f.tj.size_of("TJ"), before + 1)

    def test_port_in_use(self):
        kg = harness.Identity.of("KG")
        node = self.other_node("port", lambda text: text.replace(f":{kg.port}", f":{self.f.tj.identity.port}"))
        self.refused(node, 4, self.f.tj.endpoint, "in use", "[net] listen")

    def test_control_socket_in_use(self):
        node = self.other_node("socket", lambda text: text.replace("socket = control.sock", f"socket = {self.f.tj.socket}"))
        self.refused(node, 4, "control.sock", "another node answers", "stop it first")

    def test_store_in_use(self):
        self.refused(self.f.tj, 4, "/store", "another process has it", "stop that first")


class OlderCopy(harness.Story):
    """A backup put back after more was published: the partners know better, and history stays one."""

    countries = ("TJ", "KG")

    def tell(self, count, first=0):
        for i in range(first, first + count):
            self.f.tj.publish([harness.alert_record(f"alert {i}")], "KG", wait_ms=20000)

    def keep_then_go_on(self):
        tj = self.f.tj
        self.tell(3)
        self.f.await_converged()
        tj.stop()
        kept = os.path.join(self.f.root, "kept")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(tj.folder, kept)
        tj.start()
        self.f.await_links()
        self.tell(2, 3)
        self.f.await_converged()
        tj.stop()
        return kept, self.f.kg.size_of("TJ"), self.f.kg.root_of("TJ")

    def put_back(self, kept, *names):
        """Those parts of the copy; without any, all of it."""
        if not names:
            shutil.rmtree(self.f.tj.folder)
            shutil.copytree(kept, self.f.tj.folder)
        for name in names:
            shutil.rmtree(os.path.join(self.f.tj.folder, name))
            shutil.copytree(os.path.join(kept, name), os.path.join(self.f.tj.folder, name))

    def catches_up(self, size, root):
        """Alone it appends nothing; its partner gives back what it holds, and then history is one."""
        tj, kg = self.f.tj, self.f.kg
        tj.start()
        self.assertLess(tj.size_of("TJ"), size)
        kg.start()
        self.f.await_links()
        wait_for("it does not catch up", lambda: tj.size_of("TJ") == size)
        wait_for("it does not go on", lambda: not tj.tamga("status").row("node")["waiting"])
        self.assertEqual((tj.root_of("TJ"), kg.root_of("TJ")), (root, root))
        self.tell(1, 20)
        self.f.await_converged()

    def test_the_store_alone_put_back_catches_up_with_its_mark(self):
        kept, size, root = self.keep_then_go_on()
        self.f.kg.stop()
        self.put_back(kept, "store")
        self.f.tj.start()
        self.f.tj.tamga("alert", "--title", "no", "--to", "KG", code=5)
        self.f.tj.stop()
        self.catches_up(size, root)

    def test_store_and_mark_put_back_catch_up_with_what_a_partner_holds(self):
        kept, size, root = self.keep_then_go_on()
        self.put_back(kept)
        self.f.kg.stop()
        self.catches_up(size, root)

    def test_without_its_mark_it_waits_until_every_partner_has_answered(self):
        tj, kg = self.f.tj, self.f.kg
        self.tell(2, 30)
        self.f.await_converged()
        tj.stop()
        kg.stop()
        os.remove(os.path.join(tj.folder, "mark"))
        for _ in range(2):
            tj.start()
            refused = tj.tamga("alert", "--title", "no", "--to", "KG", code=5)
            self.assertIn("the mark beside our store is missing", refused.err)
            tj.stop()
        tj.start()
        kg.start()
        wait_for("it does not append again", lambda: not tj.tamga("status").row("node")["waiting"])
        self.tell(1, 40)
        self.f.await_converged()
        tj.restart()
        self.f.await_links()
        self.tell(1, 50)


class Rollback(harness.Story):
    countries = ("TJ", "KG")

    def test_a_node_that_was_rolled_back_unseen_cannot_change_what_partners_hold(self):
        tj, kg = self.f.tj, self.f.kg
        tj.publish([harness.alert_record("one")], "KG", wait_ms=20000)
        tj.stop()
        kept = os.path.join(self.f.root, "kept")
        shutil.copytree(tj.folder, kept)
        tj.start()
        self.f.await_links()
        for i in range(3):
            tj.publish([harness.alert_record(f"told {i}")], "KG", wait_ms=20000)
        self.f.await_converged()
        tj.stop()
        kg.stop()
        shutil.rmtree(tj.folder)
        shutil.copytree(kept, tj.folder)
        tj.start()  # nobody there who could tell it
        tj.publish([harness.alert_record("another history")], "KG")
        self.assertIn("silent", tj.log_text())
        kg.start()
        size, root = kg.size_of("TJ"), kg.root_of("TJ")
        leaves = [row["leaf"] for row in kg.entries_of("TJ")]
        wait_for("nobody notices", lambda: "longer history" in tj.log_text() or "peer_fork" in kg.log_text())
        tj.tamga("alert", "--title", "and on", "--to", "KG", code=5)
        holds_for("KG took the other history", lambda: kg.root_of("TJ") == root, 1)
        self.assertEqual(kg.size_of("TJ"), size)
        self.assertEqual([row["leaf"] for row in kg.entries_of("TJ")], leaves)
        kg.tamga("query", "another history", code=1)


if __name__ == "__main__":
    harness.main()
