"""The negative control of scripts/check-layers: made-up trees with one thing out of place each, which it must
name with file and line, and a clean one, which it must pass.

Must not know the table; it holds examples only. Use: layers_control.py CHECK_LAYERS C_COMPILER
"""
import os
import subprocess
import sys
import tempfile

CLEAN = {
    "base/a.c": '#include <string.h>\n#include "base/a.h"\n',
    "base/a.h": "#include <sys/types.h>\n",
    "crypto/hash.h": '#include "base/a.h"\n',
    "crypto/hash.c": "#include <sodium.h>\n",
    "match/a.c": '#include <utf8proc.h>\n#include "crypto/hash.h"\n',
    "store/a.c": '#include <lmdb.h>\n#include "base/a.h"\n',
    "proto/a.c": '#include <jansson.h>\n#include "proto/a.pb-c.h"\n#include <protobuf-c/protobuf-c.h>\n',
    "node/a.c": '#include <zmq.h>\n#include "store/a.h"\n#include "proto/a.h"\n',
    "cli/a.c": '#include "proto/a.h"\n#include <termios.h>\n',
}
# file, line put in at the top, what the complaint must contain
BAD_INCLUDES = [
    ("base/a.c", '#include "crypto/hash.h"', "base/ must not know crypto/"),
    ("base/a.h", "#include <sodium.h>", "only crypto/ includes it"),
    ("crypto/hash.c", '#include "match/a.h"', "crypto/ must not know match/"),
    ("crypto/hash.c", '#  include  "store/a.h"', "crypto/ must not know store/"),
    ("match/a.c", '#include "crypto/secret.h"', "crypto/hash.h only"),
    ("match/a.c", "#include <sodium.h>", "only crypto/ includes it"),
    ("store/a.c", '#include "proto/a.h"', "store/ must not know proto/"),
    ("store/a.c", '#include "crypto/hash.h"', "store/ must not know crypto/"),
    ("proto/a.c", '#include "store/a.h"', "proto/ must not know store/"),
    ("proto/a.c", "#include <lmdb.h>", "only store/ includes it"),
    ("node/a.c", '#include "cli/a.h"', "node/ must not know cli/"),
    ("node/a.c", '#include "proto/a.pb-c.h"', "never leave proto/"),
    ("node/a.c", "#include <lmdb.h>", "only store/ includes it"),
    ("cli/a.c", '#include "node/a.h"', "cli/ must not know node/"),
    ("cli/a.c", "#include <zmq.h>", "only node/ includes it"),
    ("cli/a.c", "#include <criterion/criterion.h>", "no layer includes it"),
    ("cli/a.c", '#include "a.h"', "write the path from the project's root"),
    ("match/a.c", '#include "tests/a.h"', "no such layer"),
]
# library, source, what the complaint must contain (None: it must pass)
LIBRARIES = [
    ("match", "int tg_a(void);\nint tg_a(void) { return 1; }\n", None),
    ("match", "long time(long *);\nlong tg_a(void);\nlong tg_a(void) { return time(0); }\n", "a.o calls 'time'"),
    ("proto", "int rand(void);\nint tg_a(void);\nint tg_a(void) { return rand(); }\n", "a.o calls 'rand'"),
    ("store", "int socket(int, int, int);\nint tg_a(void);\nint tg_a(void) { return socket(1, 1, 0); }\n",
     "a.o calls 'socket'"),
    ("crypto", "int puts(const char *);\nint tg_a(void);\nint tg_a(void) { return puts(\"\"); }\n",
     "a.o calls 'puts'"),
    ("base", "int getrandom(void);\nint tg_a(void);\nint tg_a(void) { return getrandom(); }\n",
     "a.o calls 'getrandom'"),
    ("cli", "int helper(void);\nint helper(void) { return 1; }\n", "exports 'helper'"),
]


def write_tree(root, files):
    for name, text in files.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)


def check(script, *words):
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def includes_control(script):
    with tempfile.TemporaryDirectory() as root:
        write_tree(root, CLEAN)
        code, text = check(script, "--root", root)
        assert code == 0, f"a clean tree is refused: {text}"
    for name, line, complaint in BAD_INCLUDES:
        with tempfile.TemporaryDirectory() as root:
            write_tree(root, CLEAN)
            write_tree(root, {name: "/* one */\n" + line + "\n" + CLEAN[name]})
            code, text = check(script, "--root", root)
            faults = text.splitlines()
            assert code == 1 and len(faults) == 1, f"{name} with {line}: exit {code}: {text}"
            assert faults[0].startswith(f"{name}:2: ") and complaint in faults[0], f"{line}: {faults[0]}"
    with tempfile.TemporaryDirectory() as root:
        code, text = check(script, "--root", root)
        assert code == 1 and "no sources" in text, f"an empty tree passes: {text}"


def libraries_control(script, compiler):
    for library, source, complaint in LIBRARIES:
        with tempfile.TemporaryDirectory() as root:
            write_tree(root, CLEAN)
            build = os.path.join(root, "build")
            write_tree(root, {f"build/{library}/a.c": source})
            place = os.path.join(build, library)
            subprocess.run([compiler, "-fno-builtin", "-c", "a.c", "-o", "a.o"], cwd=place, check=True)
            subprocess.run(["ar", "rc", f"libtg_{library}.a", "a.o"], cwd=place, check=True)
            _, text = check(script, "--root", root, build)
            faults = [line for line in text.splitlines() if line.startswith("lib")]
            if complaint is None:
                assert not faults, f"a clean library is refused: {faults}"
            else:
                assert len(faults) == 1 and complaint in faults[0], f"{library}: {complaint}: {text}"


def programs_control(script, compiler):
    with tempfile.TemporaryDirectory() as root:
        write_tree(root, CLEAN)
        write_tree(root, {"build/cli/z.c": "int z(void);\nint z(void) { return 1; }\n",
                          "build/cli/a.c": "int z(void);\nint main(void) { return z(); }\n"})
        place = os.path.join(root, "build", "cli")
        subprocess.run([compiler, "-shared", "-fPIC", "z.c", "-o", "libzmq.so"], cwd=place, check=True)
        subprocess.run([compiler, "a.c", "-L.", "-lzmq", "-o", "tamga"], cwd=place, check=True)
        code, text = check(script, "--root", root, os.path.join(root, "build"))
        assert code == 1 and "cli/tamga asks for the shared library 'zmq'" in text, text


def main(script, compiler):
    includes_control(script)
    libraries_control(script, compiler)
    programs_control(script, compiler)
    return 0


sys.exit(main(sys.argv[1], sys.argv[2]))
