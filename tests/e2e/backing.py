"""What the tests of backups share: a federation whose TJ is backed up and put back, and a socket that can be met half-way."""
import os
import shutil
import subprocess

import harness


class Gate(harness.Watch):
    """A socket before the node's at which an answer can be met half-way: on_slice(client) at each slice of bytes."""

    def __init__(self, node, on_slice):
        self.on_slice = on_slice
        super().__init__(node)

    def _answers(self, server, client, verb):
        while True:
            head = harness.receive(server, 4)
            body = harness.receive(server, int.from_bytes(head, "big"))
            frame = harness.Frame(body)
            if frame.get("row") == "data":
                self.on_slice()
            client.sendall(head + body)
            if frame.kind in (harness.DONE, harness.FAIL):
                return


class Backing(harness.Story):
    countries = ("TJ", "KG")

    def setUp(self):
        self.names = 0

    def place(self, name):
        path = os.path.join(self.f.root, name)
        shutil.rmtree(path, ignore_errors=True)
        return path

    def backup(self, name, **how):
        """A backup of TJ; its folder."""
        path = self.place(name)
        self.f.tj.tamga("backup", path, **how)
        return path

    def begin_backup(self, path, socket_path):
        return subprocess.Popen([harness.TAMGA, "backup", path, "--socket", socket_path], env=harness.environment(),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/")

    def restored(self, backup, name):
        """TJ put back into another folder, not started; TJ must be stopped."""
        folder = self.place(name)
        done = harness.run(harness.TAMGA, "restore", backup, folder, "--format", "json")
        self.assertEqual(done.code, 0, done)
        tj = self.f.tj
        tj.folder, tj.socket = folder, os.path.join(folder, "control.sock")
        return done

    def partials(self):
        return [name for name in os.listdir(self.f.root) if ".partial-" in name]

    def grow(self, records=400):
        """So many records of 30 kB, kept here: more than pipe, queue and sockets hold by themselves."""
        for first in range(0, records, 25):
            self.f.tj.publish([harness.alert_record(f"bulk {first + i}", "x" * 30000) for i in range(25)], "none")

    def tell(self, text, to="KG", **how):
        return self.f.tj.publish([harness.alert_record(text)], to, wait_ms=20000, **how)
