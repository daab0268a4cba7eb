"""Lists taken in, again, changed, cut short, tried dry; a wrong record taken back everywhere and for good.

Claims: docs/control.md `import.*` and `withdraw`, docs/cli.md "Importing".
"""
import os

import harness
from harness import wait_for

UN_LIST = os.path.join(harness.DATA, "un_sc", "excerpt.xml")


def counts(done):
    row = done.row("import")
    return {name: row[name] for name in ("new", "changed", "unchanged", "withdrawn", "refused") if row[name]}


class Import(harness.Story):
    countries = ("TJ", "KG")

    def import_rows(self, rows, list_name, *words, **how):
        path = self.f.tj.file(f"{list_name}.csv", rows)
        return self.f.tj.tamga("import", path, "--list", list_name, "--to", "KG", *words, **how)

    def sizes(self):
        self.f.await_converged("TJ")
        return [node.size_of("TJ") for node in (self.f.tj, self.f.kg)]

    def listed(self, node, list_name):
        return {row["id"] for row in node.records(("list", list_name))}

    def test_the_same_file_twice_adds_nothing(self):
        rows = harness.csv_phones(1500, note="as it is")
        self.assertEqual(counts(self.import_rows(rows, "twice")), {"new": 1500})
        before, ids = self.sizes(), self.listed(self.f.tj, "twice")
        self.assertEqual(len(ids), 1500)
        self.assertEqual(counts(self.import_rows(rows, "twice")), {"unchanged": 1500})
        self.assertEqual(self.sizes(), before)
        self.assertEqual(self.listed(self.f.tj, "twice"), ids)
        self.assertEqual(self.listed(self.f.kg, "twice"), ids)

    def test_the_un_list_twice_adds_nothing(self):
        tj = self.f.tj
        first = tj.tamga("import", UN_LIST, "--to", "KG").row("import")
        self.assertGreater(first["new"], 0)
        before = self.sizes()
        again = tj.tamga("import", UN_LIST, "--to", "KG").row("import")
        self.assertEqual((again["new"], again["changed"], again["unchanged"]), (0, 0, first["new"]))
        self.assertEqual(self.sizes(), before)
        for node in (self.f.tj, self.f.kg):
            self.assertIn("KPi.066", node.tamga("query", "KIM JONG SIK").out)

    def test_a_row_that_stands_twice_in_one_file_is_one_record(self):
        rows = harness.csv_phones(3, prefix="d") + "indicator,phone,+996700000001,d1,found in a parcel\n"
        done = counts(self.import_rows(rows, "double"))
        self.assertEqual(done, {"new": 3, "unchanged": 1})
        self.assertEqual(len(self.listed(self.f.tj, "double")), 3)

    def test_without_numbers_of_their_own_equal_rows_are_known_by_what_they_say(self):
        rows = "kind,type,value,note\n" + "".join(f"indicator,phone,+99270{i:07d},no number\n" for i in range(40))
        path = self.f.tj.file("bare.csv", rows)
        self.assertEqual(counts(self.f.tj.tamga("import", path, "--to", "KG")), {"new": 40})
        before = self.sizes()
        self.assertEqual(counts(self.f.tj.tamga("import", path, "--to", "KG")), {"unchanged": 40})
        self.assertEqual(self.sizes(), before)

    def test_a_changed_row_supersedes_here_and_there(self):
        self.import_rows(harness.csv_phones(30, 100, prefix="c"), "changing")
        changed = harness.csv_phones(30, 100, prefix="c").replace("c107,found in a parcel", "c107,found in a car")
        self.assertEqual(counts(self.import_rows(changed, "changing")), {"changed": 1, "unchanged": 29})
        self.f.await_converged("TJ")
        for node in (self.f.tj, self.f.kg):
            wait_for("the new row does not count", lambda: len(node.records(("list", "changing"))) == 30)
            live = {row["ref"]: row for row in node.records(("list", "changing"))}
            every = node.records(("list", "changing"), ("state", "all"))
            old = [row for row in every if row["ref"] not in live]
            self.assertEqual([row["state"] for row in old], ["superseded"])
            shown = node.tamga("show", "changing:c107")
            self.assertEqual(shown.rows[0]["head"]["note"], "found in a car")
            self.assertEqual(shown.rows[0]["head"]["supersedes"], old[0]["id"].hex())
            older = node.tamga("show", old[0]["ref"])
            self.assertEqual(older.row("provenance")["state"], "superseded")
        # And back again: what was said first is said anew.
        back = self.import_rows(harness.csv_phones(30, 100, prefix="c"), "changing")
        self.assertEqual(counts(back), {"changed": 1, "unchanged": 29})

    def test_full_withdraws_what_vanished(self):
        self.import_rows(harness.csv_phones(60, 200, prefix="f"), "whole")
        shorter = harness.csv_phones(58, 200, prefix="f")
        self.assertEqual(counts(self.import_rows(shorter, "whole")), {"unchanged": 58})
        self.assertEqual(len(self.listed(self.f.tj, "whole")), 60, "without --full nothing vanishes")
        self.assertEqual(counts(self.import_rows(shorter, "whole", "--full")), {"unchanged": 58, "withdrawn": 2})
        self.f.await_converged("TJ")
        for node in (self.f.tj, self.f.kg):
            wait_for("not withdrawn", lambda: len(self.listed(node, "whole")) == 58)
            node.tamga("query", "+996700000259", code=1)
            node.tamga("query", "+996700000257")
        # What the list takes up again comes back: no officer forbade it.
        again = self.import_rows(harness.csv_phones(60, 200, prefix="f"), "whole", "--full")
        self.assertEqual(counts(again), {"new": 2, "unchanged": 58})

    def test_full_asks_before_much_vanishes(self):
        self.import_rows(harness.csv_phones(60, 300, prefix="m"), "much")
        self.import_rows(harness.csv_phones(5, 400, prefix="o"), "other")
        before = self.sizes()
        refused = self.import_rows(harness.csv_phones(50, 300, prefix="m"), "much", "--full", code=None)
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("10 of 60 records of list 'much' would be withdrawn", refused.err)
        self.assertIn("--yes", refused.err)
        self.assertEqual(self.sizes(), before)
        self.assertEqual(len(self.listed(self.f.tj, "much")), 60)
        done = self.import_rows(harness.csv_phones(50, 300, prefix="m"), "much", "--full", "--yes")
        self.assertEqual(counts(done), {"unchanged": 50, "withdrawn": 10})
        self.f.await_converged("TJ")
        wait_for("not withdrawn there", lambda: len(self.listed(self.f.kg, "much")) == 50)
        self.assertEqual(len(self.listed(self.f.tj, "other")), 5, "other lists are not touched")

    def test_a_dry_run_tells_the_counts_and_writes_nothing(self):
        self.import_rows(harness.csv_phones(40, 500, prefix="y"), "dry")
        before, ids = self.sizes(), self.listed(self.f.tj, "dry")
        rows = harness.csv_phones(45, 501, prefix="y").replace("y505,found in a parcel", "y505,found in a car")
        told = self.import_rows(rows, "dry", "--full", "--dry-run")
        self.assertEqual(counts(told), {"new": 6, "changed": 1, "unchanged": 38, "withdrawn": 1})
        self.assertEqual(self.sizes(), before)
        self.assertEqual(self.listed(self.f.tj, "dry"), ids)
        self.assertEqual(counts(self.import_rows(rows, "dry", "--full")), counts(told))

    def test_refused_rows_cost_themselves_alone(self):
        rows = harness.csv_phones(10, 600, prefix="r").replace("+996700000603", "+99670060").replace(
            "+996700000607", "12")
        done = self.import_rows(rows, "partly")
        self.assertEqual(counts(done), {"new": 8, "refused": 2})
        lines = done.err.strip().splitlines()
        self.assertEqual([line.split(":")[0] for line in lines], ["refused, line 5", "refused, line 9"], done.err)
        self.assertEqual(len(self.listed(self.f.tj, "partly")), 8)


