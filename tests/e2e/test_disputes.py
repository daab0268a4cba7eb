"""A record is contested at one node, marked at every holder, and decided, corrected or withdrawn by its origin."""
import harness
from harness import wait_for

HANDLING = ("--grade", "B2", "--purpose", "search", "--legal-basis", "order 1", "--review", "2030-01-01", "--expiry",
            "2031-01-01", "--source-type", "human")


def person(node, name, *more):
    done = node.tamga("add", "person", "--name", name, "--birth", "1984-07-21", "--status", "wanted", *HANDLING, *more)
    return done.row("record")["ref"]


def provenance(node, ref):
    return node.tamga("show", ref).row("provenance")


def disputed(node, ref):
    return provenance(node, ref).get("disputed", 0)


class Contested(harness.Story):
    """TJ knows both; KG and UZ do not know each other."""

    countries = ("TJ", "KG", "UZ")

    @classmethod
    def setUpClass(cls):
        cls.f = harness.Federation(*cls.countries, enrol=False)
        tj, kg, uz = cls.f.tj, cls.f.kg, cls.f.uz
        for one, other in ((tj, kg), (kg, tj), (tj, uz), (uz, tj)):
            one.enrol(other)
        for one, other in ((tj, kg), (tj, uz)):
            wait_for("no link", lambda: one.link(other.country) == "up" and other.link(one.country) == "up")

    def shared(self, name):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        ref = person(tj, name, "--to", "KG,UZ", "--wait", "30")
        for node in (kg, uz):
            wait_for("not indexed", lambda: node.tamga("show", ref, code=None).code == 0)
        return ref

    def test_a_dispute_marks_passes_on_and_is_rejected(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        ref = self.shared("Karim Valiev")
        done = kg.tamga("dispute", ref, "--ground", "wrong_person", "--text", "prints differ", "--days", "10", "--wait", "30")
        dispute = done.row("record")["ref"]
        self.assertEqual([row["country"] for row in done.rows_of("stored")], ["TJ"])
        self.assertEqual(len(done.rows_of("untold")), 1)
        self.assertEqual((disputed(tj, ref), disputed(kg, ref), disputed(uz, ref)), (1, 1, 0))
        shown = tj.tamga("show", ref)
        self.assertEqual(shown.row("dispute")["ground"], "wrong_person")
        self.assertIn(f"tamga dispute pass {dispute}", harness.run(harness.TAMGA, "show", ref, "--data", tj.folder).err)
        self.assertEqual(tj.tamga("query", "Karim Valiev").rows_of("hit")[0]["disputed"], 1)
        for node, who in ((kg, 5), (uz, 1)):
            refused = node.tamga("dispute", "decide", dispute, "--reject", "--text", "no", code=who)
            self.assertIn("TJ" if who == 5 else "no record", refused.err)

        tj.tamga("dispute", "pass", dispute, "--wait", "30")
        self.assertEqual((disputed(tj, ref), disputed(kg, ref), disputed(uz, ref)), (1, 1, 1))
        uz.restart()
        uz.tamga("reindex", "--yes")
        self.assertEqual(disputed(uz, ref), 1)
        self.f.tj.tamga("dispute", "decide", dispute, "--reject", "--text", "prints were compared", "--wait", "30")
        for node in (tj, kg, uz):
            wait_for(f"{node.country} still shows it", lambda: disputed(node, ref) == 0)
            ended = node.tamga("show", ref).rows_of("dispute")
            self.assertEqual({row["state"] for row in ended}, {"rejected"})
            self.assertEqual({row["decision_text"] for row in ended}, {"prints were compared"})
        again = tj.tamga("dispute", "decide", dispute, "--reject", "--text", "twice", code=1)
        self.assertIn("over already", again.err)
        notices = [row["text"] for row in kg.tamga("notices").rows if row.get("kind") == "dispute"]
        self.assertTrue(any("decided a dispute of " + ref in text for text in notices), notices)

    def test_a_withdrawal_ends_the_dispute_and_says_so(self):
        tj, kg = self.f.tj, self.f.kg
        ref = self.shared("Abdullo Rahmonov")
        dispute = kg.tamga("dispute", ref, "--ground", "unlawful", "--raised-by", "court", "--wait", "30").row("record")["ref"]
        tj.tamga("withdraw", ref, "--reason", "court_order", "--dispute", dispute, "--wait", "30", "--yes")
        for node in (tj, kg):
            rows = [row for row in node.tamga("dispute", "list", "--all").rows_of("dispute") if row["ref"] == dispute]
            self.assertEqual([row["state"] for row in rows], ["withdrawn"])
        self.assertNotIn(dispute, [row["ref"] for row in kg.tamga("dispute", "list", code=None).rows_of("dispute")])

    def test_the_author_takes_its_dispute_back(self):
        tj, kg = self.f.tj, self.f.kg
        ref = self.shared("Sher Nazarov")
        dispute = kg.tamga("dispute", ref, "--ground", "outdated", "--wait", "30").row("record")["ref"]
        wait_for("no mark", lambda: disputed(tj, ref) == 1)
        kg.tamga("withdraw", dispute, "--reason", "error", "--wait", "30", "--yes")
        wait_for("the mark stays", lambda: disputed(tj, ref) == 0)


if __name__ == "__main__":
    harness.main()
