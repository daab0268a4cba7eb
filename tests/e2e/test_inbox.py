"""What waits for the desk, and what `ack read --all` may and may not mark, between real processes.

Claims: docs/cli.md "Alerts, read and answered", man/tamga-inbox.1.txt.
"""
import harness
from harness import wait_for

TURNS_THE_LINE = "Riot\u202e in block 3"


class Inbox(harness.Story):
    def text(self, node, *words):
        return harness.run(harness.TAMGA, *words, "--data", node.folder)

    def raised(self, by, *words, to="KG"):
        return by.tamga("alert", *words, "--to", to, "--wait", 20, "--yes").row("record")["ref"]

    def rows(self, node):
        return node.tamga("inbox").rows_of("inbox")

    def refs(self, node, group):
        return [row["ref"] for row in self.rows(node) if row["group"] == group]

    def await_inbox(self, node, group, refs):
        wait_for(f"{group}: not {refs}", lambda: self.refs(node, group) == refs)

    def test_one_screen_has_the_most_urgent_first_with_the_command_to_type(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        nothing = self.text(uz, "inbox")
        self.assertEqual((nothing.code, nothing.out, nothing.err), (0, "", "nothing waits for you\n"))
        routine = [self.raised(tj, "--title", f"Routine {i} of a long line of words that goes on and on") for i in range(24)]
        flash = self.raised(tj, "--flash", "--exercise", "--title", TURNS_THE_LINE)
        asking = self.raised(tj, "--precedence", "immediate", "--title", "Watch it", "--asked", "close the post")
        late = tj.tamga("ask", "Who is it", "--due", "2024-01-01", "--to", "KG", "--wait", 20)
        late = late.row("record")["ref"]
        kg.tamga("ack", "read", asking)
        self.await_inbox(kg, "alert", [flash] + routine[::-1])
        screen = self.text(kg, "inbox")
        lines = screen.out.splitlines()
        self.assertEqual(screen.code, 0)
        self.assertLessEqual(len(lines), 22)
        self.assertLessEqual(max(map(len, lines)), 80, screen.out)
        self.assertNotIn("\u202e", screen.out)
        self.assertEqual(lines[0], f"alerts not read here: 25, {len(lines) - 5} shown")
        self.assertRegex(lines[1], rf"^  FLASH     EXERCISE +\d+ s +TJ  Riot\\u.202e.* in.* tamga ack read {flash}$")
        self.assertRegex(lines[2], rf"^  routine   ACTUAL .*tamga ack read {routine[-1]}$")
        self.assertRegex(lines[-3], rf"^  IMMEDIATE ACTUAL .* close the post .*tamga ack answer {asking}$")
        self.assertRegex(lines[-1], rf"^  OVERDUE \d+ d .* Who is it .*tamga answer {late}$")
        self.assertIn("tamga inbox --all", screen.err)
        whole = self.text(kg, "inbox", "--all")
        self.assertEqual((len(whole.out.splitlines()), whole.err), (25 + 1 + 1 + 3, ""))
        limited = self.text(kg, "inbox", "--limit", 2)
        self.assertEqual(len(limited.out.splitlines()), 2 + 1 + 1 + 3)
        tsv = self.text(kg, "inbox", "--format", "tsv").out.splitlines()
        self.assertEqual(tsv[0].split("\t")[:3], ["group", "ref", "country"])
        self.assertEqual(len(tsv), 1 + 25 + 1 + 1)
        self.check_all_at_once(kg, routine, flash)
        kg.tamga("ack", "answer", asking, "--text", "closed")
        kg.tamga("answer", late, "--outcome", "positive", "--text", "a trader")
        self.await_inbox(kg, "asked", [])
        self.await_inbox(kg, "request", [])

    def check_all_at_once(self, kg, routine, flash):
        """Marks what is listed, but nothing urgent."""
        refused = kg.tamga("ack", "read", "--all", flash, code=2)
        self.assertIn("not both", refused.err)
        self.assertIn("tamga inbox", kg.tamga("ack", "read", code=2).err)
        done = kg.tamga("ack", "read", "--all", "--wait", 0, code=1)
        self.assertEqual(sorted(row["target"] for row in done.rows_of("acknowledged")), sorted(routine))
        self.assertIn("24 marked as read", done.err)
        self.assertIn("1 FLASH or IMMEDIATE left unread", done.err)
        self.await_inbox(kg, "alert", [flash])
        unasked = kg.tamga("ack", "read", "--all", "--precedence", "flash", code=5)
        self.assertIn("no terminal", unasked.err)
        self.assertIn(flash, unasked.err)
        self.await_inbox(kg, "alert", [flash])
        kg.tamga("ack", "read", "--all", "--precedence", "flash", "--yes")
        self.await_inbox(kg, "alert", [])
        nothing = kg.tamga("ack", "read", "--all")
        self.assertIn("nothing to mark", nothing.err)


if __name__ == "__main__":
    harness.main()
