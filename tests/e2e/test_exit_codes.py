"""The table of exit codes in docs/cli.md: each is reached by real commands, and the table has no other.

70 is a defect, which no test can ask for.
"""
import os
import pty
import re
import subprocess

import harness

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class ExitCodes(harness.Story):
    countries = ("TJ", "KG")

    def code(self, *words, node=True, **how):
        place = ("--data", self.f.tj.folder) if node else ()
        return harness.run(harness.TAMGA, *words, *place, **how).code

    def test_the_table_is_the_one_that_the_errors_have(self):
        with open(os.path.join(ROOT, "docs", "cli.md"), encoding="utf-8") as file:
            table = set(map(int, re.findall(r"(?m)^\| (\d+) \| ", file.read())))
        with open(os.path.join(ROOT, "base", "err.h"), encoding="utf-8") as file:
            errors = set(map(int, re.findall(r"X\(\w+, (\d+),", file.read())))
        self.assertEqual(table, errors)

    def test_0_done(self):
        for words in (("status",), ("status", "--partners"), ("peer", "list"), ("config", "check"), ("--version",),
                      ("alert", "--title", "x", "--to", "KG", "--wait", "60"), ("log",), ("alert", "--help")):
            self.assertEqual(self.code(*words), 0, words)

    def test_1_the_answer_is_no(self):
        refused = self.f.tj.file("all-refused.csv", "kind,type,value\nindicator,imei,1\nindicator,imei,2\n")
        half = self.f.tj.file("half.csv", "kind,type,value\nindicator,imei,1\nindicator,phone,+992900000123\n")
        broken = self.f.tj.file("broken.jsonl", "{\n")
        self.assertEqual(self.code("import", refused, "--to", "none"), 1)
        self.assertEqual(self.code("import", refused, "--to", "none", "--dry-run"), 1)
        self.assertEqual(self.code("import", half, "--to", "none"), 0)
        self.assertEqual(self.code("import", half, "--to", "none"), 0, "the same again is held already")
        self.assertEqual(self.code("import", broken, "--to", "none"), 1)
        for words in (("query", "nobody of this name"), ("show", "TJ-999"), ("verify", refused), ("import", "/no/file"),
                      ("alert", "--title", "x", "--to", "ZZ")):
            self.assertEqual(self.code(*words), 1, words)
        doctor = self.code("doctor", "--data", "/nowhere", node=False)
        self.assertEqual(doctor, 1)

    def test_2_called_wrongly(self):
        for words in ((), ("nonsense",), ("alert",), ("status", "--nonsense"), ("show",), ("query", "--limit", "x")):
            self.assertEqual(self.code(*words), 2, words)

    def test_3_the_node_cannot_be_reached(self):
        for words in (("status",), ("alert", "--title", "x"), ("query", "x")):
            self.assertEqual(self.code(*words, "--data", "/nowhere", node=False), 3, words)

    def test_4_the_system_refuses(self):
        self.assertEqual(self.code("import", "/"), 4)
        ref = self.f.tj.publish([harness.alert_record("x")], "none")[0][0]["ref"]
        self.assertEqual(self.code("export", ref, "-o", "/dev/full/x"), 4)

    def test_5_not_permitted_or_not_confirmed(self):
        for words in (("stop",), ("peer", "remove", "KG"), ("alert", "--title", "x", "--flash", "--to", "KG")):
            self.assertEqual(self.code(*words), 5, words)
        if harness.has_terminals():
            self.assertEqual(self.typed("n\n", "stop"), 5)
        if os.geteuid() == 0:
            stranger = harness.run(harness.TAMGA, "peer", "remove", "KG", "--yes", "--socket", self.f.tj.socket, uid=64123)
            self.assertEqual(stranger.code, 5, stranger)
        self.assertEqual(self.f.tj.link("KG"), "up")

    def typed(self, answer, *words):
        """The command at a terminal where somebody types that."""
        ours, theirs = pty.openpty()
        with os.fdopen(ours, "r+b", buffering=0) as terminal:
            command = subprocess.Popen([harness.TAMGA, *words, "--data", self.f.tj.folder], stdin=theirs, stdout=theirs,
                                       stderr=theirs, env=harness.environment())
            os.close(theirs)
            text = b""
            while b"[y" not in text and b"?" not in text:
                text += terminal.read(1024)
            terminal.write(answer.encode())
            return command.wait(harness.DEADLINE_SECONDS)


if __name__ == "__main__":
    harness.main()
