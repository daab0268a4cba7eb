"""Type the commands of a page's ```console blocks into one shell, and compare what they print with the page.

A command begins with "$ ", is continued by lines that begin with "> ", and is followed by what it prints. A line "…" stands for
any number of lines. What changes from run to run (ids, digits read out, times, durations, sizes) is masked on both
sides, and runs of blanks count as one. Ports of the page are exchanged for free ones.
Must not know the programs.

Use: tour.py PAGE FOLDER…     run; the folders go in front of PATH
     tour.py --update PAGE …  write into the page what was printed, "…" lines kept
     tour.py --control        check that this script notices what it should
"""
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

COMMAND_SECONDS = 60
START_SECONDS = 30
LOOK_AGAIN_SECONDS = 10
UPDATE_SECONDS = 1.5  # what a page shall say is not known yet: this long is waited for what is on its way
LEFT_OUT = 77  # CTest shows it as skipped
END = "=end-of-command="

# What another node sent may be on its way: a command that only looks is typed again for a while.
LOOKS = re.compile(r"\btamga( --data \S+)? (notices|inbox|query|show|situation|log|status|(peer|watch|dispute|key) list)\b")

MASKS = [
    (re.compile(r"\b[a-z2-7]{52}\b"), "<node>"),
    (re.compile(r"\b(?:\d{5} ){8}\d{2}\b"), "<fingerprint>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?: ?UTC|Z)?"), "<time>"),
    (re.compile(r"\b\d\d:\d\d(?::\d\d)?(?: ?UTC|Z)\b"), "<time>"),
    (re.compile(r"\b(?:19|20)\d\d-\d\d-\d\d\b"), "<date>"),
    (re.compile(r"\b[0-9a-f]{8,}…?(?![0-9a-z])"), "<hex>"),
    (re.compile(r"[A-Za-z0-9+/]{40,}=*"), "<base64>"),
    (re.compile(r"\b\d+(?:[.,]\d+)?(?: ?)(?:ms|µs|us|s|min|h|seconds?|minutes?)\b(?: ago)?"), "<duration>"),
    (re.compile(r"\b\d+(?:[.,]\d+)* (?:bytes|[kMGT]?i?B|records/s)(?![A-Za-z])"), "<size>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:<port>"),
    (re.compile(r"\s+"), " "),
]


def masked(line):
    for pattern, name in MASKS:
        line = pattern.sub(name, line)
    return line.strip()


class Step:
    """One command of the page, the lines it shall print, and where these stand (first, end; from 0)."""

    def __init__(self, line, command):
        self.line, self.command, self.expected = line, command, []
        self.first = self.end = line + 1


def steps_of(lines):
    steps, inside = [], False
    for number, line in enumerate(lines):
        if line.startswith("```"):
            inside = not inside and line.strip() == "```console"
        elif inside and line.startswith("$ "):
            steps.append(Step(number, line[2:]))
        elif inside and steps and line.startswith("> ") and not steps[-1].expected:
            steps[-1].command += "\n" + line[2:]
            steps[-1].first = steps[-1].end = number + 1
        elif inside and steps:
            steps[-1].expected.append(line)
            steps[-1].end = number + 1
    return steps


