"""Every command that a message or a page names is one that there is, with the options that it names.

Reads the string literals of the sources, the prose of man/ and the Markdown pages; what stands in quotes, back quotes or
at the start of a literal or of a line of an example, and begins with `tamga`. The control cases run first.
Use: advice.py ROOT TAMGA
"""
import os
import re
import subprocess
import sys

FOLDERS = ("base", "cli", "crypto", "match", "node", "proto", "store", "man", "docs")
PAGES = ("README.md", "ARCHITECTURE.md")
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
QUOTED = re.compile(r"(?<![\w])['`]tamga ([^'`]+)['`]")
LEADING = re.compile(r"^\$? *tamga ([a-z][^\n]*)")
FLAG = re.compile(r"(?<![\w-])--([a-z][a-z-]*)")


def literals_of(text):
    """String literals of C with the line of the first; neighbours are one, as the compiler has it."""
    found, at, line, end = [], None, 0, 0
    for match in LITERAL.finditer(text):
        between = text[end:match.start()]
        if at is not None and not between.strip():
            found[-1][1] += match[1]
        else:
            line = text.count("\n", 0, match.start()) + 1
            found.append([line, match[1]])
        at, end = match.start(), match.end()
    return [(line, said.replace('\\"', '"').replace("\\n", "\n")) for line, said in found]


def calls_in_source(text):
    for line, said in literals_of(text):
        for call in QUOTED.findall(said) + LEADING.findall(said):
            yield line, call


def calls_in_page(text):
    """Without the console blocks: tests/tour types those, mistakes that they show included."""
    typed = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            typed = line == "```console"
        if typed:
            continue
        calls = QUOTED.findall(line)
        if line.startswith(("    tamga ", "tamga ", "$ tamga ", "    $ tamga ")):
            calls += LEADING.findall(line.strip())
        for call in calls:
            yield number, call


class Program:
    def __init__(self, root, path):
        self.path, self.helps = path, {}
        with open(os.path.join(root, "cli", "command_table.c"), encoding="utf-8") as source:
            self.commands = set(re.findall(r'^    \{"([a-z][a-z ]*)",$', source.read(), re.M)) | {"help"}
        self.groups = {name.split(" ")[0] for name in self.commands if " " in name}
        self.everywhere = set(FLAG.findall(self.help_of("")))

    def help_of(self, command):
        if command not in self.helps:
            done = subprocess.run([self.path, *command.split(), "--help"], capture_output=True, text=True, check=False)
            self.helps[command] = done.stdout + done.stderr
        return self.helps[command]

    def fault(self, call):
        words = re.split(r"[^a-z]", call + " ", maxsplit=2)
        names = [" ".join(words[:2]), words[0]]
        if call.startswith(("-", "COMMAND")) or "%" in call.split(" ")[0]:
            return None
        command = next((name for name in names if name in self.commands), None)
        if not command and words[0] in self.groups and call.split()[1:] in ([], ["--help"]):
            return None  # `tamga peer`: all of them
        if not command:
            return f"there is no command '{names[1]}'"
        known = self.everywhere | set(FLAG.findall(self.help_of(command)))
        for flag in FLAG.findall(call.split("|")[0]):
            if flag not in known:
                return f"'tamga {command}' has no option --{flag}"
        return None


def faults_of(root, program):
    calls = 0
    for folder in FOLDERS:
        for place, _, names in sorted(os.walk(os.path.join(root, folder))):
            for name in sorted(names):
                path = os.path.join(place, name)
                read = (calls_in_source if name.endswith((".c", ".h")) else
                        calls_in_page if name.endswith((".txt", ".md")) else None)
                if not read:
                    continue
                with open(path, encoding="utf-8") as text:
                    for line, call in read(text.read()):
                        calls += 1
                        why = program.fault(call)
                        if why:
                            yield f"{os.path.relpath(path, root)}:{line}: '{call}': {why}"
    for name in PAGES:
        with open(os.path.join(root, name), encoding="utf-8") as text:
            for line, call in calls_in_page(text.read()):
                calls += 1
                why = program.fault(call)
                if why:
                    yield f"{name}:{line}: '{call}': {why}"
    if calls < 100:
        yield f"only {calls} calls found: they are not looked for where they stand"


def control(program):
    source = 'x("run \'tamga peer "\n  "test KG\'", "tamga frobnicate now");\n'
    assert list(calls_in_source(source)) == [(1, "peer test KG"), (2, "frobnicate now")], list(calls_in_source(source))
    assert list(calls_in_page("see `tamga show REF`\n    tamga query x\ntamga is a program.\n")) == [
        (1, "show REF"), (2, "query x"), (3, "is a program.")]
    for good in ("show TJ-7", "peer list", "peer", "status --partners", "show TJ-7 --format json", "log %s --entries"):
        assert program.fault(good) is None, f"{good}: {program.fault(good)}"
    for bad, why in (("frobnicate", "no command"), ("status --partner", "no option"), ("peer tset", "no command"),
                     ("show TJ-7 --entries", "no option")):
        assert why in (program.fault(bad) or ""), bad


def main(root, path):
    program = Program(root, path)
    control(program)
    faults = list(faults_of(root, program))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


sys.exit(main(sys.argv[1], sys.argv[2]))
