"""The service as `cmake --install` leaves it: what stands where, and that the unit's own command line gives a node
that tells systemd of itself and answers people by their groups.

Claims: tamgad(8) "As a service". Needs no systemd; its tools check the files where they are there.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import harness
from harness import wait_for

ANALYSTS, STRANGERS, ANALYST = 65534, 64008, 64009  # the node runs as 65534 here; nobody has the other numbers

INSTALLED = """
bin/tamga sbin/tamgad lib/systemd/system/tamgad.service lib/sysusers.d/tamga.conf lib/tmpfiles.d/tamga.conf
share/doc/tamga/tamga.conf.sample share/bash-completion/completions/tamga share/zsh/site-functions/_tamga
share/fish/vendor_completions.d/tamga.fish share/man/man1/tamga.1 share/man/man1/tamga-alert.1
share/man/man1/tamga-peer-add.1 share/man/man1/tamga-peer.1 share/man/man5/tamga.conf.5 share/man/man5/tamga-card.5
share/man/man5/tamga-evidence.5 share/man/man8/tamgad.8
""".split()


def settings_of(path):
    """Section → [(key, value)] of a unit."""
    found, section = {}, None
    with open(path, encoding="utf-8") as file:
        for line in file.read().replace("\\\n", " ").split("\n"):
            if line.startswith("["):
                section = found.setdefault(line.strip("[]"), [])
            elif "=" in line and not line.startswith("#"):
                section.append(tuple(line.split("=", 1)))
    return found


class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix="tamga-service-", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.root)
        os.chmod(cls.root, 0o711)
        done = subprocess.run([os.environ["TG_CMAKE"], "--install", os.environ["TG_BUILD"], "--prefix", "/usr"],
                              env={**os.environ, "DESTDIR": cls.root}, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)
        cls.unit = cls.place("/usr/lib/systemd/system/tamgad.service")
        cls.settings = settings_of(cls.unit)

    @classmethod
    def place(cls, path):
        return cls.root + path

    def of(self, section, key):
        return [value for name, value in self.settings[section] if name == key]

    # what is installed

    def test_everything_that_a_service_needs_is_installed(self):
        missing = [name for name in INSTALLED if not os.path.exists(self.place(f"/usr/{name}"))]
        self.assertEqual(missing, [])

    def test_the_unit_starts_the_installed_program_as_the_user_that_is_made(self):
        words = self.of("Service", "ExecStart")[0].split()
        self.assertTrue(os.access(self.place(words[0]), os.X_OK), words[0])
        with open(self.place("/usr/lib/sysusers.d/tamga.conf"), encoding="utf-8") as file:
            made = re.findall(r"^[ug] (\S+)", file.read(), re.M)
        self.assertIn(self.of("Service", "User")[0], made)
        self.assertEqual([name for name in made if name != "tamga"],
                         [f"tamga-{role}" for role in ("analyst", "officer", "auditor", "admin")])

    def test_the_unit_gives_up_what_the_node_does_not_need(self):
        for key, value in {"Type": "notify", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "LimitCORE": "0",
                           "MemoryDenyWriteExecute": "yes", "LockPersonality": "yes", "Restart": "on-failure",
                           "CapabilityBoundingSet": "", "RuntimeDirectory": "tamga", "StateDirectory": "tamga"}.items():
            self.assertEqual(self.of("Service", key), [value], key)
        self.assertIn("@system-service", self.of("Service", "SystemCallFilter"))
        self.assertEqual(self.of("Service", "LoadCredential"), ["tamga.passphrase:/etc/tamga/passphrase"])

    def test_systemd_finds_nothing_wrong_with_the_unit(self):
        if not shutil.which("systemd-analyze"):
            return
        # The program's path must be there for the check.
        with open(self.unit, encoding="utf-8") as file:
            text = file.read().replace("/usr/sbin/tamgad", self.place("/usr/sbin/tamgad"))
        path = os.path.join(self.root, "tamgad.service")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", path],
                              capture_output=True, text=True)
        ours = [line for line in done.stderr.split("\n") if "tamgad" in line]
        self.assertEqual(ours, [])

    def test_systemd_makes_the_user_and_the_groups(self):
        if not shutil.which("systemd-sysusers") or os.geteuid() != 0:
            return
        os.makedirs(self.place("/etc"), exist_ok=True)
        done = subprocess.run(["systemd-sysusers", f"--root={self.root}"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.place("/etc/passwd"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r"(?m)^tamga:x:\d+:\d+:Tamga node:/var/lib/tamga:")
        with open(self.place("/etc/group"), encoding="utf-8") as file:
            groups = file.read()
        for role in ("analyst", "officer", "auditor", "admin"):
            self.assertRegex(groups, rf"(?m)^tamga-{role}:")

    def test_the_sample_of_the_settings_is_accepted(self):
        text = harness.run(harness.TAMGAD, "--print-config").out
        with open(self.place("/usr/share/doc/tamga/tamga.conf.sample"), encoding="utf-8") as file:
            self.assertEqual(file.read(), text)

    # what it does

    def file(self, path, text, mode=0o600):
        path = self.place(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def init(self):
        """As tamgad(8) tells it, inside the tree."""
        root = os.geteuid() == 0
        passphrase = self.file("/etc/tamga/passphrase", harness.PASSPHRASE + "\n")
        words = ["init", self.place("/var/lib/tamga"), "--root-here", "--config", self.place("/etc/tamga/tamga.conf"), "--socket",
                 self.place("/run/tamga/control.sock"), "--passphrase-file", passphrase, "--country", "TJ", "--name",
                 "Service of TJ", "--listen", f"tcp://127.0.0.1:{harness.free_port()}"]
        os.makedirs(self.place("/var/lib"), exist_ok=True)
        done = harness.run(self.place("/usr/bin/tamga"), *words, *(["--user", "nobody"] if root else []))
        self.assertEqual(done.code, 0, done)
        again = harness.run(self.place("/usr/bin/tamga"), *words)
        self.assertEqual(again.code, 1, again)
        config = self.place("/etc/tamga/tamga.conf")
        with open(config, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("analyst = @tamga-analyst", text)
        self.assertNotIn("\npassphrase", text) if root else None
        # The groups are not made on this machine: a number stands for one.
        with open(config, "w", encoding="utf-8") as file:
            file.write(text.replace("@tamga-analyst", f"@{ANALYSTS}").replace("@tamga-officer", "")
                       .replace("@tamga-auditor", "").replace("root, @tamga-admin", ""))

    def start(self, listener):
        words = [self.place(word) for word in self.of("Service", "ExecStart")[0].split()]
        credentials = self.place("/run/credentials")
        self.file("/run/credentials/tamga.passphrase", harness.PASSPHRASE + "\n")
        os.makedirs(self.place("/run/tamga"))
        user = 65534 if os.geteuid() == 0 else None
        if user:
            for path in (credentials, os.path.join(credentials, "tamga.passphrase"), self.place("/run/tamga")):
                os.chown(path, user, user)
            os.chown(listener, user, user)
        log = open(os.path.join(self.root, "log"), "wb")
        self.addCleanup(log.close)
        return subprocess.Popen(words, env={**harness.environment(), "NOTIFY_SOCKET": listener,
                                            "WATCHDOG_USEC": "200000", "CREDENTIALS_DIRECTORY": credentials},
                                stderr=log, preexec_fn=harness.as_user(user), cwd="/")

    def ask(self, gid):
        """`tamga status` as a person of that group."""
        def become():
            os.setgroups([])
            os.setgid(gid)
            os.setuid(ANALYST)
        return subprocess.run([self.place("/usr/bin/tamga"), "query", "anything", "--socket",
                               self.place("/run/tamga/control.sock")], env=harness.environment(), capture_output=True,
                              text=True, preexec_fn=become, cwd="/")

    def test_the_unit_s_command_line_gives_a_node_that_its_people_reach(self):
        self.init()
        path = os.path.join(self.root, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(harness.DEADLINE_SECONDS)
            node = self.start(path)
            self.addCleanup(node.kill)
            self.assertTrue(manager.recv(4096).startswith(b"READY=1"))
            self.assertEqual(manager.recv(4096), b"WATCHDOG=1")
            self.assertEqual(manager.recv(4096), b"WATCHDOG=1")
            if os.geteuid() == 0:
                analyst, stranger = self.ask(ANALYSTS), self.ask(STRANGERS)
                self.assertEqual(analyst.returncode, 1, analyst.stderr)  # allowed, and nothing is there
                self.assertEqual(stranger.returncode, 5, stranger.stderr)
            node.send_signal(signal.SIGTERM)
            wait_for("no word of the end", lambda: manager.recv(4096) == b"STOPPING=1")
            self.assertEqual(node.wait(harness.DEADLINE_SECONDS), 0)


if __name__ == "__main__":
    harness.main()
