"""Who waits at an alert sees what the others do: at a terminal in place, in a pipe line by line; Ctrl-C ends the watching alone.

Claims: docs/cli.md "Alerts, read and answered", tamga-alert(1).
"""
import os
import pty
import re
import signal
import subprocess
import threading
import unittest

import harness
from harness import wait_for


class Waiting:
    """`tamga alert` that waits, at a terminal of its own or in a pipe; `text` is what it has said so far."""

    def __init__(self, node, *words, terminal):
        words = [harness.TAMGA, "alert", *words, "--data", node.folder, "--yes"]
        self.text, self.fd = "", None
        ours, theirs = pty.openpty() if terminal else os.pipe()
        self.process = subprocess.Popen(words, env=harness.environment(), cwd="/", stdin=theirs if terminal else subprocess.DEVNULL,
                                        stdout=theirs, stderr=theirs)
        os.close(theirs)
        self.fd, self.thread = ours, threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while True:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                return
            self.text += data.decode(errors="replace")

    def says(self, pattern):
        wait_for(lambda: f"'{pattern}' is not said in: {self.text}", lambda: re.search(pattern, self.text), 15)

    def end(self):
        code = self.process.wait(timeout=harness.DEADLINE_SECONDS)
        self.thread.join(harness.DEADLINE_SECONDS)
        os.close(self.fd)
        return code

    def screen(self):
        """The lines as they stand in the end."""
        lines = []
        for part in re.split(r"(\x1b\[\d+A|\n)", self.text.replace("\r\n", "\n").replace("\x1b[K", "")):
            if part == "\n":
                at += 1
            elif part.startswith("\x1b["):
                at -= int(part[2:-1])
            else:
                at = locals().get("at", 0)
                lines += [""] * (at + 1 - len(lines))
                lines[at] = part.split("\r")[-1] or lines[at]
        return lines


class Live(harness.Story):
    def start(self, *words, terminal=False, title="Riot in block 3"):
        waiting = Waiting(self.f.tj, "--title", title, "--to", "KG,UZ", "--wait", "60", *words, terminal=terminal)
        self.addCleanup(lambda: waiting.process.poll() is None and waiting.process.kill())
        waiting.says(r"alert TJ-\d+")
        return waiting, re.search(r"alert (TJ-\d+)", waiting.text).group(1)

    @unittest.skipUnless(harness.has_terminals(), "needs terminals")
    def test_a_terminal_has_a_line_for_each_addressee_that_changes_in_place(self):
        waiting, ref = self.start("--flash", "--wait-for", "read", terminal=True)
        waiting.says(r"KG +stored \d+ ms")
        self.f.kg.tamga("ack", "read", ref, "--as", "duty desk")
        waiting.says(r"KG +stored \d+ ms · READ ")
        self.f.uz.tamga("ack", "answer", ref, "--text", "nobody here", "--as", "post 4")
        self.assertEqual(waiting.end(), 0)
        rows = [line for line in waiting.screen() if re.match(r"  (KG|UZ) ", line)]
        self.assertEqual(len(rows), 2, waiting.screen())
        self.assertRegex(rows[0], r"^  KG   stored \d+ ms · READ \S+ \S+Z, duty desk$")
        self.assertRegex(rows[1], r"^  UZ   stored \d+ ms · ANSWERED \S+ \S+Z, post 4$")
        self.assertIn("read by 2, answered by 1 of 2", waiting.text)

    def test_a_pipe_has_a_line_for_each_word(self):
        waiting, ref = self.start("--wait-for", "answered")
        self.f.kg.tamga("ack", "read", ref, "--as", "duty desk")
        waiting.says(r"\n  KG   READ \S+ \S+Z, duty desk\n")
        self.f.kg.tamga("ack", "answer", ref, "--text", "seen")
        self.f.uz.tamga("ack", "answer", ref, "--text", "seen")
        self.assertEqual(waiting.end(), 0)
        self.assertNotIn("\x1b", waiting.text)
        self.assertEqual(len(re.findall(r"stored by (KG|UZ) ", waiting.text)), 2)

    def test_ctrl_c_ends_the_watching_and_not_the_alert(self):
        self.f.uz.stop()
        waiting, ref = self.start("--flash", title="Nobody home")
        waiting.process.send_signal(signal.SIGINT)
        self.assertEqual(waiting.end(), -signal.SIGINT)
        self.assertIn(f"no longer waiting: {ref} is durable here, stays queued", waiting.text)
        self.f.uz.start()
        wait_for("it did not go out", lambda: self.f.uz.tamga("show", ref, code=None).code == 0)


if __name__ == "__main__":
    harness.main()
