"""Forty thousand records in one answer: in little memory on both sides, and no alert waits for it.

Claims: docs/control.md `query`, docs/cli.md "Long answers".
"""
import os
import signal
import subprocess
import time

import harness
from harness import wait_for

COUNT = 40000
MANY = ("--limit", 0)


class Many(harness.Story):
    countries = ("TJ", "KG")

    @classmethod
    def setUpClass(cls):
        # The sanitizer keeps what was freed; that is not memory in use.
        os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        super().setUpClass()
        tj = cls.f.tj
        rows = tj.file("many.csv", harness.csv_phones(COUNT, note="parcel"))
        done = tj.tamga("import", rows, "--list", "many", "--to", "none", seconds=600)
        assert done.row("import")["new"] == COUNT, done
        wait_for("not indexed", lambda: tj.call("status")[1]["behind"] == 0)

    def asking(self, *words, form="tsv", **how):
        words = [harness.TAMGA, "query", *words, "--data", self.f.tj.folder, "--format", form]
        return subprocess.Popen(list(map(str, words)), env=harness.environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", **how)

    def alert_us(self):
        begun = time.monotonic()
        told = self.f.tj.tamga("alert", "--title", "meanwhile", "--to", "KG", "--wait", 20)
        self.assertEqual({row["country"] for row in told.rows_of("stored")}, {"KG"})
        return time.monotonic() - begun

    def test_every_row_comes_once_and_memory_stays(self):
        tj = self.f.tj
        few, usual = harness.run_measured(harness.TAMGA, "query", "--list", "many", "--limit", 100, "--format", "tsv",
                                          "--data", tj.folder)
        self.assertEqual(len(few.out.splitlines()), 101)
        before = harness.memory_mb(tj.process.pid)[0]
        for words, form, lines in ((("--list", "many"), "tsv", COUNT + 1), (("parcel",), "json", COUNT),
                                   (("parcel",), "text", None)):
            with self.subTest(words=words, form=form):
                done, peak = harness.run_measured(harness.TAMGA, "query", *words, *MANY, "--format", form, "--data",
                                                  tj.folder, seconds=300)
                self.assertEqual(done.code, 0, done.err)
                self.assertIn(f"{COUNT} of {COUNT} shown", done.err)
                self.assertLess(peak - usual, 8, "MB more than for a few")
                if lines:
                    self.assertEqual(len(done.out.splitlines()), lines)
                if form == "tsv":
                    rows = [line.split("\t") for line in done.out.splitlines()]
                    what = rows[0].index("summary")
                    self.assertEqual(len({row[what] for row in rows[1:]}), COUNT)
        self.assertLess(harness.memory_mb(tj.process.pid)[1] - before, 32, "MB more in the node")

    def test_the_verb_records_gives_as_many(self):
        with self.f.tj.control() as control:
            rows, done = control.call("records", ("list", "many"))
        self.assertEqual((len(rows), done["total"]), (COUNT, COUNT))

    def test_an_alert_goes_out_meanwhile(self):
        usual = min(self.alert_us() for _ in range(3))
        with self.asking("parcel", *MANY) as asking:
            self.assertTrue(asking.stdout.read(4096))  # then nobody reads: the answer stays half given
            for _ in range(3):
                self.assertLess(self.alert_us(), usual + 1)
            self.assertIsNone(asking.poll(), "the answer is over")
            rest = asking.stdout.read()
            self.assertEqual(asking.wait(), 0)
            self.assertGreater(len(rest), COUNT * 100)
        with self.asking("parcel", *MANY, form="json") as asking:
            reader = subprocess.Popen(["wc", "-l"], stdin=asking.stdout, stdout=subprocess.PIPE, cwd="/")
            asking.stdout.close()
            self.assertLess(self.alert_us(), usual + 2, "while it is given as fast as it goes")
            self.assertIsNone(asking.poll(), "the answer is over")
            self.assertEqual(int(reader.communicate()[0]), COUNT)
            self.assertEqual(asking.wait(), 0)

    def test_who_stops_reading_ends_it_quietly(self):
        for form in ("tsv", "json", "text"):
            for ignored in (signal.SIG_DFL, signal.SIG_IGN):
                with self.subTest(form=form, ignored=ignored):
                    with self.asking("--list", "many", *MANY, form=form, restore_signals=False,
                                     preexec_fn=lambda: signal.signal(signal.SIGPIPE, ignored)) as asking:
                        self.assertTrue(os.read(asking.stdout.fileno(), 100))
                        asking.stdout.close()
                        said = asking.stderr.read()
                        self.assertEqual((said, asking.wait(timeout=harness.DEADLINE_SECONDS)), (b"", -signal.SIGPIPE))
        self.f.tj.tamga("status")

    def test_ctrl_c_ends_it_at_once(self):
        with self.asking("parcel", *MANY) as asking:
            self.assertTrue(asking.stdout.read(4096))
            begun = time.monotonic()
            asking.send_signal(signal.SIGINT)
            asking.wait(timeout=harness.DEADLINE_SECONDS)
            self.assertLess(time.monotonic() - begun, 2)
            asking.stdout.close()
        wait_for("the node still answers who is gone", lambda: not self.clients())

    def clients(self):
        """Connections to the control socket, as the kernel lists them."""
        with open("/proc/net/unix") as file:
            return [line for line in file if line.rstrip().endswith(self.f.tj.socket) and line.split()[5] == "03"]


if __name__ == "__main__":
    harness.main()
