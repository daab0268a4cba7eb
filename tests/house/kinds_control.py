"""The negative control of scripts/check-kinds: a copy of what it reads with one thing taken away each time, which it
must name, and a kind planted in the schema alone, of which it must miss everything.

Must not know the checks; it holds examples only. Use: kinds_control.py CHECK_KINDS ROOT
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

READ = """proto/tamga.proto proto/record_types.h proto/record.h proto/record_fields.c proto/record_enum.c
    proto/record_rules.c proto/record_facets.c proto/record_summary.c node/gather.c cli/command_table.c
    docs/records.md tests/unit/record_test.h tests/unit/import_csv.c cli man tests/data/records
    tests/fuzz/corpus/record tests/fuzz/corpus/json""".split()

# file, what is taken out of it (all of it when None), what the complaint must contain
TAKEN = [
    ("proto/record_types.h", r"TG_KIND_CUSTODY = 20,", "TG_KIND_CUSTODY = 20 is not in proto/record_types.h"),
    ("proto/record_types.h", r"struct tg_rec_custody \{", "struct tg_rec_custody is not in"),
    ("proto/record.h", r"const struct tg_rec_custody \*custody;", "'custody' is no body in proto/record.h"),
    ("proto/record_fields.c", r'\{TG_KIND_CUSTODY, "custody", &info_custody\},', "no row in tg_kind_rows"),
    ("proto/record_enum.c", r"TG_KIND_CUSTODY,", "not in tg_kinds"),
    ("proto/record_rules.c", r"\{TG_KIND_CUSTODY,", "no row in kind_needs"),
    ("proto/record_facets.c", r"case TG_KIND_CUSTODY:", "does not say when it took place"),
    ("node/gather.c", r"case TG_KIND_CUSTODY:", "which facility it speaks of"),
    ("cli/cmd_query.c", r'"custody",', "'query --kind'"),
    ("proto/record_summary.c", r"\{TG_KIND_CUSTODY, put_custody\},", "no row in proto/record_summary.c"),
    ("tests/data/records/custody.in.json", None, "custody.in.json states no 'custody'"),
    ("tests/data/records/custody.json", r'"custody":\{.*', "custody.json states no 'custody'"),
    ("tests/unit/record_test.h", r'"custody",', "not in test_kinds"),
    ("tests/unit/import_csv.c", r'"custody;|TG_KIND_CUSTODY', "reads no row of it"),
    ("docs/records.md", r"### Custody\n", "has no section 'Custody'"),
    ("docs/records.md", r"\| 6 \| `expected_release` .*\n", "does not tell of its field 'expected_release'"),
    ("tests/fuzz/corpus/record/custody", None, "corpus/record/custody holds no record of it"),
    ("tests/fuzz/corpus/json/custody", None, "corpus/json/custody holds no record of it"),
    ("cli/command_table.c", r'\{"add custody",', "no command 'add custody' makes one"),
    ("man/tamga-add-custody.1.txt", None, "man/tamga-add-custody.1.txt does not tell"),
]
PLANTED = 15  # complaints at least about a kind that stands in the schema alone


def check(script, root):
    done = subprocess.run([sys.executable, script, "--root", root], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def copy(source, root):
    for name in READ:
        to = os.path.join(root, name)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        if os.path.isdir(os.path.join(source, name)):
            shutil.copytree(os.path.join(source, name), to, dirs_exist_ok=True)
        else:
            shutil.copy(os.path.join(source, name), to)


def rewrite(root, name, change):
    path = os.path.join(root, name)
    with open(path, encoding="utf-8") as source:
        before = source.read()
    after = change(before)
    assert after != before, f"{name}: holds nothing of what the control takes out"
    with open(path, "w", encoding="utf-8") as out:
        out.write(after)


def taken_control(script, source, name, pattern, complaint):
    with tempfile.TemporaryDirectory() as root:
        copy(source, root)
        if pattern is None:
            os.remove(os.path.join(root, name))
        else:
            rewrite(root, name, lambda text: re.sub(pattern, "", text))
        code, faults = check(script, root)
        assert code == 1 and len(faults) == 1, f"{name} without {pattern}: exit {code}: {faults}"
        assert faults[0].startswith("custody: ") and complaint in faults[0], f"{name} without {pattern}: {faults[0]}"


def planted_control(script, source):
    with tempfile.TemporaryDirectory() as root:
        copy(source, root)
        rewrite(root, "proto/tamga.proto", lambda text: text.replace(
            "Acknowledgement acknowledgement = 29;", "Acknowledgement acknowledgement = 29;\n    Tip tip = 30;"))
        code, faults = check(script, root)
        assert code == 1 and all(fault.startswith("tip: ") for fault in faults), faults
        assert len(faults) >= PLANTED, f"a kind in the schema alone lacks {len(faults)} things only: {faults}"


def main(script, source):
    with tempfile.TemporaryDirectory() as root:
        copy(source, root)
        code, faults = check(script, root)
        assert code == 0, f"the copy of a whole tree is refused: {faults}"
    for name, pattern, complaint in TAKEN:
        taken_control(script, source, name, pattern, complaint)
    planted_control(script, source)
    with tempfile.TemporaryDirectory() as root:
        code, faults = check(script, root)
        assert code == 1 and "no kinds" in faults[0], f"an empty tree passes: {faults}"
    return 0


sys.exit(main(sys.argv[1], sys.argv[2]))
