#!/usr/bin/env python3
"""The whole table of name matching: accuracy group by group and script by script, labelled pairs, speed, memory.

Must not know how names are matched: it runs match_names and match_pairs over labelled lists and counts.
Use: names_table.py PROGRAMS DATA EVAL [--only WHAT,...] [--names N] [--queries N]
PROGRAMS holds the release programs; DATA the lists (names, ca_names, os_pairs); EVAL eval_names.py and eval_pairs.py.
"""
import argparse
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile

SEED = 20240614
REVIEW = 0.70


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file][1:]


def run_names(options, index, queries, out, *more):
    """One run of match_names; its figures (standard error) as lines."""
    program = os.path.join(options.programs, "match_names")
    with open(out, "w", encoding="utf-8") as file:
        done = subprocess.run([program, ",".join(index), queries, *more], check=True, stdout=file, stderr=subprocess.PIPE, text=True)
    return done.stderr.splitlines()


def evaluate(options, truth, run, queries):
    done = subprocess.run([sys.executable, os.path.join(options.eval, "eval_names.py"), truth, run, "--queries", queries],
                          check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def homonyms_above(truth, run):
    """Share of invented namesakes with another birth date that are shown at the review threshold."""
    asked = {row[0] for row in rows_of(truth) if row[2] == "homonym"}
    with open(run, encoding="utf-8") as file:
        shown = {fields[0] for fields in (line.split("\t", 3) for line in file) if float(fields[2]) >= REVIEW}
    return (len(asked & shown) / len(asked), len(asked)) if asked else (0.0, 0)


def say_point(name, point):
    if point:
        print(f"  {name:<18} threshold {point['threshold']:.4f}  precision {point['precision']:.4f}  recall {point['recall']:.4f}"
              f"  F1 {point['f1']:.4f}  left out {point['far_leftout']}  invented {point['far_synthetic']}")


def say_slices(found):
    for name, part in found["slices"].items():
        print(f"  {name:<22} {part['n']:>5}  recall@1 {part['recall@1']:.4f}  recall@20 {part['recall@20']:.4f}")


def scene_names(options):
    data = os.path.join(options.data, "names")
    with tempfile.TemporaryDirectory() as folder:
        for side in ("primary", "loo"):
            index = [os.path.join(data, name) for name in (f"index_{side}.tsv", "distractors.tsv")]
            queries, truth = (os.path.join(data, f"{what}_{side}.tsv") for what in ("queries", "truth"))
            for more in ([], ["--no-features"]):
                run = os.path.join(folder, "run.tsv")
                run_names(options, index, queries, run, "--threads", "2", *more)
                found = evaluate(options, truth, run, queries)
                print(f"\nnames, {side}, {'names only' if more else 'with date and country'}:")
                say_point("best F1", found.get("best_f1"))
                say_point("precision >= .95", found.get("at_precision_0.95"))
                print(f"  recall@1 {found['recall@1']:.4f}  recall@20 {found['recall@20']:.4f}")
                share, count = homonyms_above(truth, run)
                print(f"  homonyms with another birth date at review: {share:.4f} of {count}")
                say_slices(found)


def scene_ca(options):
    data, names = os.path.join(options.data, "ca_names"), os.path.join(options.data, "names")
    index = [os.path.join(data, "index.tsv"), os.path.join(names, "index_primary.tsv"), os.path.join(names, "distractors.tsv")]
    queries, truth = (os.path.join(data, name) for name in ("queries.tsv", "truth.tsv"))
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "run.tsv")
        run_names(options, index, queries, run, "--threads", "2")
        found = evaluate(options, truth, run, queries)
        print(f"\nCentral Asian variants: recall@1 {found['recall@1']:.4f}  recall@20 {found['recall@20']:.4f}")
        say_slices(found)


DOCUMENTS = ("idNumber", "passportNumber", "taxNumber", "innCode", "wikidataId", "socialSecurityNumber", "registrationNumber")


def pair_lines(number, side, entity):
    """What match_pairs reads of one side: pair, side, field, value."""
    fields = [("name", entity.get("name", []) + entity.get("previousName", [])), ("alias", entity.get("alias", [])),
              ("weak", entity.get("weakAlias", [])), ("birth", entity.get("birthDate", [])),
              ("country", entity.get("nationality", []) + entity.get("citizenship", []) + entity.get("country", [])),
              ("sex", entity.get("gender", []))]
    fields += [("document", entity.get(kind, [])) for kind in DOCUMENTS]
    for field, values in fields:
        for value in values:
            yield "\t".join((str(number), side, field, " ".join(str(value).split())))


