#!/usr/bin/env python3
"""Each shell loads the completion that the program prints, and completes with it.

    check_completion.py TAMGA

Must not know how the scripts are made. bash is asked through its completion function, fish with `complete -C`, zsh through a
terminal, as a person would.
"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

TAMGA = None
DEADLINE_SECONDS = 60

# What is typed up to the cursor; what must be offered; what must not be.
CASES = [
    ("tamga al", {"alert"}, {"add"}),
    ("tamga pe", {"peer"}, {"list"}),
    ("tamga peer ", {"list", "add", "remove", "test"}, {"alert"}),
    ("tamga add pe", {"person"}, {"peer"}),
    ("tamga alert --fl", {"--flash"}, {"--full"}),
    ("tamga alert --precedence ", {"routine", "priority", "immediate", "flash"}, {"a folder"}),
    ("tamga add person --status c", {"convicted", "cleared"}, {"wanted"}),
    ("tamga add person --tlp a", {"amber", "amber_strict"}, {"red"}),
    ("tamga status --format j", {"json"}, {"text"}),
    ("tamga --format j", {"json"}, {"text"}),
    ("tamga --data x peer ad", {"add"}, {"remove"}),
    ("tamga completion z", {"zsh"}, {"bash"}),
    ("tamga export TJ-1 -o kg.c", {"kg.card"}, {"a folder"}),
    ("tamga peer add kg.c", {"kg.card"}, {"--endpoint"}),
]


class Shell:
    """What the three have in common."""

    shell = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tamga-completion-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.script = os.path.join(cls.folder, "_tamga")
        with open(cls.script, "w", encoding="utf-8") as file:
            file.write(subprocess.run([TAMGA, "completion", cls.shell], capture_output=True, text=True,
                                      check=True).stdout)
        cls.place = os.path.join(cls.folder, "place")
        os.makedirs(os.path.join(cls.place, "a folder"))
        with open(os.path.join(cls.place, "kg.card"), "w", encoding="utf-8"):
            pass

    def check(self, offered):
        for typed, wanted, unwanted in CASES:
            with self.subTest(shell=self.shell, typed=typed):
                got = offered(typed)
                self.assertLessEqual(wanted, got)
                self.assertEqual(unwanted & got, set())


class Bash(Shell, unittest.TestCase):
    shell = "bash"

    def offered(self, typed):
        # As readline breaks words: '=' stands alone.
        words = re.findall(r"=|[^\s=]+", typed) + ([""] if typed.endswith(" ") else [])
        program = (f"set -u; . '{self.script}'; COMP_WORDS=(" + " ".join(f"'{word}'" for word in words) +
                   f"); COMP_CWORD={len(words) - 1}; _tamga; printf '%s\\n' \"${{COMPREPLY[@]-}}\"")
        done = subprocess.run(["bash", "-c", program], cwd=self.place, capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split("\n"))

    def test_bash_completes(self):
        self.check(self.offered)

    def test_a_value_behind_an_equals_sign_completes(self):
        self.assertEqual(self.offered("tamga status --format=t"), {"text", "tsv", ""})
        self.assertEqual(self.offered("tamga --format=json peer r"), {"remove", ""})

    def test_a_file_with_a_blank_is_one_word_and_texts_are_left_alone(self):
        self.assertIn("a folder", self.offered("tamga --data a"))
        self.assertEqual(self.offered("tamga alert --title a"), {""})
        self.assertEqual(self.offered("tamga peer test "), {""})


class Fish(Shell, unittest.TestCase):
    shell = "fish"

    def offered(self, typed):
        done = subprocess.run(["fish", "--no-config", "-c", f"source {self.script}; complete -C '{typed}'"],
                              cwd=self.place, capture_output=True, text=True, check=True,
                              env={**os.environ, "HOME": self.folder, "LC_ALL": "C.UTF-8"})
        self.assertEqual(done.stderr, "")
        return {line.split("\t")[0].rstrip("/") for line in done.stdout.split("\n")}

    def test_fish_completes(self):
        self.check(self.offered)


class Zsh(Shell, unittest.TestCase):
    """zsh completes at a terminal only: one is made, and what it shows is read."""

    shell = "zsh"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.pid, cls.terminal = pty.fork()
        except OSError as why:
            raise unittest.SkipTest(f"no terminal can be made here: {why}")
        if cls.pid == 0:
            os.chdir(cls.place)
            os.execve(shutil.which("zsh"), ["zsh", "-f", "-i"],
                      {"PATH": os.environ["PATH"], "HOME": cls.folder, "TERM": "dumb", "LC_ALL": "C.UTF-8",
                       "COLUMNS": "200", "LINES": "200"})
        cls.addClassCleanup(cls.end)
        cls.say(f"PS1='next> ' RPS1=; unset zle_bracketed_paste; unsetopt prompt_sp; fpath=('{cls.folder}' $fpath); "
                "autoload -Uz compinit && compinit -u -D; setopt no_list_ambiguous no_auto_menu list_rows_first; "
                "LISTMAX=0; zstyle ':completion:*' list-prompt ''; echo zz-''70\n")
        cls.read_until("zz-70", "next> ")

    @classmethod
    def end(cls):
        os.close(cls.terminal)
        os.waitpid(cls.pid, 0)

    @classmethod
    def say(cls, text):
        os.write(cls.terminal, text.encode())

    @classmethod
    def read_until(cls, mark, prompt):
        """The mark and the prompt behind it: before that, what is typed would not reach the line editor."""
        text, end = "", time.monotonic() + DEADLINE_SECONDS
        while prompt not in text.partition(mark)[2]:
            if time.monotonic() > end:
                raise AssertionError(f"zsh did not say '{mark}': {text!r}")
            if select.select([cls.terminal], [], [], 0.1)[0]:
                text += os.read(cls.terminal, 65536).decode(errors="replace")
        return text

    def offered(self, typed):
        # Control-D lists and the tabulator inserts; then the line is killed and a mark printed, so that the end is an event.
        self.say(typed + "\x04\t")
        self.say("\x15echo zz-''77\n")
        return set(re.split(r"[\s\x07]+", self.read_until("zz-77", "next> ")))

    def test_zsh_completes(self):
        self.check(self.offered)


if __name__ == "__main__":
    TAMGA = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=1)
