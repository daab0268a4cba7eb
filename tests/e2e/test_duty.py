"""Who reads an alert says so, and who raised it sees it: acknowledgements and threads between real processes.

Claims: docs/control.md "Duty", docs/cli.md "Alerts, read and answered".
"""
import harness
from harness import field, wait_for


def acknowledgement(target_hex, state=1, by="duty desk"):
    """By hand, as docs/records.md numbers it."""
    body = field(1, bytes.fromhex(target_hex)) + field(2, state) + field(4, by.encode())
    return field(1, field(11, field(1, 3))) + field(29, body)


class Threads(harness.Story):
    def raised(self, *words, by=None, to="KG,UZ"):
        told = (by or self.f.tj).tamga("alert", *words, "--to", to, "--wait", 20, "--yes")
        return told.row("record")

    def addressee(self, node, ref, country):
        return next((row for row in node.tamga("show", ref).rows_of("addressee")
                     if (row["ref"], row["country"]) == (ref, country)), None)

    def test_the_sender_sees_who_has_read_acted_and_answered(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        ref = self.raised("--flash", "--title", "Riot in block 3", "--asked", "close the post")["ref"]
        self.assertIsNone(self.addressee(tj, ref, "KG")["read"])
        done = kg.tamga("ack", "read", ref, "--as", "duty desk", "--wait", 20)
        self.assertEqual([row["country"] for row in done.rows_of("stored")], ["TJ"])
        seen = wait_for("TJ was not told", lambda: self.addressee(tj, ref, "KG")["read"])
        again = kg.tamga("ack", "read", ref).row("acknowledged")
        self.assertEqual((again["already"], again["by"], again["at"]), (1, "duty desk", seen))
        kg.tamga("ack", "acted", ref, "--text", "two patrols")
        uz.tamga("ack", "answer", ref, "--text", "Nobody crossed here", "--wait", 20)
        wait_for("TJ was not told", lambda: self.addressee(tj, ref, "UZ")["answered"])
        row = wait_for("TJ was not told", lambda: [self.addressee(tj, ref, "KG")] if self.addressee(tj, ref, "KG")["acted"]
                       else None)[0]
        self.assertEqual((row["state"], row["answered"]), ("stored", None))
        thread = kg.tamga("show", ref).rows_of("thread")
        self.assertEqual([(row["country"], row["thread"], row["title"]) for row in thread],
                         [("TJ", "first", "Riot in block 3"), ("UZ", "answer", "Nobody crossed here")])

    def test_a_word_counts_for_the_node_that_signed_it_and_only_when_it_was_addressed(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        record = self.raised("--title", "For KG alone", to="KG")
        uz.publish([acknowledgement(record["id"], by="duty desk of KG")], "TJ", 3, 20000)
        self.f.await_converged("UZ")
        rows = tj.tamga("show", record["ref"]).rows_of("addressee")
        self.assertEqual([(row["country"], row["read"]) for row in rows], [("KG", None)])
        kg.tamga("ack", "read", record["ref"], "--wait", 20)
        wait_for("TJ was not told", lambda: self.addressee(tj, record["ref"], "KG")["read"])

    def test_an_exercise_stays_an_exercise_to_its_end(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        first = self.raised("--exercise", "--precedence", "immediate", "--title", "Drill")["ref"]
        update = tj.tamga("alert", "--update", first, "--title", "Still a drill", "--wait", 20).row("record")["ref"]
        later = tj.tamga("alert", "--update", update, "--title", "And still", "--wait", 20)
        self.assertEqual({row["country"] for row in later.rows_of("stored")}, {"KG", "UZ"})
        refused = tj.tamga("alert", "--update", first, "--test", "--title", "x", code=1)
        self.assertIn("is an EXERCISE, this alert is a TEST", refused.err)
        refused = kg.tamga("alert", "--stand-down", first, "--title", "calm", code=5)
        self.assertIn(f"only TJ, who raised {first}", refused.err)
        self.assertEqual(uz.tamga("show", first).row("provenance")["over"], 0)
        over = tj.tamga("alert", "--stand-down", update, "--title", "Drill is over", "--wait", 20).row("record")["ref"]
        self.f.await_converged("TJ")
        for node in self.f.nodes.values():
            for ref in (first, update, over):
                shown = node.tamga("show", ref)
                self.assertEqual(shown.row("provenance")["over"], 1, ref)
                self.assertEqual({row["nature"] for row in shown.rows_of("thread")}, {"exercise"})
                self.assertEqual({row["precedence"] for row in shown.rows_of("thread")}, {"immediate"})
                self.assertEqual([row["thread"] for row in shown.rows_of("thread")],
                                 ["first", "update", "update", "stand_down"])

    def test_an_acknowledgement_waits_for_an_origin_that_is_away(self):
        tj, kg = self.f.tj, self.f.kg
        ref = self.raised("--flash", "--title", "Before the cut")["ref"]
        tj.kill()
        done = kg.tamga("ack", "read", ref, "--wait", 0)
        self.assertEqual(done.row("done")["stored"], 0)
        tj.start()
        wait_for("TJ was not told", lambda: self.addressee(tj, ref, "KG")["read"])

    def test_after_a_restart_with_nobody_there_an_alert_is_queued_and_goes_out_when_they_are_back(self):
        tj, others = self.f.tj, (self.f.kg, self.f.uz)
        for node in others:
            node.kill()
        tj.kill()
        tj.start()
        told = harness.run(harness.TAMGA, "alert", "--flash", "--title", "Nobody is there", "--to", "KG,UZ", "--wait", 4,
                           "--yes", "--data", tj.folder)
        self.assertEqual(told.code, 1, "not stored by all within the time")
        self.assertIn("queued durably, stored by 0 of 2 partners", told.err)
        ref = told.out.split("alert ")[1].split()[0]
        for node in others:
            node.start()
        for node in others:
            wait_for("the alert did not go out", lambda: node.tamga("show", ref, code=None).code == 0)


if __name__ == "__main__":
    harness.main()
