#!/usr/bin/env python3
"""The manual names every command and every option that the program has, and no other.

    check_manual.py TAMGA tamga.1
"""
import re
import subprocess
import sys


def output(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def options_of(text):
    return set(re.findall(r"--([a-z][a-z-]+)", text))


def command_names(program):
    names, group = [], False
    for line in output(program, "--help").split("\n"):
        if line.startswith("With every command"):
            break
        found = re.match(r"  ([a-z]+(?: [a-z]+)?)(?: [A-Z\[-]| {2,}| bash)", line)
        if found:
            names.append(found.group(1))
    return names


def sections(manual):
    """Command → its part of the manual."""
    found, at = {}, None
    for line in manual.split("\n"):
        head = re.match(r"\.Ss tamga ([a-z ]+)$", line)
        if head:
            at = head.group(1).strip()
            found[at] = []
        elif line.startswith(".Sh"):
            at = None
        elif at:
            found[at].append(line)
    return {name: "\n".join(lines) for name, lines in found.items()}


def listed(text):
    return set(re.findall(r"^\.It(?: Fl \w ,)? Fl Fl ([a-z-]+)", text, re.M))


def main():
    program, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        manual = file.read()
    parts, wrong = sections(manual), []
    commands = command_names(program)
    if len(commands) < 20:
        wrong.append(f"only {len(commands)} commands found in --help")
    for name in commands:
        if name not in parts:
            wrong.append(f"the manual lacks the command '{name}'")
            continue
        usage = output(program, *name.split(), "--help").split("\nAlso:")[0]
        want = {word for line in usage.split("\n") for word in re.findall(r"^  (?:-\w, )?--([a-z-]+)", line)}
        for option in sorted(want - listed(parts[name])):
            wrong.append(f"the manual of '{name}' lacks --{option}")
        for option in sorted(listed(parts[name]) - want):
            wrong.append(f"the manual of '{name}' has --{option}, which the program has not")
    for name in sorted(set(parts) - set(commands)):
        wrong.append(f"the manual has the command '{name}', which the program has not")
    shared = options_of(output(program, "add", "person", "--help").split("\nAlso:")[1].split("\nExamples")[0])
    rest = manual.split(".Sh OPTIONS OF EVERY RECORD")[1].split(".Sh")[0] if ".Sh OPTIONS OF EVERY RECORD" in manual else ""
    for option in sorted(shared ^ listed(rest)):
        wrong.append(f"--{option} is in one of program and 'OPTIONS OF EVERY RECORD' alone")
    print("\n".join(wrong) or f"{len(commands)} commands as in the manual")
    sys.exit(1 if wrong else 0)


main()
