#!/usr/bin/env python3
"""Every command and every file has a manual page that says what the program says, and that renders well.

    check_manual.py TAMGA TAMGAD TAMGA_MANUAL PROSE_DIR PAGES_DIR

Must not know a command. The pages are made by man/manual.c; groff shows them as man(1) would at 80 columns.
"""
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

COLUMNS = 80
TAMGA = TAMGAD = MANUAL = PROSE = PAGES = None


@functools.lru_cache(maxsize=None)
def output(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


@functools.lru_cache(maxsize=None)
def command_names():
    """From 'tamga --help': two blanks, the name, its words or the summary."""
    names = []
    for line in output(TAMGA, "--help").split("\n"):
        if line.startswith("With every command"):
            break
        found = re.match(r"  ([a-z]+(?: [a-z]+)?)(?: [A-Z\[-]| {2,}| [a-z]+\|)", line)
        if found:
            names.append(found.group(1))
    return names


def options_of_help(*words):
    text = output(TAMGA, *words, "--help").split("\nExamples:")[0]
    return set(re.findall(r"(?:^  (?:-\w, )?|^     |^Also:|, | )--([a-z][a-z-]+)", text, re.M))


def page_path(name, section="1"):
    return os.path.join(PAGES, f"man{section}", f"{name}.{section}")


def pages():
    return sorted(os.path.join(place, name) for place, _, names in os.walk(PAGES) for name in names)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


@functools.lru_cache(maxsize=None)
def render(path):
    """The page as a terminal shows it, and what groff complains about."""
    done = subprocess.run(["groff", "-ww", "-mandoc", "-Tutf8", "-P-cbou", "-rLL=78n", "-rLT=78n", "-rIN=5n", path],
                          capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    return done.stdout, done.stderr


class Manual(unittest.TestCase):
    def test_each_command_has_a_page_with_its_summary(self):
        names = command_names()
        self.assertGreater(len(names), 20)
        for name in names:
            with self.subTest(command=name):
                self.assertTrue(os.path.exists(page_path("tamga-" + name.replace(" ", "-"))), "no page")

    def test_each_option_of_help_stands_in_the_page(self):
        for name in command_names():
            text = read(page_path("tamga-" + name.replace(" ", "-"))).replace("\\-", "-").replace("\\&", "")
            listed = set(re.findall(r"^(?:\.It )?Fl Fl ([a-z-]+)|^\.It Fl Fl ([a-z-]+)", text, re.M))
            listed = {a or b for a, b in listed}
            wanted = options_of_help(*name.split())
            with self.subTest(command=name):
                self.assertGreater(len(listed), 5)
                self.assertLessEqual(wanted, listed, f"lacks {sorted(wanted - listed)}")

    def test_the_overview_lists_every_command(self):
        text = render(page_path("tamga"))[0]
        for name in command_names():
            self.assertIn(f"tamga-{name.replace(' ', '-')}(1)", text)

    def test_every_option_of_the_daemon_stands_in_its_page(self):
        text = render(page_path("tamgad", "8"))[0]
        options = set(re.findall(r"--[a-z-]+", output(TAMGAD, "--help").split("\nExamples:")[0]))
        self.assertGreater(len(options), 5)
        for option in options:
            self.assertIn(option, text)

    def test_every_setting_stands_in_the_page_of_the_configuration(self):
        text = render(page_path("tamga.conf", "5"))[0]
        keys = re.findall(r"^([a-z_]+) =", output(TAMGAD, "--print-config"), re.M)
        self.assertGreater(len(keys), 15)
        for key in keys:
            self.assertRegex(text, rf"(?m)^ +{key}\b")

    def test_each_page_renders_without_a_warning_within_80_columns(self):
        self.assertGreater(len(pages()), 30)
        for path in pages():
            with self.subTest(page=os.path.basename(path)):
                text, warnings = render(path)
                self.assertEqual(warnings, "")
                self.assertEqual([line for line in text.split("\n") if len(line) > COLUMNS], [])
                for title in ("NAME", "DESCRIPTION"):
                    self.assertRegex(text, rf"(?m)^{title}$")

    def test_a_page_points_only_to_pages_that_are_there(self):
        there = {os.path.basename(path) for path in pages()}
        for path in pages():
            text = read(path).replace("\\-", "-").replace("\\&", "")
            for name, section in re.findall(r"^(?:\.|\.It )Xr (\S+) (\d)", text, re.M):
                if name.startswith("tamga"):
                    self.assertIn(f"{name}.{section}", there, path)


class Control(unittest.TestCase):
    """What is missing is noticed."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="tamga-manual-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.prose = os.path.join(self.folder, "prose")
        shutil.copytree(PROSE, self.prose)

    def write(self):
        done = subprocess.run([MANUAL, self.prose, os.path.join(self.folder, "pages")], capture_output=True, text=True)
        return done.returncode, done.stderr

    def put(self, name, text):
        with open(os.path.join(self.prose, name), "w", encoding="utf-8") as file:
            file.write(text)

    def test_unchanged_prose_makes_the_pages(self):
        self.assertEqual(self.write(), (0, ""))

    def test_a_command_without_prose_ends_the_build_and_says_what_to_write(self):
        os.unlink(os.path.join(self.prose, "tamga-peer-add.1.txt"))
        code, text = self.write()
        self.assertEqual(code, 1)
        self.assertIn("the command 'peer add' has no prose", text)
        self.assertIn("tamga-peer-add.1.txt", text)

    def test_prose_without_a_command_ends_the_build(self):
        self.put("tamga-fly.1.txt", "# NAME\nfly\n# DESCRIPTION\nUp.\n")
        code, text = self.write()
        self.assertEqual(code, 1)
        self.assertIn("belongs to no command", text)

    def test_a_reference_to_no_page_ends_the_build(self):
        self.put("tamga-stop.1.txt", "# DESCRIPTION\nEnds.\n\n# SEE ALSO\nstrat\n")
        code, text = self.write()
        self.assertEqual(code, 1)
        self.assertIn("points to 'tamga-strat(1)'", text)

    def test_a_part_that_no_table_holds_ends_the_build(self):
        self.put("tamga-stop.1.txt", "# DESCRIPTION\n@nothing\n")
        self.assertIn("nothing is called '@nothing'", self.write()[1])


if __name__ == "__main__":
    TAMGA, TAMGAD, MANUAL, PROSE, PAGES = sys.argv[1:6]
    del sys.argv[1:6]
    unittest.main(verbosity=1)
