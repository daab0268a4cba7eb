"""Two versions of the schema in one federation, and a partner that refuses: what it does not take is kept, passed on,
told to the sender with a reason and what to do, sent once, and read by itself after an upgrade.

TJ runs this version, KG and UZ one from before there was a Custody (tests/e2e/CMakeLists.txt). Claims: docs/records.md
"Newer than this program", docs/formats.md "receipt".
"""
import os

import harness
from harness import holds_for, wait_for

CUSTODY = ("add", "custody", "--person", "Rustam Example", "--facility", "Central", "--status", "held", "--source-type",
           "custody", "--purpose", "prevention", "--legal-basis", "act 9", "--review", "2030-01-01", "--expiry",
           "2031-01-01")
LONG = "what makes a second sending seen on the wire. " * 600
PHONE = ("add", "indicator", "--source-type", "custody", "--selector")


def older(node):
    node.program, node.daemon = os.environ["TG_TAMGA_OLDER"], os.environ["TG_TAMGAD_OLDER"]


class Older(harness.Story):
    """One story in the order of its names."""

    enrol = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for node in (cls.f.kg, cls.f.uz):
            node.stop()
            older(node)
            node.start()
        # All that TJ and KG say to each other goes over one wire.
        cls.wire = harness.Wire(cls.f.tj.identity.port)
        nowhere = f"tcp://127.0.0.1:{harness.free_port()}"
        cls.f.kg.tamga("peer", "add", cls.f.tj.card, "--yes", "--endpoint", cls.wire.endpoint)
        cls.f.tj.tamga("peer", "add", cls.f.kg.card, "--yes", "--endpoint", nowhere)
        for one, other in (("tj", "uz"), ("uz", "tj"), ("kg", "uz"), ("uz", "kg")):
            getattr(cls.f, one).enrol(getattr(cls.f, other))
        cls.f.await_links()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.wire.close()

    def held(self, ref, country):
        rows = [row for row in self.f.tj.tamga("show", ref).rows_of("holder") if row["country"] == country]
        self.assertEqual(len(rows), 1)
        return rows[0]["state"], rows[0]["code"]

    def await_held(self, ref, country, state, code):
        wait_for(lambda: f"{country} holds {ref} as {self.held(ref, country)}",
                 lambda: self.held(ref, country) == (state, code))

    def text(self, node, *words, code=0):
        done = harness.run(node.program, *words, "--data", node.folder, "--format", "text")
        self.assertEqual(done.code, code, done)
        for line in done.out.splitlines():
            self.assertLessEqual(len(line), 80, line)
        return " ".join(done.out.split())

    def checks(self, node):
        return {row["check"]: row for row in node.tamga("doctor", "--all", code=None).rows_of("check")}

    def test_1_a_kind_that_it_does_not_know_is_kept_and_told(self):
        tj, kg = self.f.tj, self.f.kg
        told = tj.tamga(*CUSTODY, "--to", "KG", "--wait", 30)
        type(self).custody = ref = told.row("record")["ref"]
        self.assertEqual([row["country"] for row in told.rows_of("stored")], ["KG"])
        self.await_held(ref, "KG", "not understood", "not-understood")
        shown = self.text(tj, "show", ref)
        self.assertIn("not understood", shown)
        self.assertIn("reads it by itself once its program is upgraded", shown)
        self.assertIn("a record of a kind newer than this program", self.text(kg, "show", ref))
        self.assertEqual(kg.tamga("show", ref).rows[0]["kind"], "newer")
        kg.tamga("query", "Rustam Example", code=1)

    def test_2_what_must_be_known_is_refused_alone(self):
        tj, kg = self.f.tj, self.f.kg
        record = tj.tamga("show", self.custody).out.splitlines()[0]
        critical = tj.file("critical.json", record.replace('"head":{', '"head":{"critical":["20"],', 1)
                           .replace("Rustam Example", "Timur Example")
                           .replace('"status":"held"', f'"status":"held","text":"{LONG}"'))
        told = tj.tamga("add", "--json", critical, "--to", "KG", "--wait", 30, code=1)
        type(self).critical = ref = told.row("record")["ref"]
        self.assertEqual([row["code"] for row in told.rows_of("refused")], ["enewer"])
        self.await_held(ref, "KG", "refused", "enewer")
        self.assertIn("must not be used there", self.text(tj, "show", ref))
        self.assertIn("was refused here", kg.tamga("show", ref, code=1).err)
        tj.tamga(*PHONE, "phone=+992900000001", "--to", "KG", "--wait", 30)
        kg.tamga("query", "+992900000001", code=0)
        why = [row.get("why") for row in kg.tamga("log", "TJ", "--entries").rows_of("entry")]
        self.assertEqual(why, ["not understood", "is newer than this node understands", None])

    def test_3_the_sender_sees_it_in_status_and_doctor_and_the_other_side_too(self):
        tj, kg = self.f.tj, self.f.kg
        row = next(row for row in tj.tamga("status", "--partners").rows_of("partner") if row["country"] == "KG")
        self.assertEqual(row["refused_refs"], f"{self.critical} enewer, {self.custody} not-understood")
        self.assertEqual((row["waiting"], row["overdue"]), (0, 0))
        text = self.text(tj, "status", "--partners")
        self.assertIn(f"of ours it does not take: {self.critical} enewer", text)
        self.assertEqual(self.checks(tj)["peer-refusals"]["level"], "warning")
        self.assertEqual(self.checks(tj)["peer-refused"]["level"], "ok")
        self.assertEqual(self.checks(kg)["peer-refused"]["level"], "warning")
        self.assertIn("1 refused, 1 not understood", self.checks(kg)["peer-refused"]["detail"])
        self.assertIn("too old to read", self.text(kg, "status", "--partners"))

    def test_4_it_stands_after_a_restart_and_nothing_is_sent_again(self):
        tj, kg = self.f.tj, self.f.kg
        kg.restart()
        self.f.await_links()
        done = tj.tamga("alert", "--test", "--title", "after the restart", "--to", "KG", "--wait", 30)
        self.await_held(done.row("record")["ref"], "KG", "stored", "")
        self.await_held(self.critical, "KG", "refused", "enewer")
        self.await_held(self.custody, "KG", "not understood", "not-understood")
        sent = self.wire.bytes
        holds_for("what KG refuses is sent again and again", lambda: self.wire.bytes - sent < len(LONG) // 2, 3)

    def test_5_who_does_not_understand_it_passes_it_on(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        uz.stop()
        told = tj.tamga(*CUSTODY, "--text", "passed on", "--to", "KG,UZ", "--wait", 2, code=1)
        type(self).passed = ref = told.row("record")["ref"]
        self.await_held(ref, "KG", "not understood", "not-understood")
        tj.stop()
        uz.start()
        wait_for("UZ got nothing by way of KG", lambda: uz.tamga("show", ref, code=None).code == 0)
        self.assertEqual(uz.tamga("show", ref).rows[0]["kind"], "newer")
        self.assertEqual(uz.tamga("show", ref).rows[0]["id"], kg.tamga("show", ref).rows[0]["id"])
        tj.start()
        self.f.await_links()
        self.await_held(ref, "UZ", "not understood", "not-understood")

    def test_6_after_an_upgrade_all_is_read_and_the_sender_is_told(self):
        tj, kg = self.f.tj, self.f.kg
        kg.stop()
        kg.program, kg.daemon = harness.TAMGA, harness.TAMGAD
        kg.start()
        for ref, name in ((self.custody, "Rustam Example"), (self.critical, "Timur Example")):
            self.assertEqual(kg.tamga("show", ref).rows[0]["kind"], "custody")
            self.assertEqual(kg.tamga("show", ref).rows[0], tj.tamga("show", ref).rows[0])
            kg.tamga("query", name, code=0)
        self.f.await_links()
        for ref in (self.custody, self.critical, self.passed):
            self.await_held(ref, "KG", "stored", "")
        self.assertEqual(self.checks(kg)["peer-refused"]["level"], "ok")


if __name__ == "__main__":
    harness.main()
