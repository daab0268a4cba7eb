"""status --partners and peer test: what stands between two nodes, said so that somebody knows on which side to look.

Claims: tamga-status(1), tamga-peer-test(1), docs/control.md.
"""
import harness
from harness import wait_for


class Partners(harness.Story):
    countries = ("TJ", "KG")

    def partner(self, node, *words):
        return node.tamga("status", "--partners", *words).rows_of("partner")[0]

    def text(self, *words):
        done = harness.run(harness.TAMGA, *words, "--data", self.f.tj.folder)
        self.assertLessEqual(max(map(len, done.out.split("\n"))), 80, done)
        return done.out

    def test_1_what_was_given_and_got_is_counted_on_both_sides(self):
        for i in range(3):
            self.f.tj.publish([harness.alert_record(f"alert {i}")], "KG", wait_ms=60000)
        self.f.kg.publish([harness.alert_record("answer")], "TJ", wait_ms=60000)
        self.f.await_converged("TJ", "KG")
        row = wait_for("TJ has not got its receipts", lambda: next(
            (r for r in [self.partner(self.f.tj)] if r["sent"] == 3 and r["received"] == 1 and not r["waiting"]), None))
        self.assertEqual((row["country"], row["state"], row["enrolled_us"]), ("KG", "up", "yes"))
        self.assertEqual([row[key] for key in ("overdue", "withdrawals_open", "missing", "leaves_behind", "refused",
                                               "we_refused", "oddities")], [0] * 7)
        self.assertIsNone(row["refused_codes"])
        self.assertTrue(row["software"].startswith("tamga "))
        self.assertIsNotNone(row["heard_ms"])
        text = self.text("status", "--partners")
        self.assertRegex(text, r"(?m)^KG +up +\d+ s +yes +3 +0 +1 +0 +0 +\d")
        self.assertNotIn("KG:", text)

    def test_2_peer_test_is_well_when_all_is_well(self):
        done = self.f.tj.tamga("peer", "test", "KG", "--wait", "30")
        self.assertEqual({row["result"] for row in done.rows_of("check")}, {"ok"})

    def test_3_what_waits_for_a_partner_that_is_down_is_overdue_in_time(self):
        self.f.kg.stop()
        ref = self.f.tj.publish([harness.alert_record("while you were away")], "KG")[0][0]["ref"]
        row = self.partner(self.f.tj)
        self.assertEqual((row["waiting"], row["overdue"]), (1, 0))
        row = wait_for("nothing is overdue", lambda: next(
            (r for r in [self.partner(self.f.tj, "--overdue", "0")] if r["overdue"] == 1), None))
        self.assertEqual(row["sent"], 3)
        self.f.tj.tamga("withdraw", ref, "--reason", "error", "--yes", "--wait", "0", code=None)
        row = self.partner(self.f.tj)
        self.assertEqual((row["waiting"], row["withdrawals_open"]), (2, 1))
        text = self.text("status", "--partners", "--overdue", "0")
        self.assertIn("KG: OVERDUE: 2 of 2 not acknowledged", text)
        self.assertIn("KG: 1 withdrawals are not acknowledged", text)

    def test_4_peer_test_says_which_side_does_not_answer_and_what_is_unknown_is_no_failure(self):
        wait_for("the link stays up", lambda: self.f.tj.link("KG") != "up")
        done = wait_for("nobody says that KG does not answer", lambda: next(
            (d for d in [self.f.tj.tamga("peer", "test", "KG", "--wait", "1", code=None)] if "nobody answers at" in d.out), None))
        self.assertEqual(done.code, 1)
        results = {row["check"]: row["result"] for row in done.rows_of("check")}
        self.assertEqual(results, {"endpoint": "ok", "handshake": "fail", "enrolled": "unknown", "clock": "unknown",
                                   "versions": "unknown"})

    def test_5_all_is_delivered_and_acknowledged_after_the_partner_is_back(self):
        self.f.kg.start()
        row = wait_for(lambda: f"still waiting: {self.partner(self.f.tj)}", lambda: next(
            (r for r in [self.partner(self.f.tj)] if not r["waiting"] and not r["withdrawals_open"]), None))
        self.assertEqual((row["sent"], row["overdue"]), (5, 0))

    def test_6_a_partner_that_forgot_us_is_told_as_its_own_fault(self):
        self.f.kg.tamga("peer", "remove", "TJ", "--yes")
        done = wait_for("nobody says that KG has not enrolled us", lambda: next(
            (d for d in [self.f.tj.tamga("peer", "test", "KG", "--wait", "1", code=None)]
             if any(r["check"] == "enrolled" and r["result"] == "fail" for r in d.rows_of("check"))), None))
        enrolled = next(row for row in done.rows_of("check") if row["check"] == "enrolled")
        self.assertIn("At their side: 'tamga peer add'", enrolled["detail"])
        self.assertIn("does not admit us", self.text("status", "--partners"))

    def test_7_overdue_without_partners_is_refused_with_what_to_type(self):
        done = harness.run(harness.TAMGA, "status", "--overdue", "3", "--data", self.f.tj.folder)
        self.assertEqual(done.code, 2)
        self.assertIn("tamga status --partners --overdue 30", done.err)


if __name__ == "__main__":
    harness.main()
