"""What comes in is told to who watches: at once, once, and without a gap when either side dies.

Real nodes. Must not know store formats. Claims: docs/control.md `notices`, docs/cli.md "Watching".
"""
import json
import os
import signal
import subprocess

import harness
from harness import wait_for


class Watching:
    """A running `tamga watch --new --format json`, from when it watches; its lines as they come."""

    def __init__(self, node, *words, cursor=None):
        self.node = node
        self.out = os.path.join(node.federation.root, f"watch-{id(self):x}.out")
        self.err = self.out + ".err"
        self.cursor = cursor or self.out + ".cursor"
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen([harness.TAMGA, "watch", "--data", node.folder, "--format", "json", "--new",
                                             "--cursor-file", self.cursor, *words], env=harness.environment(),
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        wait_for(lambda: f"it does not watch: {self.talk()}", self.kept)

    def kept(self):
        """What the cursor file says."""
        if not os.path.exists(self.cursor):
            return None
        with open(self.cursor, encoding="ascii") as file:
            return file.read()

    def rows(self):
        """Whole lines alone."""
        with open(self.out, encoding="utf-8") as file:
            return [json.loads(line) for line in file.read().split("\n")[:-1]]

    def talk(self):
        with open(self.err, encoding="utf-8") as file:
            return file.read()

    def await_text(self, text):
        return wait_for(lambda: f"'{text}' was not told: {self.rows()} {self.talk()}",
                        lambda: next((row for row in self.rows() if text in row["text"]), None))

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(timeout=harness.DEADLINE_SECONDS)


class Watch(harness.Story):
    countries = ("TJ", "KG")

    def alert(self, title, *words):
        return self.f.tj.tamga("alert", "--title", title, "--to", "KG", "--wait", 20, "--yes", *words)

    def test_an_alert_is_told_while_it_is_watched_with_its_nature_and_precedence(self):
        watching = Watching(self.f.kg)
        self.alert("Riot in block three", "--flash", "--exercise")
        row = watching.await_text("Riot in block three")
        self.assertEqual((row["kind"], row["nature"], row["precedence"]), ("alert", "exercise", "flash"))
        self.assertIn("EXERCISE FLASH", row["text"])
        watching.end()

    def test_what_comes_while_the_node_is_down_or_killed_is_told_once_it_is_back(self):
        watching = Watching(self.f.kg)
        self.alert("Before")
        watching.await_text("Before")
        self.f.kg.kill()
        wait_for("nothing is said", lambda: "the node is gone" in watching.talk())
        self.f.tj.tamga("alert", "--title", "Meanwhile", "--to", "KG", "--wait", 0)
        self.f.kg.start()
        watching.await_text("Meanwhile")
        self.assertIn("the node is back", watching.talk())
        texts = [row["text"] for row in watching.rows()]
        self.assertEqual(len(texts), len(set(texts)), "told twice")
        watching.end()

    def test_a_script_that_dies_goes_on_from_its_cursor_file(self):
        cursor = os.path.join(self.f.root, "script.cursor")
        watching = Watching(self.f.kg, cursor=cursor)
        self.alert("First of the script")
        row = watching.await_text("First of the script")
        wait_for("the cursor is not kept", lambda: watching.kept() == f"{row['cursor']}\n")
        watching.end(signal.SIGKILL)
        self.alert("Second of the script")
        self.alert("Third of the script")
        again = self.f.kg.tamga("watch", "--once", "--cursor-file", cursor)
        self.assertEqual([row["text"].split(": ")[1] for row in again.rows_of("notice")],
                         ["Second of the script", "Third of the script"])
        self.assertEqual(self.f.kg.tamga("watch", "--once", "--cursor-file", cursor).rows, [])

    def test_every_cursor_between_two_is_told_when_the_node_is_killed_in_a_burst(self):
        """Notices of an import meeting another country's; KG dies in the middle, several times."""
        phones = "kind,type,value\n" + "".join(f"indicator,phone,+9967001{i:05d}\n" for i in range(400))
        path = self.f.tj.file("burst.csv", phones)
        self.f.kg.tamga("import", path, "--list", "burst-kg", "--to", "none")
        watching = Watching(self.f.kg, "--kind", "convergence")
        importing = subprocess.Popen([harness.TAMGA, "import", path, "--list", "burst-tj", "--to", "KG", "--data",
                                      self.f.tj.folder], env=harness.environment(), stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for target in (1, 120):
            wait_for("no notice", lambda: len(watching.rows()) >= target or importing.poll() is not None)
            self.f.kg.kill()
            self.f.kg.start()
        importing.wait(timeout=harness.DEADLINE_SECONDS)
        wait_for(lambda: f"{len(watching.rows())} of 400 meetings were told",
                 lambda: len({row["ref"] for row in watching.rows()}) == 400)
        cursors = [row["cursor"] for row in watching.rows()]
        self.assertEqual(cursors, sorted(set(cursors)), "out of order, or twice")
        listed = self.f.kg.tamga("notices", "--kind", "convergence", "--limit", 5000).rows_of("notice")
        self.assertEqual(cursors, [row["cursor"] for row in listed], "what is listed is what was told")
        watching.end()

    def test_a_reader_that_ends_ends_the_watching(self):
        self.alert("For a pipe")
        done = subprocess.run(f"'{harness.TAMGA}' watch --data '{self.f.kg.folder}' | head -n 1", shell=True,
                              env=harness.environment(), stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=harness.DEADLINE_SECONDS)
        self.assertEqual(len(done.stdout.splitlines()), 1, done)


if __name__ == "__main__":
    harness.main()
