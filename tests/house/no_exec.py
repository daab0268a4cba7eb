"""The daemon wakes people and starts nothing: it asks the C library for no function that starts a program.

A program that does must be found out, too. Use: no_exec.py TAMGAD C_COMPILER
"""
import os
import subprocess
import sys
import tempfile

STARTS = """execl execle execlp execv execve execveat execvp execvpe fexecve fork vfork _Fork clone clone3 forkpty
    daemon system popen posix_spawn posix_spawnp wordexp""".split()


def starts(program):
    """Those of them that the program asks for."""
    done = subprocess.run(["nm", "-D", "--undefined-only", program], capture_output=True, text=True, check=True)
    asked = {line.split()[-1].split("@")[0] for line in done.stdout.splitlines() if line.split()}
    if "write" not in asked:
        raise SystemExit(f"{program}: nm shows no 'write': this is no way to look at it")
    return sorted(asked & set(STARTS))


def main():
    daemon, compiler = sys.argv[1:]
    found = starts(daemon)
    if found:
        sys.exit(f"{daemon} can start programs: {', '.join(found)}")
    with tempfile.TemporaryDirectory() as folder:
        for call, name in (('system("true")', "system"), ('popen("true", "r")', "popen"),
                           ('execl("/bin/true", "true", (char *)0)', "execl"), ("fork()", "fork")):
            source, program = os.path.join(folder, "a.c"), os.path.join(folder, "a")
            with open(source, "w") as file:
                file.write("#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
                           f"int main(void) {{ return write(1, \"\", 0) == 0 && (long)({call}) == 1; }}\n")
            subprocess.run([compiler, "-w", "-o", program, source], check=True)
            if starts(program) != [name]:
                sys.exit(f"a program that calls {name} passes")
    print("tamgad starts no program; four that do were found out")


if __name__ == "__main__":
    main()
