"""The index is thrown away in every way there is, and the answers stay the same, letter by letter."""
import os
import shutil

import harness
from harness import wait_for

UN_LIST = os.path.join(harness.DATA, "un_sc", "excerpt.xml")
PHONES = 1500
QUESTIONS = [
    ["KIM JONG SIK"], ["Kim Chong-sik"], ["Карим Валиев"], ["عابد حامد محمود التكريتي"], ["Abid Hamid", "--birth", "1957"],
    ["--name", "Karim Valiyev"], ["--name", "Карим Валиев", "--birth", "1984"], ["+996700000007"], ["00996 700 001 499"],
    ["--type", "phone", "--value", "996700000003"], ["--type", "telegram", "--value", "@example_one"], ["riot"],
    ["--facility", "Central"], ["--kind", "alert", "--sort", "time"], ["--kind", "person", "--limit", "50"],
    ["--kind", "indicator", "--limit", "30", "--offset", "700", "--sort", "time"], ["--list", "un_sc", "--sort", "time"],
    ["--origin", "KG", "--limit", "100", "--sort", "time"], ["un_sc:KPi.066"], ["nobody has ever said this"],
    ["--all", "Valiev"], ["KG:A7301994"],
]
SCREENS = [["situation", "--as-of", "2024-06-30"], ["measures", "--as-of", "2024-06-30"], ["notices"]]


class Rebuilt(harness.Story):
    countries = ("TJ", "KG")
    first = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tj, kg = cls.f.tj, cls.f.kg
        tj.tamga("import", UN_LIST, "--to", "KG")
        tj.tamga("import", tj.file("p.csv", harness.csv_phones(PHONES)), "--list", "numbers", "--to", "KG")
        changed = harness.csv_phones(PHONES).replace("n12,found in a parcel", "n12,found in a car")
        tj.tamga("import", tj.file("p.csv", changed), "--list", "numbers", "--to", "KG")
        handling = ("--grade", "B2", "--purpose", "search", "--legal-basis", "order 1", "--review", "2027-01-01",
                    "--expiry", "2028-01-01", "--source-type", "human", "--to", "all")
        kg.tamga("add", "person", "--name", "Karim Valiev", "--birth", "1984-07-21", "--status", "wanted", "--document",
                 "passport:KG:A7301994", "--selector", "telegram=@example_one", *handling)
        tj.tamga("add", "person", "--name", "Карим Валиев", "--birth", "1984", "--status", "suspect", *handling)
        kg.tamga("alert", "--title", "Riot in block 3", "--facility", "Central", "--to", "all", "--flash", "--yes")
        kg.tamga("add", "cell", "--facility", "Central", "--facility-country", "KG", "--size", "15-20", "--source-type",
                 "press", "--size-as-of", "2024-06", "--to", "all")
        kg.tamga("add", "measure", "--action", "mend the cameras", "--due", "2024-05", "--status", "agreed", "--to", "all")
        tj.tamga("withdraw", "numbers:n77", "--reason", "error", "--yes")
        cls.f.await_converged()

    def answers(self, node):
        asked = [["query", *words] for words in QUESTIONS] + SCREENS[:2]
        answers = [(words, *self.answer(node, words)) for words in asked]
        answers.append(("records", sorted((row["ref"], row["state"], row["id"], row.get("record"))
                                          for row in node.records(("state", "all")))))
        answers += [(ref, self.shown(node, ref)) for ref in ("numbers:n12", "un_sc:IQi.004", "KG-1", "numbers:n77")]
        return answers

    def shown(self, node, ref):
        """Without the time of a holder's newest receipt, which comes with each link."""
        timed = ("holder", "addressee")
        done = node.tamga("show", ref, code=None)
        return done.err, [{**row, "at": None} if row.get("row") in timed else row for row in done.rows]

    def answer(self, node, words):
        done = node.tamga(*words, code=None)
        self.assertIn(done.code, (0, 1), done)
        return done.code, done.rows

    def settled(self, node):
        """Answers once nothing waits to be indexed."""
        wait_for("the index is behind", lambda: node.tamga("status").row("node")["behind"] == 0)
        return self.answers(node)

    def before(self, node):
        """The answers of the index that grew by itself; the same for every test."""
        if node not in self.first:
            self.first[node] = self.settled(node)
        return self.first[node]

    def compare(self, node):
        before, after = self.before(node), self.settled(node)
        for old, new in zip(before, after):
            self.assertEqual(old, new)
        self.assertEqual(len(before), len(after))

    def test_there_is_something_to_find(self):
        for words in QUESTIONS:
            found = self.answer(self.f.tj, ["query", *words])[0]
            self.assertEqual(found, 1 if words == ["nobody has ever said this"] else 0, words)

    def test_reindex(self):
        for node in self.f.nodes.values():
            self.before(node)
            done = node.tamga("reindex", "--yes")
            self.compare(node)
            self.assertGreater(done.rows[-1]["records"], PHONES)

    def test_the_index_deleted(self):
        for node in self.f.nodes.values():
            self.before(node)
            node.stop()
            shutil.rmtree(os.path.join(node.folder, "store", "index"))
            node.start()
            self.compare(node)
        self.f.await_links()

    def test_discarded_at_the_start(self):
        for node in self.f.nodes.values():
            self.before(node)
            node.restart("--discard-index")
            self.compare(node)

    def test_killed_while_it_is_built(self):
        tj = self.f.tj
        self.before(tj)
        for option in (["--discard-index"], ["--discard-index"], []):
            tj.stop()
            tj.launch(*option)
            wait_for("does not start", lambda: os.path.exists(tj.socket) or tj.process.poll() is not None)
            tj.kill()
            tj.start()
        self.compare(tj)
        tj.kill()
        tj.start()
        self.compare(tj)


if __name__ == "__main__":
    harness.main()
