#!/usr/bin/env python3
"""Cases judged by everybody: all who can judge one must agree, and with what its maker meant.

run.py THIRD_CASES SEED COUNT FOLDER [THIRD_GO]

The file of cases: README.md. OpenSSL judges a sample of the manifest signatures.
"""
import collections
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import verifier  # noqa: E402

KINDS = ["", "evidence file", "tlog-proof", "log as tiles", "receipt", "cards", "checkpoint", "manifest signature", "envelope"]
WANTED = {0: "refuse", 1: "accept"}
OPENSSL_CASES_MAX = 48


def lines_of(commands):
    """Of each, side by side."""
    running = {who: subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for who, command in commands.items()}
    answers = {who: [tuple(line.split(" ", 1)) for line in one.communicate()[0].splitlines()] for who, one in running.items()}
    for who, one in running.items():
        if one.returncode:
            sys.exit(f"{who} ended with {one.returncode}")
    return answers


def openssl(parts, folder):
    """By `openssl pkeyutl`, which knows nothing of us."""
    get = dict(parts).get
    names = {}
    key = bytes.fromhex("302a300506032b6570032100") + get("key")  # RFC 8410
    for name, data in (("key", key), ("subject", get("subject")), ("signature", get("signature"))):
        names[name] = os.path.join(folder, "openssl." + name)
        with open(names[name], "wb") as file:
            file.write(data)
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", names["key"], "-rawin", "-in",
                           names["subject"], "-sigfile", names["signature"]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return "accept" if done.returncode == 0 else "refuse"


def main():
    cases_program, seed, count, folder = sys.argv[1:5]
    go = sys.argv[5] if len(sys.argv) > 5 else None
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"cases-{seed}")
    subprocess.run([cases_program, "make", seed, count, path], check=True)
    commands = {"C": [cases_program, "judge", path], "Python": [sys.executable, verifier.__file__, "judge", path]}
    if go:
        commands["Go"] = [go, "judge", path]
    judges = lines_of(commands)
    stream = verifier.cases(path)
    next(stream)
    bad, judged, told, by_label = [], collections.Counter(), collections.Counter(), collections.Counter()
    for i, (kind, want, flags, label, parts) in enumerate(stream):
        said = {who: answers[i] for who, answers in judges.items() if answers[i][0] != "pass"}
        verdicts = {verdict for verdict, _ in said.values()}
        settled = {more for verdict, more in said.values() if verdict == "accept" and more != "-"}
        if kind == 7 and judged["OpenSSL"] < OPENSSL_CASES_MAX:
            judged["OpenSSL"] += 1
            verdicts.add(openssl(parts, folder))
        for who in said:
            judged[who] += 1
        told[KINDS[kind], said["C"][0]] += 1
        by_label[KINDS[kind], label, said["C"][0]] += 1
        if len(verdicts) != 1 or len(settled) > 1 or WANTED.get(want, said["C"][0]) != said["C"][0]:
            bad.append(f"case {i}, {KINDS[kind]}, '{label}', meant {WANTED.get(want, 'any')}, flags {flags}: {said}")
    for kind in KINDS[1:]:
        print(f"{kind:20} {told[kind, 'accept']:6} accepted {told[kind, 'refuse']:6} refused")
    print("judged:", ", ".join(f"{who} {n}" for who, n in judged.items()))
    print("do not agree:", len(bad))
    print("\n".join(bad[:20]))
    if len(judges["C"]) != int(count) or len(judges["Python"]) != int(count) or (go and judged["Go"] * 5 < int(count)):
        sys.exit("not every case was judged")
    for kind, label in {(k, l) for k, l, _ in by_label if "attest" in l}:
        print(f"  {kind}: {label}: {by_label[kind, label, 'accept']} accepted, {by_label[kind, label, 'refuse']} refused")
    os.unlink(path)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