def matches(expected, printed):
    """Lines against lines; "…" takes any number of them."""
    if not expected:
        return not printed
    if expected[0].strip() == "…":
        return any(matches(expected[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and masked(expected[0]) == masked(printed[0]) and matches(expected[1:], printed[1:])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Ports:
    """Ports of the page and the free ones that stand for them, both ways."""

    def __init__(self):
        self.given = {}

    def put(self, command):
        return re.sub(r"127\.0\.0\.1:(\d+)", lambda m: f"127.0.0.1:{self.given.setdefault(m[1], free_port())}", command)

    def take(self, line):
        for ours, free in self.given.items():
            line = line.replace(f"127.0.0.1:{free}", f"127.0.0.1:{ours}")
        return line


def home_make():
    """On a disk: of a node in memory `tamga doctor` says so. Both names are of one length, so that lines break alike."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        in_memory = any(line.split()[1:3] == ["/tmp", "tmpfs"] for line in mounts)
    return tempfile.mkdtemp(prefix="/var/tmp/t-tour-" if in_memory else "/tmp/tamga-tour-")


def programs_copy(folders):
    """Where other users may run them too, whoever may look into the build."""
    copies = tempfile.mkdtemp(prefix="tamga-programs-")
    os.chmod(copies, 0o755)
    for folder, name in zip(folders, ("tamga", "tamgad")):
        shutil.copy(os.path.join(folder, name), copies)
    return copies


class Shell:
    """One bash in a folder of its own, with whatever it starts."""

    def __init__(self, folders):
        self.home, self.programs = home_make(), programs_copy(folders)
        environment = {
            "PATH": ":".join([self.programs, os.environ.get("PATH") or "/usr/bin:/bin"]),
            "HOME": self.home, "LC_ALL": "C.UTF-8", "TZ": "UTC", "COLUMNS": "80", "TERM": "dumb",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        self.bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], cwd=self.home, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def run(self, command):
        """Printed lines and exit code."""
        # Standard input is the shell's own script: no command may read it.
        text = f"{{\n{command}\n}} </dev/null\nprintf '\\n%s %s\\n' '{END}' $?\n"
        self.bash.stdin.write(text.encode())
        self.bash.stdin.flush()
        read, deadline = b"", time.monotonic() + COMMAND_SECONDS
        while not re.search(rb"\n" + END.encode() + rb" \d+\n$", read):
            ready, _, _ = select.select([self.bash.stdout], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self.bash.stdout.fileno(), 65536) if ready else b""
            if not piece:
                raise TimeoutError(f"no end after {COMMAND_SECONDS} s; printed so far:\n{read.decode(errors='replace')}")
            read += piece
        printed, _, tail = read.decode(errors="replace").rpartition(f"\n{END} ")
        lines = printed.split("\n")
        while lines and not lines[-1]:
            lines.pop()
        return lines, int(tail)

    def wait_for_socket(self, command):
        """A daemon put into the background is there when its socket is; a person types slower than it starts."""
        found = re.search(r"\btamgad\b.*?(\S+?)/?(?:tamga\.conf)?\s*(?:\d?>.*)?&\s*$", command)
        if not found:
            return
        path = os.path.join(self.home, found[1].rstrip("/"), "control.sock")
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(path)
                return
            except OSError:
                time.sleep(0.02)
        raise TimeoutError(f"nothing listens on {path} after {START_SECONDS} s: {self.logs()}")

    def logs(self):
        text = ""
        for place, _, names in os.walk(self.home):
            for name in names:
                if name.endswith(".log"):
                    with open(os.path.join(place, name), errors="replace") as log:
                        text += f"\n--- {name}\n" + log.read()[-4000:]
        return text

    def close(self):
        try:
            os.killpg(self.bash.pid, signal.SIGTERM)
            self.bash.wait(timeout=10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.bash.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.bash.stdin.close()
        self.bash.stdout.close()
        self.bash.wait()
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.programs, ignore_errors=True)


def difference(step, printed):
    shown = "\n".join("  " + line for line in printed)
    wanted = "\n".join("  " + line for line in step.expected)
    return f"line {step.line + 1}: $ {step.command}\nthe page says:\n{wanted}\nit printed:\n{shown}\n"


def run_page(steps, folders, look_again=LOOK_AGAIN_SECONDS):
    """(step, printed lines, agrees) one after the other; what comes after a failure is still run."""
    ports, shell = Ports(), Shell(folders)
    try:
        for step in steps:
            deadline = time.monotonic() + look_again
            while True:
                printed, _ = shell.run(ports.put(step.command))
                printed = [ports.take(line).replace(shell.home, "/home/you") for line in printed]
                agrees = matches(step.expected, printed)
                if agrees or not LOOKS.search(step.command) or time.monotonic() > deadline:
                    break
                time.sleep(0.1)
            shell.wait_for_socket(step.command)
            yield step, printed, agrees
    except TimeoutError as why:
        print(f"line {step.line + 1}: $ {step.command}\n{why}{shell.logs()}")
        yield step, ["(nothing more: see above)"], False
    finally:
        shell.close()


def check(page, folders):
    with open(page, encoding="utf-8") as text:
        steps = steps_of(text.read().split("\n"))
    if not steps:
        print(f"'{page}' has no commands in ```console blocks")
        return 1
    if os.geteuid() and any("setpriv" in step.command for step in steps):
        print(f"left out: '{page}' types as another user, which takes root")
        return LEFT_OUT
    bad = 0
    for step, printed, agrees in run_page(steps, folders):
        if not agrees:
            bad += 1
            print(difference(step, printed))
    print(f"{len(steps)} commands, {bad} of them print something else than the page says")
    return 1 if bad else 0


def update(page, folders):
    with open(page, encoding="utf-8") as text:
        lines = text.read().split("\n")
    changes = []
    for step, printed, agrees in run_page(steps_of(lines), folders, UPDATE_SECONDS):
        if not agrees:
            changes.append((step, printed))
    for step, printed in reversed(changes):
        lines[step.first:step.end] = [line.rstrip() for line in printed]
    with open(page, "w", encoding="utf-8") as text:
        text.write("\n".join(lines))
    print(f"{len(changes)} outputs written anew; read them before you keep them")
    return 0


def page_result(page):
    steps = steps_of(page.split("\n"))
    return [agrees for _, _, agrees in run_page(steps, [])]


def control():
    good = "```console\n$ echo one; echo two\none\ntwo\n$ x=3\n$ echo $x\n3\n```\ntext\n```console\n$ cat <<E\n> 1\n> E\n1\n```"
    assert page_result(good) == [True] * 4, "the shell lives from block to block"
    assert page_result("```console\n$ echo one\ntwo\n```") == [False], "another line"
    assert page_result("```console\n$ echo one\n```") == [False], "a line that the page does not have"
    assert page_result("```console\n$ true\none\n```") == [False], "a line too many in the page"
    assert page_result("```console\n$ printf 'a\\n> b\\n'\na\n> b\n```") == [True], "only right behind a command '> ' goes on with it"
    assert page_result("```console\n$ seq 9\n1\n…\n9\n```") == [True], "lines left out"
    assert page_result("```console\n$ seq 9\n1\n…\n8\n```") == [False], "and the last is another"
    assert page_result("```sh\n$ false\nno\n```") == [], "other blocks are not run"
    assert page_result("```console\n$ cat\n$ echo on\non\n```") == [True, True], "commands read nothing"
    same = "```console\n$ echo 12.5 ms, 2026-01-02 10:00:01 UTC, 17 bytes\n3 ms, 2024-06-30 12:00:00 UTC, 4 bytes\n```"
    assert page_result(same) == [True], "what changes is masked"
    assert page_result("```console\n$ echo 4 records\n5 records\n```") == [False], "counts are not"
    assert page_result("```console\n$ echo TJ-7\nTJ-8\n```") == [False], "names of records are not"
    return 0


def main(words):
    if words == ["--control"]:
        return control()
    if words[:1] == ["--update"] and len(words) > 1:
        return update(words[1], [os.path.abspath(folder) for folder in words[2:]])
    if words and not words[0].startswith("-"):
        return check(words[0], [os.path.abspath(folder) for folder in words[1:]])
    print(__doc__.strip(), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
