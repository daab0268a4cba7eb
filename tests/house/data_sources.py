"""Every set of test data says where it comes from and under which licence.

Must not know the data. Use: data_sources.py FOLDER; the control cases run first on a made-up folder.
"""
import os
import sys
import tempfile

LICENCES = ("public domain", "public-domain", "cc0", "mit", "apache", "bsd", "isc", "unlicense", "made for this project")


def faults_of(folder):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not os.path.isdir(path):
            yield f"{name}: a file beside the sets; put it into a folder with a SOURCE.md"
            continue
        source = os.path.join(path, "SOURCE.md")
        if not os.path.exists(source):
            yield f"{name}: has no SOURCE.md; say where it comes from, its licence and what was changed"
            continue
        with open(source, encoding="utf-8") as text:
            words = text.read().lower()
        if not any(licence in words for licence in LICENCES):
            yield f"{name}: SOURCE.md names no licence that we may ship"
        if len(os.listdir(path)) < 2:
            yield f"{name}: holds nothing but its SOURCE.md"


def put(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def control():
    with tempfile.TemporaryDirectory() as folder:
        put(folder, "good/SOURCE.md", "From nowhere. Licence: CC0.\n")
        put(folder, "good/data", "1\n")
        assert not list(faults_of(folder)), "a good set is refused"
        put(folder, "bare/data", "1\n")
        put(folder, "unlicensed/SOURCE.md", "From somewhere.\n")
        put(folder, "unlicensed/data", "1\n")
        put(folder, "empty/SOURCE.md", "Licence: MIT\n")
        put(folder, "stray", "1\n")
        names = [fault.split(":")[0] for fault in faults_of(folder)]
        assert names == ["bare", "empty", "stray", "unlicensed"], names


def main(folder):
    control()
    faults = list(faults_of(folder))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


sys.exit(main(sys.argv[1]))
