#!/usr/bin/env python3
"""Golden calls: runs the commands of a case file and compares what comes out.

    run.py [--update] TAMGA TEST_DATA CASE

A case is a text file. "$ COMMAND" is run by sh in an empty folder, with tamga on the PATH and DATA the folder of
test data. The lines below it are standard output; those that begin with "2> " are standard error; "? N" is the exit
code when it is not 0. "[..]" in an expected line stands for any text. Lines with "#" at the front are comments.
"""
import os
import re
import subprocess
import sys
import tempfile


def parse(text):
    steps = []
    for line in text.split("\n"):
        if line.startswith("$ "):
            steps.append({"command": line[2:], "out": [], "err": [], "code": 0})
        elif line.startswith("#") or (not line and not steps):
            continue
        elif line.startswith("? "):
            steps[-1]["code"] = int(line[2:])
        elif line == "2>" or line.startswith("2> "):
            steps[-1]["err"].append(line[3:])
        else:
            steps[-1]["out"].append(line)
    for step in steps:
        while step["out"] and not step["out"][-1]:
            step["out"].pop()
    return steps


def lines(text):
    found = text.split("\n")
    while found and not found[-1]:
        found.pop()
    return found


def same(expected, got):
    if len(expected) != len(got):
        return False
    for want, line in zip(expected, got):
        pattern = ".*".join(re.escape(part) for part in want.split("[..]"))
        if not re.fullmatch(pattern, line):
            return False
    return True


def run(step, folder, environment):
    done = subprocess.run(["sh", "-c", step["command"]], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=120)
    return lines(done.stdout.decode("utf-8")), lines(done.stderr.decode("utf-8")), done.returncode


def show(title, step_lines):
    for line in step_lines:
        print(f"    {title} {line}")


def rewrite(path, results):
    comments = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                break
            comments.append(line)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(comments)
        for step, (out, err, code) in results:
            file.write(f"\n$ {step['command']}\n")
            keep = step["out"] if same(step["out"], out) else out
            file.writelines(line + "\n" for line in keep)
            keep = step["err"] if same(step["err"], err) else err
            file.writelines(("2> " + line).rstrip() + "\n" for line in keep)
            if code:
                file.write(f"? {code}\n")


def main():
    arguments = sys.argv[1:]
    update = arguments and arguments[0] == "--update"
    if update:
        arguments.pop(0)
    if len(arguments) != 3:
        sys.exit(__doc__)
    program, data, path = arguments
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TAMGA_")}
    environment["PATH"] = os.path.dirname(os.path.abspath(program)) + ":" + environment["PATH"]
    environment["DATA"] = data
    environment["LC_ALL"] = "C.UTF-8"
    environment.pop("CREDENTIALS_DIRECTORY", None)
    with open(path, encoding="utf-8") as file:
        steps = parse(file.read())
    if not steps:
        sys.exit(f"{path}: no command in it")
    failed, results = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for step in steps:
            out, err, code = run(step, folder, environment)
            results.append((step, (out, err, code)))
            good = same(step["out"], out) and same(step["err"], err) and step["code"] == code
            if good or update:
                continue
            failed += 1
            print(f"{path}: $ {step['command']}\n  exit code {code}, expected {step['code']}")
            show("want  ", step["out"])
            show("want 2>", step["err"])
            show("got   ", out)
            show("got  2>", err)
    if update:
        rewrite(path, results)
    print(f"{len(steps) - failed} of {len(steps)} calls as expected")
    sys.exit(1 if failed and not update else 0)


main()