class Withdrawal(harness.Story):
    """One record of a batch was wrong: it goes, and its neighbours stay, at every holder."""

    ROWS = harness.csv_phones(20, 7000, note="Gulnozabonu", prefix="w")
    WRONG, WRONG_PHONE, LEFT, RIGHT = "w7010", "+996700007010", "w7009", "w7011"

    def refs(self, node):
        return {row["ref"]: row["state"] for row in node.records(("list", "seized"), ("state", "all"))}

    def is_gone(self, node, ref, record_id):
        node.tamga("query", self.WRONG_PHONE, code=1)
        self.assertNotIn(record_id, node.ids(("list", "seized")))
        for name in (ref, f"seized:{self.WRONG}", record_id):
            shown = node.tamga("show", name, code=None)
            self.assertNotIn(self.WRONG_PHONE, shown.out + shown.err, f"{node.country} still shows it")
            self.assertEqual(shown.code, 1, shown)
        exported = node.tamga("export", ref, "-o", "-", code=None)
        self.assertNotEqual(exported.code, 0, f"{node.country} exports it")
        for row in node.records(("list", "seized"), ("state", "all")):
            if row["id"].hex() == record_id:
                self.assertEqual(row["state"], "withdrawn")
                self.assertNotIn("record", row)

    def neighbours_stay(self, node):
        for number in (self.LEFT, self.RIGHT):
            shown = node.tamga("show", f"seized:{number}")
            self.assertEqual(shown.rows[0]["head"]["note"], "Gulnozabonu")
            ref = shown.row("provenance")["ref"]
            evidence = os.path.join(self.f.root, f"{node.country}-{number}.evidence")
            node.tamga("export", ref, "-o", evidence)
            card = self.f.tj.card
            proved = harness.run(harness.TAMGA, "verify", evidence, "--card", card)
            self.assertEqual(proved.code, 0, proved)
            os.remove(evidence)
        self.assertEqual(len(node.records(("list", "seized"))), 19)

    def test_one_record_of_a_batch_goes_and_stays_away(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        path = tj.file("seized.csv", self.ROWS)
        tj.tamga("import", path, "--list", "seized", "--to", "KG,UZ")
        self.f.await_converged("TJ")
        shown = tj.tamga("show", f"seized:{self.WRONG}")
        ref, record_id = shown.row("provenance")["ref"], shown.rows[0]["id"]
        self.assertEqual(shown.row("provenance")["of"], 20, "one envelope")
        for node in self.f.nodes.values():
            wait_for("not there", lambda: node.tamga("query", self.WRONG_PHONE, code=None).code == 0)
        uz.stop()  # it will hear of it later
        done = tj.tamga("withdraw", ref, "--reason", "wrong_person", "--wait", 2, "--yes", code=1)
        self.assertEqual({row["country"] for row in done.rows_of("withdrawn")}, {"KG"})
        for node in (tj, kg):
            self.is_gone(node, ref, record_id)
            self.neighbours_stay(node)
        notices = [row["text"] for row in kg.tamga("notices").rows_of("notice") if row["kind"] == "withdrawal"]
        self.assertEqual(len([text for text in notices if "you were shown" not in text]), 1, notices)
        wait_for("who was shown it is not told", lambda: any(
            "you were shown" in row["text"] for row in kg.tamga("notices").rows_of("notice")))

        with self.subTest("who was away hears of it"):
            uz.start()
            self.f.await_converged("TJ")
            wait_for("UZ still has it", lambda: uz.tamga("query", self.WRONG_PHONE, code=None).code == 1)
            self.is_gone(uz, ref, record_id)
            self.neighbours_stay(uz)
            neighbour = tj.tamga("show", f"seized:{self.LEFT}").rows_of("holder")
            self.assertEqual({row["country"]: row["state"] for row in neighbour},
                             {"TJ": "stored", "KG": "stored", "UZ": "stored"})

        with self.subTest("after reindex and restart"):
            for node in self.f.nodes.values():
                node.tamga("reindex", "--yes")
                self.is_gone(node, ref, record_id)
                self.neighbours_stay(node)
            self.f.stop_all()
            for node in self.f.nodes.values():
                node.start("--discard-index")
            self.f.await_links()
            for node in self.f.nodes.values():
                wait_for("not indexed", lambda: len(node.records(("list", "seized"))) == 19)
                self.is_gone(node, ref, record_id)
                self.neighbours_stay(node)

        with self.subTest("the list still has it"):
            before = tj.size_of("TJ")
            again = tj.tamga("import", path, "--list", "seized", "--to", "KG,UZ").row("import")
            self.assertEqual((again["new"], again["unchanged"], again["blocked"]), (0, 19, 1))
            self.assertEqual(tj.size_of("TJ"), before)
            self.is_gone(tj, ref, record_id)
            told = tj.tamga("import", path, "--list", "seized", "--to", "KG,UZ", "--full")
            self.assertEqual(counts(told), {"unchanged": 19})

        with self.subTest("who gets the batch for the first time only now"):
            late = self.f.add("KZ")
            late.await_up()
            tj.enrol(late)
            late.enrol(tj)
            wait_for("no link", lambda: late.link("TJ") == "up")
            wait_for("no log", lambda: late.size_of("TJ") == tj.size_of("TJ"))
            self.assertEqual(late.records(("list", "seized"), ("state", "all")), [], "was never addressed")

        with self.subTest("a second withdrawal says that it has been"):
            self.assertEqual(tj.tamga("withdraw", ref, "--reason", "error", "--yes", code=None).code, 1)

    def test_only_the_origin_can_take_back(self):
        told = self.f.tj.tamga("alert", "--title", "Not yours", "--to", "KG,UZ", "--wait", 20)
        ref = told.row("record")["ref"]
        before = self.f.kg.size_of("KG")
        refused = self.f.kg.tamga("withdraw", ref, "--reason", "error", "--yes", code=None)
        self.assertEqual(refused.code, 5, refused)
        self.assertEqual(self.f.kg.size_of("KG"), before)
        for node in (self.f.tj, self.f.kg, self.f.uz):
            node.tamga("show", ref)


class LateFetcher(harness.Story):
    countries = ("TJ", "KG")

    def test_who_fetches_after_the_withdrawal_never_reads_it(self):
        tj, kg = self.f.tj, self.f.kg
        kg.stop()
        tj.tamga("import", tj.file("l.csv", harness.csv_phones(10, 9000, prefix="l")), "--list", "late", "--to", "KG")
        shown = tj.tamga("show", "late:l9004")
        tj.tamga("withdraw", shown.row("provenance")["ref"], "--reason", "court_order", "--wait", 0, "--yes", code=None)
        kg.start()
        self.f.await_links()
        self.f.await_converged("TJ")
        wait_for("the neighbours do not come", lambda: len(kg.records(("list", "late"))) == 9)
        self.assertNotIn(shown.rows[0]["id"], kg.ids(("list", "late")))
        kg.tamga("query", "+996700009004", code=1)
        kg.tamga("query", "+996700009003")
        notices = kg.tamga("notices", code=None).out
        self.assertNotIn("+996700009004", notices)


if __name__ == "__main__":
    harness.main()
