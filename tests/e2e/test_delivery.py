"""What is told reaches its addressees, and nobody else; what stands on a disk tells a thief nothing.

Three real nodes. Must not know message or store formats. Claims: ARCHITECTURE.md, docs/control.md.
"""
import os

import harness
from harness import wait_for

SECRET_NAME = "Quvvatbek Zarnigorzoda"
SECRET_PHONE = "992935550417"
SECRET_TEXT = "Xylocarp-Mizrab-7741"
SECRET_DOCUMENT = "A73019942"
SECRET_FACILITY = "Zindoni Vakhshkala"
SECRET_HANDLE = "qalandar_hush9931"
SECRET_NUMBER = "QH-55120"
SECRETS = ("Quvvatbek", "Zarnigorzoda", SECRET_NAME, SECRET_PHONE[3:], "Mizrab", SECRET_DOCUMENT, "Vakhshkala",
           SECRET_HANDLE, SECRET_NUMBER)


class Delivery(harness.Story):
    def test_an_alert_to_two_is_stored_by_both_and_reads_the_same(self):
        told = self.f.tj.tamga("alert", "--flash", "--title", "Riot in block three", "--facility", "Central", "--to",
                               "KG,UZ", "--wait", 20, "--yes")
        self.assertEqual({row["country"] for row in told.rows_of("stored")}, {"KG", "UZ"})
        ref = told.row("record")["ref"]
        records = {country: node.tamga("show", ref).rows[0] for country, node in self.f.nodes.items()}
        self.assertEqual(records["TJ"]["alert"]["title"], "Riot in block three")
        self.assertEqual(records["TJ"], records["KG"])
        self.assertEqual(records["TJ"], records["UZ"])
        for node in (self.f.kg, self.f.uz):
            notices = [row for row in node.tamga("notices").rows_of("notice") if row["ref"] == ref]
            self.assertEqual([row["kind"] for row in notices], ["alert"])

    def test_who_is_not_addressed_gets_the_leaf_and_no_more(self):
        told = self.f.tj.tamga("alert", "--title", "For Bishkek only", "--to", "KG", "--wait", 20)
        ref, record_id = told.row("record")["ref"], told.row("record")["id"]
        index = told.row("done")["index"]
        self.f.await_converged("TJ")
        self.assertEqual(self.f.uz.root_of("TJ"), self.f.tj.root_of("TJ"))
        self.assertIn(record_id, self.f.kg.ids(("state", "all")))
        self.assertNotIn(record_id, self.f.uz.ids(("state", "all")))
        states = {c: n.entries_of("TJ")[index] for c, n in self.f.nodes.items()}
        self.assertEqual(states["TJ"]["leaf"], states["UZ"]["leaf"])
        self.assertEqual(states["KG"]["state"], "read")
        self.assertNotEqual(states["UZ"]["state"], "read")
        self.assertEqual(states["UZ"].get("bytes", 0), 0, "the envelope itself must not be there")
        self.f.uz.tamga("show", ref, code=1)
        self.f.uz.tamga("query", "Bishkek only", code=1)
        self.f.kg.tamga("query", "Bishkek only", code=0)

    def test_what_is_kept_here_goes_nowhere_but_its_leaf_does(self):
        done = self.f.kg.tamga("alert", "--title", "Kept at home", "--to", "none").row("record")
        self.f.await_converged("KG")
        for node in (self.f.tj, self.f.uz):
            self.assertNotIn(done["id"], node.ids(("state", "all")))
            node.tamga("show", done["ref"], code=1)
        self.f.kg.tamga("show", done["ref"])

    def test_every_node_sees_the_same_log_after_all_have_spoken(self):
        for node in self.f.nodes.values():
            for i in range(5):
                node.publish([harness.alert_record(f"round {i} of {node.country}")], "all")
        self.f.await_converged()
        for country in self.f.nodes:
            leaves = [[row["leaf"] for row in node.entries_of(country)] for node in self.f.nodes.values()]
            self.assertEqual(leaves[0], leaves[1])
            self.assertEqual(leaves[0], leaves[2])
        for node in self.f.nodes.values():
            for country in self.f.nodes:
                for i in range(5):
                    wait_for(f"{node.country} has no 'round {i} of {country}'",
                             lambda: node.tamga("query", f"round {i} of {country}", code=None).code == 0)