def scene_pairs(options):
    path = os.path.join(options.data, "os_pairs", "person_pairs.jsonl.gz")
    with tempfile.TemporaryDirectory() as folder:
        pairs, run = os.path.join(folder, "pairs.tsv"), os.path.join(folder, "run.tsv")
        with gzip.open(path, "rt", encoding="utf-8") as file, open(pairs, "w", encoding="utf-8") as out:
            for number, line in enumerate(x for x in file if x.strip()):
                pair = json.loads(line)
                for side in ("left", "right"):
                    for text in pair_lines(number, side, pair[side]):
                        print(text, file=out)
        with open(run, "w", encoding="utf-8") as out:
            subprocess.run([os.path.join(options.programs, "match_pairs"), pairs], check=True, stdout=out)
        done = subprocess.run([sys.executable, os.path.join(options.eval, "eval_pairs.py"), path, run], check=True,
                              stdout=subprocess.PIPE, text=True)
        print(f"\nsame person, labelled rich pairs: {done.stdout.strip()}")


def slipped(rng, word):
    """A word with one letter put in, left out or replaced."""
    at = rng.randrange(len(word))
    return rng.choice((word[:at] + word[at + 1:] or word, word[:at] + word[at] + word[at:], word[:at] + word[-1] + word[at + 1:]))


def invent(rng, words):
    """A name of words of one script at the places where they stood."""
    firsts, lasts = words
    name = [rng.choice(firsts) for _ in range(rng.choice((1, 1, 2)))] + [rng.choice(lasts)]
    if rng.random() < 0.15:
        at = rng.randrange(len(name))
        name[at] = slipped(rng, name[at])
    return " ".join(name)


def words_by_script(paths):
    scripts = {}
    for path in paths:
        for row in rows_of(path):
            words = row[1].replace(",", " ").split()
            if len(words) < 2:
                continue
            firsts, lasts = scripts.setdefault(row[5], ([], []))
            firsts += words[:-1]
            lasts.append(words[-1])
    return scripts


def write_invented(path, scripts, count, seed):
    rng = random.Random(seed)
    kinds = list(scripts)
    weights = [len(scripts[kind][1]) for kind in kinds]
    with open(path, "w", encoding="utf-8") as file:
        print("id\tname\tdob\tcountry\tkind\tscript", file=file)
        for i, kind in enumerate(rng.choices(kinds, weights, k=count)):
            born = f"{rng.randrange(1940, 2006)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}" if rng.random() < .65 else ""
            land = rng.choice(("tj", "kg", "uz", "kz", "ru", "")) if rng.random() < .5 else ""
            print(f"X{seed}-{i}", invent(rng, scripts[kind]), born, land, "primary", kind, sep="\t", file=file)


def scene_speed(options):
    names = os.path.join(options.data, "names")
    scripts = words_by_script([os.path.join(names, name) for name in ("index_primary.tsv", "distractors.tsv")])
    with tempfile.TemporaryDirectory() as folder:
        index, queries, run = (os.path.join(folder, name) for name in ("index.tsv", "queries.tsv", "run.tsv"))
        write_invented(index, scripts, options.names, SEED)
        write_invented(queries, scripts, options.queries, SEED + 1)
        for threshold in ("3000", "6000", "7000"):
            print(f"\n{options.names} invented names of listed words, threshold .{threshold}, {options.queries} queries, 2 threads:")
            for line in run_names(options, [index], queries, run, "--threads", "2", "--threshold", threshold):
                print("  " + line)
    print(f"  peak memory of a run: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MiB, its input lines included")


SCENES = {"names": scene_names, "ca": scene_ca, "pairs": scene_pairs, "speed": scene_speed}


def main():
    reader = argparse.ArgumentParser()
    reader.add_argument("programs")
    reader.add_argument("data")
    reader.add_argument("eval")
    reader.add_argument("--only", default=",".join(SCENES))
    reader.add_argument("--names", type=int, default=1000000)
    reader.add_argument("--queries", type=int, default=20000)
    options = reader.parse_args()
    for name in options.only.split(","):
        SCENES[name](options)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
