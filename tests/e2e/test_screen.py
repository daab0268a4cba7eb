"""`tamga watch` at a terminal: lines that scroll over a status line, and a terminal that is left as it was.

Claims: docs/cli.md "Watching".
"""
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import unittest

import harness
from harness import wait_for


@unittest.skipUnless(harness.has_terminals(), "needs terminals")
class Screen(harness.Story):
    countries = ("TJ", "KG")

    def watch(self):
        self.text = ""
        self.ours, self.theirs = pty.openpty()
        self.addCleanup(os.close, self.ours)
        self.addCleanup(os.close, self.theirs)
        self.size(100)
        self.before = termios.tcgetattr(self.theirs)
        process = subprocess.Popen([harness.TAMGA, "watch", "--new", "--data", self.f.kg.folder], env=harness.environment(),
                                   cwd="/", stdin=self.theirs, stdout=self.theirs, stderr=self.theirs)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        threading.Thread(target=self.read, daemon=True).start()
        self.says(r"FLASH 0 · IMMEDIATE 0 · PRIORITY 0 · routine 0 · q leaves")
        self.assertNotEqual(termios.tcgetattr(self.theirs)[3], self.before[3])
        return process

    def read(self):
        try:
            while data := os.read(self.ours, 65536):
                self.text += data.decode(errors="replace")
        except OSError:
            pass

    def size(self, columns):
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def says(self, pattern):
        wait_for(lambda: f"'{pattern}' is not said in {self.text!r}", lambda: re.search(pattern, self.text), 20)

    def left(self, process, code):
        self.assertEqual(process.wait(timeout=harness.DEADLINE_SECONDS), code)
        self.assertEqual(termios.tcgetattr(self.theirs), self.before)
        wait_for("the status line stays", lambda: self.text.endswith("\r\x1b[K"))

    def test_notices_scroll_over_a_line_that_counts_them_and_q_leaves(self):
        process = self.watch()
        self.f.tj.tamga("alert", "--flash", "--title", "Riot\u202e in block 3", "--to", "KG", "--wait", 20, "--yes")
        self.says(r"\a?\r\x1b\[K\a?\S+ \S+Z  alert .*Riot\\u\{202e\} in block 3[^\n]*\r\n\r\x1b\[7m[^\n]* FLASH 1 · IMMEDIATE 0")
        self.assertIn("\a", self.text)
        self.assertNotIn("\u202e", self.text)
        self.text = ""
        self.size(50)
        process.send_signal(signal.SIGWINCH)
        self.says(r"\x1b\[7m[^\x1b]{49}\x1b\[0m")
        os.write(self.ours, b"xq")
        self.left(process, 0)

    def test_ctrl_c_leaves_the_terminal_as_it_was(self):
        process = self.watch()
        process.send_signal(signal.SIGINT)
        self.left(process, -signal.SIGINT)


if __name__ == "__main__":
    harness.main()
