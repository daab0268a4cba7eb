"""The clock of a node is set while it runs, forward by a year, back, and back by a day: it goes on, loses nothing, and both
sides are told whose clock is off.

TJ's wall clock is that of tests/e2e/clock_shim.c. Claims: ARCHITECTURE.md "The node", tamga-doctor(1) peer-clocks.
"""
import os
import struct
import time

import harness
from harness import wait_for

DAY = 86400
YEAR = 365 * DAY


def date(seconds):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + seconds))


class Clock(harness.Story):
    """One story in the order of its names; each leaves the clock right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tj = cls.f.tj
        cls.offset = os.path.join(cls.f.root, "clock")
        cls.set(0)
        tj.stop()
        tj.extra = {"LD_PRELOAD": os.environ["TG_CLOCK_SHIM"], "TG_CLOCK_FILE": cls.offset}
        tj.extra["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        tj.start()
        cls.f.await_links()
        # Ends in half a year, and is to be reviewed in three months.
        cls.person = tj.tamga("add", "person", "--name", "Rustam Example", "--birth", "1984", "--status", "wanted",
                              "--source-type", "human", "--grade", "B2", "--purpose", "search", "--legal-basis",
                              "order 1", "--review", date(90 * DAY), "--expiry", date(182 * DAY), "--to", "KG,UZ",
                              "--wait", 30).row("record")["ref"]

    @classmethod
    def set(cls, seconds):
        # In one write: the node must not read half of it.
        with open(cls.offset, "r+b" if os.path.exists(cls.offset) else "wb", buffering=0) as file:
            file.write(struct.pack("=q", seconds))

    def tearDown(self):
        self.set(0)

    def off(self, node, country):
        """What doctor says of that partner's clock; None when it is right."""
        rows = {row["check"]: row for row in node.tamga("doctor", "--all", code=None).rows_of("check")}
        row = rows["peer-clocks"]
        found = [part for part in row["detail"].split("; ") if part.startswith(country + ":")]
        return found[0] if found and row["level"] == "problem" else None

    def goes_on(self, title):
        """Both ways, in time, once each."""
        tj, kg = self.f.tj, self.f.kg
        refs = []
        for node, to in ((tj, "KG,UZ"), (kg, "TJ,UZ")):
            begun = time.monotonic()
            told = node.tamga("alert", "--flash", "--test", "--title", f"{title}, {node.country}", "--to", to, "--wait", 30, "--yes")
            self.assertEqual(len(told.rows_of("stored")), 2, told)
            self.assertLess(time.monotonic() - begun, 20)
            refs.append(told.row("record")["ref"])
        self.f.await_converged()
        for node in self.f.nodes.values():
            for ref in refs:
                self.assertTrue(node.tamga("show", ref).rows[0]["alert"]["title"].startswith(title))
            ids = [row["id"] for row in node.records(("state", "all"))]
            self.assertEqual(len(ids), len(set(ids)), "an id stands twice")
        for node in (kg, self.f.uz):
            self.assertEqual([row["oddities"] for row in node.call("peer.list")[0]], [0, 0], "something was refused")

    def state(self, node):
        return node.call("show", ("ref", self.person))[0][0]["state"]

    def test_1_a_clock_that_is_right(self):
        self.goes_on("before")
        self.assertIsNone(self.off(self.f.kg, "TJ"))
        self.assertIsNone(self.off(self.f.tj, "KG"))

    def test_2_forward_by_a_year_and_back(self):
        tj, kg = self.f.tj, self.f.kg
        ids = tj.ids(("state", "all"))
        self.set(YEAR)
        wait_for("KG is not told that TJ's clock is off", lambda: self.off(kg, "TJ"))
        wait_for("TJ is not told that KG's clock is off", lambda: self.off(tj, "KG"))
        self.assertIn("ahead of ours", self.off(kg, "TJ"))
        self.assertIn("behind ours", self.off(tj, "KG"))
        self.assertIn("clock_set", tj.log_text())
        self.goes_on("in a year")
        self.assertEqual((self.state(tj), self.state(kg)), ("expired", "live"))
        self.set(0)
        wait_for("KG is not told that TJ's clock is right again", lambda: not self.off(kg, "TJ"))
        wait_for("TJ is not told that KG's clock is right again", lambda: not self.off(tj, "KG"))
        self.goes_on("back again")
        self.assertEqual((self.state(tj), self.state(kg)), ("live", "live"))
        self.assertLessEqual(ids, tj.ids(("state", "all")), "lost by the jump")
        tj.tamga("query", "Rustam Example", code=0)

    def test_3_a_review_that_a_wrong_clock_told_is_told_again_in_its_time(self):
        tj = self.f.tj

        def told():
            return len([row for row in tj.tamga("notices", "--kind", "review").rows_of("notice")])
        before = told()
        self.set(80 * DAY)  # from a fortnight before its day on
        wait_for("the review is told by nobody", lambda: told() > before)
        self.set(0)
        wait_for("the node did not see its clock", lambda: not self.off(self.f.kg, "TJ"))
        tj.restart()
        self.set(80 * DAY)
        wait_for("the review is told once, by a wrong clock, and never again", lambda: told() > before + 1)

    def test_4_back_by_a_day(self):
        tj, kg = self.f.tj, self.f.kg
        self.set(-DAY)
        wait_for("KG is not told that TJ's clock is off", lambda: self.off(kg, "TJ"))
        self.assertIn("behind ours", self.off(kg, "TJ"))
        self.goes_on("yesterday")
        tj.restart()
        self.f.await_links()
        self.goes_on("yesterday, after a restart")
        newest = tj.tamga("notices").rows_of("notice")
        self.assertTrue(newest)


if __name__ == "__main__":
    harness.main()
