"""Encrypted backups: what age and tar make of ours, what we make of theirs, and who cannot open them."""
import base64
import hashlib
import hmac
import os
import subprocess

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import harness
from backing import Backing
from harness import wait_for


def passphrase_file(content, passphrase):
    """What `age -p` makes of content, which asks a terminal for it [C2SP age]."""
    def text(data):
        return base64.b64encode(data).rstrip(b"=")

    def hkdf(salt, info):
        return HKDF(hashes.SHA256(), 32, salt, info).derive(file_key)

    file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    label = b"age-encryption.org/v1/scrypt"
    wrap = hashlib.scrypt(passphrase, salt=label + salt, n=1 << 12, r=8, p=1, dklen=32)
    body = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
    head = b"age-encryption.org/v1\n-> scrypt " + text(salt) + b" 12\n" + text(body) + b"\n---"
    mac = hmac.digest(hkdf(b"", b"header"), head, "sha256")
    payload = ChaCha20Poly1305(hkdf(nonce, b"payload")).encrypt(bytes(11) + b"\1", content, None)
    return head + b" " + text(mac) + b"\n" + nonce + payload


def age(*words, data=None):
    return subprocess.run(words, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


class Encrypted(Backing):
    def key(self, name):
        """An identity that age-keygen made: its file and its recipient."""
        path = self.place(name)
        if os.path.exists(path):
            os.unlink(path)
        done = age("age-keygen", "-o", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path, done.stderr.decode().split("Public key: ")[1].strip()

    def file(self, name):
        path = self.place(name)
        if os.path.exists(path):
            os.unlink(path)
        return path

    def private(self, name, content):
        path = self.file(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(content)
        return path

    def sealed(self, name, *words):
        path = self.file(name)
        done = harness.run(harness.TAMGA, "backup", path, *words, "--data", self.f.tj.folder, "--format", "json")
        self.assertEqual(done.code, 0, done)
        return path, done

    def test_age_and_tar_read_what_we_write_and_it_is_put_back(self):
        tj, kg = self.f.tj, self.f.kg
        self.tell("in the encrypted backup")
        identity, recipient = self.key("safe.key")
        other, second = self.key("second.key")
        path, done = self.sealed("tj.age", "--recipient", recipient, "--recipient", second)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(done.row("backup")["size"], tj.size_of("TJ"))
        self.assertIn("age -d", done.err)
        with open(path, "rb") as file:
            content = file.read()
        self.assertTrue(content.startswith(b"age-encryption.org/v1\n-> X25519 "))
        for planted in (b"in the encrypted backup", b"store/log/data.mdb", b"SHA256SUMS", b"TAMGAKEY"):
            self.assertNotIn(planted, content)
        # Standard tools make the plain folder of it, which is a backup like any other.
        for key in (identity, other):
            folder = self.place("unpacked")
            os.mkdir(folder)
            opened = age("age", "-d", "-i", key, path)
            self.assertEqual(opened.returncode, 0, opened.stderr)
            unpacked = age("tar", "x", "-C", folder, data=opened.stdout)
            self.assertEqual((unpacked.returncode, unpacked.stderr), (0, b""))
            sums = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=False)
            self.assertEqual(sums.returncode, 0)
            self.assertEqual(os.stat(os.path.join(folder, "keys/node.key")).st_mode & 0o777, 0o600)
            self.assertEqual(harness.run(harness.TAMGA, "backup", "--check", folder).code, 0)
            checked = harness.run(harness.TAMGA, "backup", "--check", path, "--identity", key)
            self.assertEqual(checked.code, 0, checked)
            self.assertIn("GOOD", checked.out)
        # And theirs: the same archive encrypted by age.
        theirs = self.file("theirs.age")
        made = age("age", "-r", recipient, "-o", theirs, data=opened.stdout)
        self.assertEqual(made.returncode, 0, made.stderr)
        size = tj.size_of("TJ")
        tj.stop()
        for source in (path, theirs):
            said = self.put_back(source, "back", "--identity", identity)
            self.assertEqual(said.row("restore")["size"], size)
        tj.start()
        self.f.await_links()
        wait_for("it does not go on", lambda: not tj.tamga("status").row("node")["waiting"])
        tj.tamga("query", "in the encrypted backup")
        self.tell("after the encrypted backup")
        kg.tamga("query", "after the encrypted backup")

    def put_back(self, source, name, *words):
        folder = self.place(name)
        done = harness.run(harness.TAMGA, "restore", source, folder, *words, "--format", "json")
        self.assertEqual(done.code, 0, done)
        tj = self.f.tj
        tj.folder, tj.socket = folder, os.path.join(folder, "control.sock")
        return done

    def test_a_new_identity_is_made_on_the_way_and_an_encrypted_one_asks_for_its_passphrase(self):
        identity = self.file("fresh.key")
        path, done = self.sealed("fresh.age", "--new-identity", identity)
        self.assertEqual(os.stat(identity).st_mode & 0o777, 0o600)
        self.assertIn("safe", done.err)
        opened = age("age", "-d", "-i", identity, path)
        self.assertEqual(opened.returncode, 0, opened.stderr)
        with open(identity, "rb") as file:
            locked = passphrase_file(file.read(), b"correct horse")
        key, words = self.private("locked.key", locked), self.private("words", b"correct horse\n")
        check = (harness.TAMGA, "backup", "--check", path, "--identity", key)
        self.assertEqual(harness.run(*check, "--passphrase-file", words).code, 0)
        self.assertIn("--passphrase-file", harness.run(*check).err)
        refused = harness.run(*check, "--passphrase-file", self.private("words", b"wrong horse\n"))
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("passphrase does not open it", refused.err)
        again = harness.run(harness.TAMGA, "backup", self.file("again.age"), "--new-identity", identity, "--data",
                            self.f.tj.folder)
        self.assertEqual(again.code, 1, again)
        self.assertFalse(os.path.exists(os.path.join(self.f.root, "again.age")))

    def test_whoever_has_no_key_or_another_file_is_told_so(self):
        _, recipient = self.key("right.key")
        wrong, _ = self.key("wrong.key")
        path, _ = self.sealed("closed.age", "--recipient", recipient)
        for words, code, text in (
                (("backup", "--check", path), 2, "--identity"),
                (("restore", path, self.place("no")), 2, "--identity"),
                (("backup", "--check", path, "--identity", wrong), 1, "no identity that was given opens this age file"),
                (("backup", "--check", path, "--identity", self.f.tj.folder + "/tamga.conf"), 1, "no age identity"),
                (("backup", self.place("x.age"), "--recipient", "age1nonsense", "--data", self.f.tj.folder), 1,
                 "age1nonsense"),
                (("backup", path, "--recipient", recipient, "--data", self.f.tj.folder), 1, "exists already")):
            done = harness.run(harness.TAMGA, *words)
            self.assertEqual(done.code, code, done)
            self.assertIn(text, done.err)
        self.assertFalse(os.path.exists(os.path.join(self.f.root, "no")))
        self.assertEqual(self.partials(), [])

    def test_damage_anywhere_is_seen_and_nothing_is_restored(self):
        identity, recipient = self.key("damage.key")
        path, _ = self.sealed("damaged.age", "--recipient", recipient)
        with open(path, "rb") as file:
            good = file.read()
        self.f.tj.stop()
        try:
            for at in (5, 100, len(good) // 3, len(good) // 2, len(good) - 1):
                self.refused(path, identity, good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
            for cut in (0, 30, 250, 65552, len(good) - 16, len(good) - 1):
                self.refused(path, identity, good[:cut])
            self.refused(path, identity, good + b"x")
            armored = age("age", "-a", "-r", recipient, data=b"anything").stdout
            self.assertIn("armored", self.refused(path, identity, armored).err)
            other = age("age", "-r", recipient, data=b"no archive" * 100).stdout
            self.assertIn("something else", self.refused(path, identity, other).err)
        finally:
            self.f.tj.start()
            self.f.await_links()

    def refused(self, path, identity, content):
        with open(path, "wb") as file:
            file.write(content)
        for words in (("backup", "--check", path), ("restore", path, self.place("from-bad"))):
            done = harness.run(harness.TAMGA, *words, "--identity", identity)
            self.assertIn(done.code, (1, 4), (len(content), done))
        self.assertFalse(os.path.exists(os.path.join(self.f.root, "from-bad")))
        self.assertEqual(self.partials(), [])
        return done


if __name__ == "__main__":
    harness.main()