class Convergence(harness.Story):
    def test_a_number_that_two_countries_report_is_told_to_both_and_not_to_the_third(self):
        ours = self.f.tj.tamga("add", "indicator", "--selector", "phone=+996 700 123 456", "--source-type", "custody",
                               "--to", "KG", "--wait", 20).row("record")
        theirs = self.f.kg.tamga("add", "indicator", "--selector", "phone=00996-700-123456", "--source-type", "human",
                                 "--to", "TJ", "--wait", 20).row("record")

        def told(node):
            return [row for row in node.tamga("notices").rows_of("notice") if row["kind"] == "convergence"]
        for node in (self.f.tj, self.f.kg):
            notices = wait_for(f"{node.country} was told of no convergence", lambda: told(node))
            self.assertEqual(len(notices), 1, notices)
            self.assertEqual({notices[0]["ref"], notices[0]["other"]}, {ours["ref"], theirs["ref"]})
            self.assertEqual({notices[0]["country"], notices[0]["other_country"]}, {"TJ", "KG"})
        self.f.await_converged("TJ", "KG")
        self.assertEqual(told(self.f.uz), [], "a node that may read neither record learns nothing")

    def test_the_same_number_twice_from_one_country_is_no_convergence(self):
        for text in ("first", "second"):
            self.f.uz.tamga("add", "indicator", "--selector", "phone=+998901112233", "--source-type", "human", "--text",
                            text, "--to", "KG", "--wait", 20)
        refs = {row["ref"] for node in self.f.nodes.values() for row in node.tamga("notices").rows_of("notice")
                if row["kind"] == "convergence" and row["country"] == "UZ" and row["other_country"] == "UZ"}
        self.assertEqual(refs, set())

    def test_the_question_about_a_record_meets_neither_it_nor_what_else_is_said_of_it(self):
        tj, kg = self.f.tj, self.f.kg
        said = ("--source-type", "custody", "--to", "TJ", "--wait", 20)
        kept = ("--grade", "B2", "--purpose", "case", "--legal-basis", "case 1", "--review", "2031-01-01", "--expiry", "2032-01-01")
        man = kg.tamga("add", "person", "--name", "Акмал Турдиев", "--status", "wanted", *kept, *said).row("record")
        kg.tamga("add", "custody", "--person", man["ref"], "--facility", "Central", "--status", "held", *kept, *said)
        asked = tj.tamga("ask", "Who visited him?", "--about", man["ref"], "--to", "KG", "--wait", 20).row("record")
        ours = tj.tamga("add", "person", "--name", "Akmal Turdiev", "--status", "suspect", "--source-type", "custody", *kept,
                        "--to", "KG", "--wait", 20).row("record")

        def met(node):
            return [{row["ref"], row["other"]} for row in node.tamga("notices").rows_of("notice")
                    if row["kind"] == "convergence"]
        for node in (tj, kg):
            wait_for(f"{node.country} was not told of the other man", lambda: {ours["ref"], man["ref"]} in met(node))
            self.assertEqual([pair for pair in met(node) if asked["ref"] in pair], [], "a question is no find")


