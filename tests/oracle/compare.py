#!/usr/bin/python3
"""Differential test of the normal forms: a million generated cases against independent oracles.

usage: tests/oracle/compare.py DRIVER [--cases N] [--seed N] [--npm FOLDER] [--only TYPE[,TYPE]] [--show N] [--vectors FILE]

DRIVER is tests/oracle/driver.c as built with the benchmarks. Oracles: python3-stdnum, python3-phonenumbers,
python3-idna (Debian), Node's URL, UTS 46 and calendars, npm's mrz; small ones are written out in cases.py.
Every disagreement has a row in KNOWN, which says why, or fails the run. Exit status 1 when one has none.
"""
import argparse
import collections
import json
import os
import random
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases
import papers
from known import KNOWN

# name, generator, share of the cases in thousandths
PLAN = [
    ("phone", cases.phone, 130), ("email", cases.email, 60), ("domain", cases.domain, 70),
    ("domain_whatwg", cases.domain_whatwg, 70), ("url", cases.url, 100), ("ip", cases.ip, 60), ("cidr", cases.cidr, 50),
    ("imei", cases.imei, 40), ("imsi", cases.imsi, 30), ("iccid", cases.iccid, 30), ("mac", cases.mac, 30),
    ("iban", cases.iban, 60), ("bic", cases.bic, 30), ("payment_card", cases.payment_card, 30), ("imo", cases.imo, 20),
    ("vin", cases.vin, 30), ("mmsi", cases.mmsi, 15), ("asn", cases.asn, 10), ("national_id", cases.national_id, 20),
    ("bitcoin", cases.bitcoin, 30), ("ethereum", cases.ethereum, 6), ("monero", cases.monero, 6),
    ("hash", cases.file_hash, 15), ("onion", cases.onion, 20), ("mrz", papers.mrz, 60),
    ("mrz_confused", papers.mrz_confused, 40), ("birth", papers.birth, 40), ("coordinates", papers.coordinates, 30),
]


def ask_all(command, lines):
    """One answer a line, in order; writing and reading at once so that no pipe fills up."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    data = "".join(line + "\n" for line in lines).encode()
    writer = threading.Thread(target=lambda: (process.stdin.write(data), process.stdin.close()))
    writer.start()
    answers = process.stdout.read().decode().splitlines()
    writer.join()
    if process.wait() or len(answers) != len(lines):
        sys.exit("%s gave %d answers for %d lines" % (command[0], len(answers), len(lines)))
    return answers


def resolve(made, npm):
    """What node.mjs has to say put in its place."""
    asked = [(i, k, case[k]) for i, case in enumerate(made) for k in (1, 3) if isinstance(case[k], cases.Later)]
    if not asked:
        return made
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node.mjs")
    answers = ask_all(["node", script, npm], [json.dumps([later.kind, later.value]) for _, _, later in asked])
    made = [list(case) for case in made]
    for (i, k, later), answer in zip(asked, answers):
        answer = json.loads(answer)
        made[i][k] = None if answer is None else later.form(answer)
    return made


def same(group, expected, got):
    if group == "mrz" and expected == "holds":
        return got[0] == "ok"
    if isinstance(expected, tuple):  # form and the flags that count
        mask = 1 if group == "mrz_confused" else 2
        return got[0] == "ok" and got[1] == expected[0] and int(got[2]) & mask == expected[1]
    if expected is None:
        return got[0] == "no"
    if group == "domain_whatwg" and int(got[2] if got[0] == "ok" else 0) & 2:
        return False  # a doubt about what a browser opens
    return got[0] == "ok" and got[1] == expected


def reason_for(group, case, got):
    for groups, test, why in KNOWN:
        if group in groups.split() and test(case[1], case[2], case[3], got):
            return why
    return None


def run_group(args, group, generator, count, tally):
    rng = random.Random("%s %d" % (group, args.seed))
    made = [case for case in resolve(list(generator(rng, count)), args.npm) if case[1] is not None]
    made = [case for case in made if "\n" not in case[1] and "\t" not in case[1] and "\0" not in case[1]]
    answers = ask_all([args.driver], ["%s\t%s\t%s" % (case[0], case[1], case[2]) for case in made])
    shown = 0
    for case, answer in zip(made, answers):
        got = answer.split("\t")
        tally["cases"] += 1
        tally["taken"] += got[0] == "ok"
        if same(group, case[3], got):
            tally["agree"] += 1
            if args.vectors and tally["agree"] <= args.keep:
                args.vectors.write("%s\t%s\t%s\t%s\n" % (case[0], case[1], case[2], got[1] if got[0] == "ok" else ""))
            continue
        why = reason_for(group, case, got)
        tally["known" if why else "UNEXPLAINED"] += 1
        if why:
            args.reasons[(group, why)] += 1
        elif shown < args.show:
            shown += 1
            print("  %s %r %s: oracle %r, we %r" % (group, case[1], case[2], case[3], got), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("driver")
    parser.add_argument("--cases", type=int, default=1100000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--npm", default=".", help="folder with node_modules/mrz")
    parser.add_argument("--only", default="")
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--vectors", type=argparse.FileType("w"))
    parser.add_argument("--keep", type=int, default=100, help="vectors kept a group")
    args = parser.parse_args()
    args.npm = os.path.abspath(args.npm)
    args.reasons = collections.Counter()
    total = collections.Counter()
    print("%-14s %9s %9s %9s %7s %11s" % ("type", "cases", "accepted", "agree", "known", "unexplained"))
    shares = sum(share for _, _, share in PLAN)
    for group, generator, share in PLAN:
        if args.only and group not in args.only.split(","):
            continue
        tally = collections.Counter()
        run_group(args, group, generator, args.cases * share // shares, tally)
        total.update(tally)
        print("%-14s %9d %9d %9d %7d %11d" % (group, tally["cases"], tally["taken"], tally["agree"], tally["known"],
                                              tally["UNEXPLAINED"]), flush=True)
    print("%-14s %9d %9d %9d %7d %11d" % ("all", total["cases"], total["taken"], total["agree"], total["known"],
                                          total["UNEXPLAINED"]))
    for (group, why), count in sorted(args.reasons.items()):
        print("known, %-13s %7d  %s" % (group, count, why))
    return 1 if total["UNEXPLAINED"] else 0


if __name__ == "__main__":
    sys.exit(main())
