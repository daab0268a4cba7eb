"""Signals at any moment: to every command that takes long or writes, and to the node while it takes a list in.

The moments are drawn from a seed, which a failure prints (TG_SEED=N repeats its choices). Claims: docs/cli.md "exit codes",
tamgad(8) SIGNALS.
"""
import os
import pty
import random
import signal
import subprocess
import termios
import threading
import time

import harness
from harness import wait_for

SEED = int(os.environ.get("TG_SEED", random.SystemRandom().randrange(1 << 32)))
ROUNDS = int(os.environ.get("TG_ROUNDS", "8"))
NODE_ROUNDS = int(os.environ.get("TG_NODE_ROUNDS", "4"))
ROWS = 3000
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(harness.Story):
    countries = ("TJ", "KG")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chance = random.Random(SEED)
        cls.lists = 0

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            print(f"\n{self._testMethodName}: TG_SEED={SEED}", flush=True)

    def begin(self, *words):
        return subprocess.Popen([harness.TAMGA, *map(str, words), "--data", self.f.tj.folder, "--format", "json"],
                                env=harness.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, cwd="/", restore_signals=True)

    def interrupted(self, usual, *words):
        """One run with a signal at some moment of the time that it usually takes; whether it was over before."""
        number = self.chance.choice(SIGNALS)
        after = self.chance.uniform(0, 1.1 * usual)
        process = self.begin(*words)
        timer = threading.Timer(after, process.send_signal, (number,))
        timer.start()
        out, err = process.communicate(timeout=harness.DEADLINE_SECONDS)
        timer.cancel()
        said = f"{words[0]}, {number.name} after {after:.3f} s: exit {process.returncode}\n{out.decode()}{err.decode()}"
        self.assertIn(process.returncode, (0, -number), said)
        self.f.tj.tamga("status")
        return process.returncode == 0, harness.Result(words, process.returncode, out.decode(), err.decode()), said

    def usual(self, *words):
        begun = time.monotonic()
        process = self.begin(*words)
        _, err = process.communicate(timeout=harness.DEADLINE_SECONDS)
        self.assertEqual(process.returncode, 0, err)
        return time.monotonic() - begun

    def held(self, name):
        rows = self.f.tj.records(("list", name))
        self.assertEqual(len({row["id"] for row in rows}), len(rows), "a row stands twice")
        return len(rows)

    def rows(self):
        type(self).lists += 1
        name = f"list{self.lists}"
        return name, self.f.tj.file(f"{name}.csv", harness.csv_phones(ROWS, prefix=f"{name}-", note=name))

    def test_import_takes_what_it_has_answered_for_and_goes_on_with_the_rest(self):
        name, path = self.rows()
        usual = self.usual("import", path, "--list", name, "--to", "KG")
        for _ in range(ROUNDS):
            name, path = self.rows()
            over, _, said = self.interrupted(usual, "import", path, "--list", name, "--to", "KG")
            there = self.held(name)
            self.assertLessEqual(there, ROWS, said)
            self.assertEqual(over and there != ROWS, False, said)
            again = self.f.tj.tamga("import", path, "--list", name, "--to", "KG").row("import")
            wait_for(said, lambda: self.held(name) == ROWS)
            # What was still on its way when the client left may have come in meanwhile.
            self.assertEqual(again["new"] + again["unchanged"], ROWS, said)
            self.assertEqual((again["changed"], again["refused"]), (0, 0), said)

    def test_a_statement_is_there_once_or_not_at_all(self):
        for words in (("alert", "--test", "--to", "KG", "--wait", 5, "--title"),
                      ("add", "indicator", "--source-type", "custody", "--to", "KG", "--selector",
                       "phone=+992900000001", "--use")):
            usual = self.usual(*words, "the usual")
            for i in range(ROUNDS):
                text = f"Statement{words[0]}{i}x"
                over, done, said = self.interrupted(usual, *words, text)
                found = self.f.tj.tamga("query", text, "--all", code=None).rows_of("hit")
                self.assertLessEqual(len(found), 1, said)
                for row in done.rows_of("record"):
                    self.assertEqual([row["ref"]], [hit["ref"] for hit in found], said)
                self.assertTrue(found or not over, said)
        self.f.await_converged("TJ")

    def test_a_query_leaves_nothing(self):
        _, path = self.rows()
        self.usual("import", path, "--list", "asked", "--to", "none")
        words = ("query", "--list", "asked", "--limit", 0, "--all")
        usual = self.usual(*words)
        for _ in range(ROUNDS):
            self.interrupted(usual, *words)

    def test_a_backup_is_whole_or_not_there(self):
        usual = self.usual("backup", os.path.join(self.f.root, "usual"))
        for i in range(ROUNDS):
            path = os.path.join(self.f.root, f"backup{i}")
            # Whoever comes while the node still gives the last one up is told so; that is no answer to this.
            wait_for("the node gives no backup any more", lambda: self.free(), 30)
            over, _, said = self.interrupted(usual, "backup", path)
            # A signal may come between the last word of a backup and the end of the program: then it is whole.
            there = os.path.exists(path)
            self.assertTrue(there or not over, said)
            if there:
                self.f.tj.tamga("backup", "--check", path)
            self.assertEqual([name for name in os.listdir(self.f.root) if ".partial-" in name], [], said)

    def free(self):
        probe = os.path.join(self.f.root, f"probe{random.getrandbits(32):08x}")
        return self.f.tj.tamga("backup", probe, code=None).code == 0

    def test_a_terminal_that_was_quiet_is_heard_again(self):
        if not harness.has_terminals():
            self.skipTest("no terminals here")
        for number in SIGNALS:
            ours, theirs = pty.openpty()
            before = termios.tcgetattr(theirs)
            process = subprocess.Popen([harness.TAMGA, "init", os.path.join(self.f.root, f"new{number}"), "--root-here",
                                        "--country", "TM", "--name", "Service of TM", "--listen", "tcp://127.0.0.1:20001"],
                                       stdin=theirs, stdout=theirs, stderr=theirs, env=harness.environment())
            wait_for("it does not ask", lambda: not termios.tcgetattr(theirs)[3] & termios.ECHO)
            process.send_signal(number)
            self.assertEqual(process.wait(timeout=harness.DEADLINE_SECONDS), -number)
            self.assertEqual(termios.tcgetattr(theirs), before, number.name)
            os.close(ours)
            os.close(theirs)
            self.assertFalse(os.path.exists(os.path.join(self.f.root, f"new{number}")))

    def test_the_node_itself_while_it_takes_a_list_in(self):
        tj = self.f.tj
        name, path = self.rows()
        usual = self.usual("import", path, "--list", name, "--to", "KG")
        for _ in range(NODE_ROUNDS):
            name, path = self.rows()
            number = self.chance.choice(SIGNALS + (signal.SIGKILL,))
            after = self.chance.uniform(0, usual)
            watch = harness.Watch(tj)
            process = self.begin("import", path, "--list", name, "--to", "KG", "--socket", watch.path)
            timer = threading.Timer(after, tj.process.send_signal, (number,))
            timer.start()
            out, err = process.communicate(timeout=harness.DEADLINE_SECONDS)
            timer.join()
            watch.close()
            told = sum(fields["new"] for verb, fields in watch.acknowledged if verb == "import.batch")
            said = f"{number.name} to the node after {after:.3f} s, {told} acknowledged: {process.returncode}\n{err.decode()}"
            if number == signal.SIGHUP:
                self.assertEqual(process.returncode, 0, said)
                self.assertIsNone(tj.process.poll(), said)
            else:
                code = tj.process.wait(timeout=harness.DEADLINE_SECONDS)
                self.assertEqual(code, -number if number == signal.SIGKILL else 0, said + tj.log_text()[-2000:])
                self.assertIn(process.returncode, (0, 3, 4), said)
                tj.process = None
                tj.start()
            self.assertGreaterEqual(self.held(name), told, said)
            tj.tamga("import", path, "--list", name, "--to", "KG")
            self.assertEqual(self.held(name), ROWS, said)
        tj.process.send_signal(signal.SIGHUP)
        wait_for("a hangup is not written down", lambda: "hangup" in tj.log_text())
        self.f.await_links()
        self.f.await_converged("TJ")
        self.assertEqual(self.f.kg.count(("list", name)), ROWS)


if __name__ == "__main__":
    harness.main()
