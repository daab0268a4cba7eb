"""A record is corrected: compared, sent to everybody who got it, chained; its review is written down; expiry hides."""
import harness
from harness import wait_for

HANDLING = ("--grade", "B2", "--purpose", "search", "--legal-basis", "order 1", "--source-type", "human")


def person(node, name, review, expiry, to):
    done = node.tamga("add", "person", "--name", name, "--birth", "1984-07-21", "--status", "wanted", *HANDLING, "--review",
                      review, "--expiry", expiry, "--to", to, "--list", "wanted", "--external-id", name.split()[0])
    return done.row("record")["ref"]


class Corrected(harness.Story):
    countries = ("TJ", "KG")

    def test_a_correction_reaches_every_holder_and_hides_the_old_version(self):
        tj, kg = self.f.tj, self.f.kg
        ref = person(tj, "Karim Valiev", "2030-01-01", "2031-01-01", "KG")
        wait_for("not indexed", lambda: kg.tamga("show", ref, code=None).code == 0)
        dispute = kg.tamga("dispute", ref, "--ground", "wrong_fact", "--text", "born a day later", "--wait", "30").row("record")["ref"]

        dry = tj.tamga("correct", ref, "--birth", "1984-07-22", "--dry-run")
        self.assertEqual([(row["path"], row["old"], row["new"]) for row in dry.rows_of("change")],
                         [("person.births", [{"date": "1984-07-21"}], [{"date": "1984-07-22"}])])
        same = tj.tamga("correct", ref, "--birth", "1984-07-21", "--why", "no reason", code=1)
        self.assertIn("nothing changes", same.err)
        self.assertIn("did you mean", tj.tamga("correct", ref, "--status", "wantd", "--why", "x", code=1).err)
        refused = kg.tamga("correct", ref, "--birth", "1984-07-22", "--why", "as in the passport", code=5)
        self.assertIn("tamga dispute", refused.err)

        done = tj.tamga("correct", ref, "--birth", "1984-07-22", "--why", "as in the passport", "--dispute", dispute, "--wait", "30")
        newer = done.rows_of("record")[0]["ref"]
        self.assertEqual([row["country"] for row in done.rows_of("stored")], ["KG"])
        for node in (tj, kg):
            wait_for("still the old one", lambda: [row["ref"] for row in node.tamga(
                "query", "Karim Valiev", code=None).rows_of("hit")] == [newer])
            old = node.tamga("show", ref)
            self.assertEqual(old.row("provenance")["state"], "superseded")
            self.assertIn((newer, "superseded_by"), [(row["ref"], row["relation"]) for row in old.rows_of("related")])
            self.assertEqual([row["state"] for row in old.rows_of("dispute")], ["corrected"])
            self.assertEqual([row["decision_text"] for row in old.rows_of("dispute")], ["as in the passport"])
            record = node.tamga("show", newer).rows[0]
            self.assertEqual(record["head"]["external_id"], "Karim")
            self.assertIn("as in the passport", record["head"]["note"])
        told = [row["text"] for row in kg.tamga("notices").rows_of("notice") if row["kind"] == "correction"]
        self.assertEqual([text for text in told if "you were shown" not in text], [f"TJ corrected {ref}: births"])
        harness.wait_for("who was shown the old version is not told", lambda: any(
            f"TJ corrected {ref}, which you were shown" in row["text"] for row in kg.tamga("notices").rows_of("notice")))
        again = tj.tamga("correct", ref, "--birth", "1990", "--why", "x", code=1)
        self.assertIn(newer, again.err)

    def test_a_field_is_taken_out_and_a_path_that_is_none_is_named(self):
        tj = self.f.tj
        ref = person(tj, "Sher Nazarov", "2030-01-01", "2031-01-01", "none")
        self.assertIn("nothing stands at 'person.brith'",
                      tj.tamga("correct", ref, "--unset", "person.brith", "--why", "x", code=1).err)
        done = tj.tamga("correct", ref, "--unset", "person.births", "--why", "not known")
        self.assertNotIn("births", tj.tamga("show", done.row("record")["ref"]).rows[0]["person"])

    def test_a_review_is_listed_and_its_outcome_written_down(self):
        tj, kg = self.f.tj, self.f.kg
        ref = person(tj, "Olim Sharipov", "2020-01-01", "2031-01-01", "KG")
        rows = tj.tamga("review", "--overdue").rows_of("review")
        self.assertIn((ref, "2020-01-01"), [(row["ref"], row["review"]) for row in rows])
        self.assertEqual(kg.tamga("review", "--overdue", code=1).rows_of("review"), [])
        self.assertIn("review lies behind expiry", tj.tamga("review", ref, "--keep-until", "2033-01-01", "--text", "x", code=1).err)
        done = tj.tamga("review", ref, "--keep-until", "2030-12-31", "--text", "still wanted")
        newer = done.row("record")["ref"]
        self.assertNotIn(ref, [row["ref"] for row in tj.tamga("review", "--overdue", code=None).rows_of("review")])
        self.assertIn(newer, [row["ref"] for row in tj.tamga("review", "--due", "2031").rows_of("review")])

    def test_a_withdrawn_entry_is_taken_again_once_it_is_reinstated(self):
        tj, kg = self.f.tj, self.f.kg
        file = tj.file("n.csv", harness.csv_phones(3))
        tj.tamga("import", file, "--list", "numbers", "--to", "KG")
        ref = tj.tamga("show", "numbers:n1").row("provenance")["ref"]
        tj.tamga("withdraw", "numbers:n1", "--reason", "error", "--yes")
        self.assertEqual(tj.tamga("import", file, "--list", "numbers", "--to", "KG").row("import")["blocked"], 1)
        rows = tj.tamga("reinstate", "--list").rows_of("blocked")
        self.assertEqual([(row["ref"], row["blocked"]) for row in rows], [(ref.split("#")[0] + "#2", "number")])
        tj.tamga("reinstate", "numbers:n1", "--yes", code=2)
        tj.tamga("reinstate", "numbers:n1", "--reason", "order lifted", code=5)
        tj.tamga("reinstate", "numbers:n1", "--reason", "order lifted", "--yes")
        self.assertIn("nothing of", tj.tamga("reinstate", ref, "--reason", "x", "--yes", code=1).err)
        done = tj.tamga("import", file, "--list", "numbers", "--to", "KG").row("import")
        self.assertEqual((done["new"], done["blocked"], done["unchanged"]), (1, 0, 2))
        wait_for("KG has it not", lambda: kg.tamga("show", "numbers:n1", code=None).code == 0)
        self.assertTrue(any(row["verb"] == "reinstate" and row["reason"] == "order lifted"
                            for row in tj.tamga("audit", "access", "--limit", "50").rows_of("access")))

    def test_what_has_expired_is_hidden_counted_and_shown_with_all(self):
        tj = self.f.tj
        ref = person(tj, "Jamshid Karimov", "2019-01-01", "2020-01-01", "none")
        done = tj.tamga("query", "Jamshid Karimov", code=1)
        self.assertEqual(done.rows_of("hit"), [])
        self.assertIn("1 ", done.err)
        hits = tj.tamga("query", "--all", "Jamshid Karimov").rows_of("hit")
        self.assertEqual([(row["ref"], row["state"]) for row in hits], [(ref, "expired")])


if __name__ == "__main__":
    harness.main()