class Situation(harness.Story):
    def test_situation_and_measures_are_equal_on_three_nodes(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        every = ("--to", "all", "--wait", 20)
        press = ("--source-type", "press", "--source", "A newspaper", "--source-date", "2024-06-20")
        tj.tamga("add", "facility", "--name", "Central", "--country", "TJ", "--kind", "prison", "--capacity", 900,
                 "--held", 1400, "--held-as-of", "2024-06", *every)
        uz.tamga("add", "cell", "--facility", "Northern", "--facility-country", "UZ", "--size", "15-20", "--size-as-of",
                 "2024-06-01", *press, *every)
        kg.tamga("add", "incident", "--kind", "escape_attempt", "--facility", "Southern", "--facility-country", "KG",
                 "--from", "2024-05-03", "--title", "A wall was climbed", "--source-type", "court", *every)
        kg.tamga("add", "assessment", "--factor", "overcrowding", "--severity", "high", "--text", "two men to a bed",
                 "--country", "TJ", "--as-of", "2024-06", *press, *every)
        tj.tamga("add", "measure", "--action", "train the staff", "--country", "UZ", "--start", "2024-07-01", "--months",
                 6, "--status", "agreed", *every)
        uz.tamga("add", "measure", "--action", "mend the cameras", "--country", "KG", "--due", "2024-12", "--status",
                 "running", *every)
        self.f.await_converged()
        for words in (("situation", "--as-of", "2024-06-30"), ("measures", "--as-of", "2025-02-01"),
                      ("measures", "--as-of", "2024-08-01"), ("measures", "--overdue", "--as-of", "2025-02-01")):
            # When each node stored a record is its own.
            answers = [[{**row, "stored": None} for row in node.tamga(*words).rows] for node in self.f.nodes.values()]
            self.assertTrue(answers[0], words)
            self.assertEqual(answers[0], answers[1], words)
            self.assertEqual(answers[0], answers[2], words)
        overdue = self.f.tj.tamga("measures", "--overdue", "--as-of", "2025-01-01")
        self.assertIn("mend the cameras", overdue.out)
        before = self.f.tj.tamga("measures", "--overdue", "--as-of", "2024-12-31", code=None)
        self.assertNotIn("mend the cameras", before.out)


class StolenDisk(harness.Story):
    """The three nodes hold and have been asked about what a thief wants to know."""

    def plant(self):
        tj, kg = self.f.tj, self.f.kg
        handling = ("--source-type", "human", "--source", SECRET_TEXT + "-source", "--grade", "B2", "--purpose",
                    "search", "--legal-basis", "order 1", "--review", "2027-01-01", "--expiry", "2028-01-01")
        tj.tamga("add", "person", "--name", SECRET_NAME, "--birth", "1984-07-21", "--status", "wanted", "--document",
                 f"passport:TJ:{SECRET_DOCUMENT}", "--text", SECRET_TEXT, *handling, "--to", "KG", "--wait", 20)
        kg.tamga("add", "indicator", "--selector", f"phone=+{SECRET_PHONE}", "--use", SECRET_TEXT, "--source-type",
                 "human", "--to", "TJ", "--wait", 20)
        tj.tamga("add", "indicator", "--selector", f"phone=+{SECRET_PHONE}", "--source-type", "human", "--to", "KG",
                 "--wait", 20)
        kg.tamga("alert", "--title", SECRET_TEXT, "--facility", SECRET_FACILITY, "--to", "TJ", "--wait", 20)
        rows = f"kind,type,value,note,external_id\nindicator,telegram,@{SECRET_HANDLE},{SECRET_TEXT},{SECRET_NUMBER}\n"
        kg.tamga("import", kg.file("secret.csv", rows), "--list", "quiet", "--to", "TJ")
        self.f.await_converged()

    def ask(self):
        for node in (self.f.tj, self.f.kg):
            node.tamga("query", SECRET_NAME, "--reason", "case 12")
            node.tamga("query", f"+{SECRET_PHONE}", "--reason", "case 12")
            node.tamga("query", SECRET_TEXT, "--reason", "case 12")
            node.tamga("query", "--facility", SECRET_FACILITY, "--reason", "case 12")
            wait_for("the handle did not come", lambda: node.tamga("query", f"@{SECRET_HANDLE}", code=None).code == 0)
            node.tamga("notices")
            node.tamga("reindex")
        self.f.uz.tamga("query", SECRET_NAME, code=1)

    def found(self):
        """(secret, path) of every secret that stands in a file, in letters or UTF-16, whole or the digits' tail."""
        hits = set()
        for node in self.f.nodes.values():
            for path, content in node.disk().items():
                lower = content.lower()
                for secret in SECRETS:
                    for form in (secret.lower().encode(), secret.lower().encode("utf-16-le"), secret.encode().hex().encode()):
                        if form in lower:
                            hits.add((secret, os.path.relpath(path, self.f.root)))
        return hits

    def test_nothing_that_was_told_or_asked_stands_in_any_file(self):
        self.plant()
        self.ask()
        self.assertEqual(self.found(), set(), "while the nodes run")
        self.f.stop_all()
        self.assertEqual(self.found(), set(), "after they have ended")
        # The search itself must be able to find: one byte string in a node's file, another in its log.
        self.f.uz.file("uz/note", f"..{SECRET_NAME}..")
        with open(self.f.uz.log, "a") as log:
            log.write(SECRET_PHONE)
        self.assertEqual(self.found(), {
            ("Quvvatbek", "uz/note"), ("Zarnigorzoda", "uz/note"), (SECRET_NAME, "uz/note"),
            (SECRET_PHONE[3:], "uz.log")})


if __name__ == "__main__":
    harness.main()
