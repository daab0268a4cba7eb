"""Who may do what: real users of the system, by name, number and group, at the socket as the node makes it.

Claims: docs/control.md "Roles" and "Reasons", docs/cli.md "Who may".
"""
import grp
import os
import pwd
import stat
import unittest

import harness

# Users that every Debian has, each with a group of its own name; and numbers that nobody has.
ANALYST, OFFICER, AUDITOR, ADMIN, STRANGER = "news", "mail", "list", "backup", "www-data"
NAMELESS_AUDITOR, NAMELESS_OFFICER, NAMELESS = 60101, 60102, 60103


def known(*names):
    try:
        return all(pwd.getpwnam(name).pw_gid == grp.getgrnam(name).gr_gid for name in names)
    except KeyError:
        return False


@unittest.skipUnless(os.geteuid() == 0, "other users can be played by root alone")
@unittest.skipUnless(known(ANALYST, OFFICER, AUDITOR, ADMIN, STRANGER), "this system lacks the usual users")
class Roles(harness.Story):
    """The folder as `tamga init` makes it, the socket where it says; roles are the configuration's alone."""

    countries = ("TJ", "KG")
    enrol = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tj = cls.f.tj
        tj.stop()
        tj.configure("control", analyst=ANALYST, officer=f"@{OFFICER}, @{NAMELESS_OFFICER}",
                     auditor=f"{AUDITOR}, {NAMELESS_AUDITOR}", admin=ADMIN)
        tj.start()
        tj.publish([harness.alert_record("Confidential title")], "none")

    def by(self, user, *words):
        uid = user if isinstance(user, int) else pwd.getpwnam(user).pw_uid
        return harness.run(harness.TAMGA, *words, "--data", self.f.tj.folder, "--format", "json", uid=uid)

    def allowed(self, user, *words):
        done = self.by(user, *words)
        self.assertEqual(done.code, 0, done)
        return done

    def denied(self, user, *words, says=()):
        before = self.f.tj.size_of("TJ")
        done = self.by(user, *words)
        self.assertEqual(done.code, 5, done)
        self.assertEqual(len(done.err.strip().splitlines()), 1, done)
        for text in ("needs role", *says):
            self.assertIn(text, done.err)
        self.assertNotIn("Confidential", done.out + done.err)
        self.assertEqual(self.f.tj.size_of("TJ"), before)

    def test_everybody_gets_to_the_socket_and_to_nothing_else_of_the_folder(self):
        folder = self.f.tj.folder
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, "control.sock")).st_mode), 0o666)
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o711)
        for place, folders, files in os.walk(folder):
            for name in folders:
                self.assertEqual(os.stat(os.path.join(place, name)).st_mode & 0o077, 0, f"{place}/{name}")
            for name in set(files) - {"control.sock", "card.note"}:
                self.assertEqual(os.stat(os.path.join(place, name)).st_mode & 0o077, 0, f"{place}/{name}")
        listing = harness.run("/bin/ls", folder, uid=pwd.getpwnam(ANALYST).pw_uid)
        self.assertNotEqual(listing.code, 0, listing)

    def test_a_refusal_says_who_may(self):
        owner = pwd.getpwuid(os.geteuid()).pw_name
        conf = os.path.join(self.f.tj.folder, "tamga.conf")
        self.denied(ANALYST, "withdraw", "TJ-0", "--reason", "error",
                    says=(f"user '{ANALYST}' may not 'withdraw': it needs role officer",
                          f"officers here: {owner}, @{OFFICER}, @{NAMELESS_OFFICER};", f"[control] of '{conf[-60:]}"[-50:]))
        self.denied(STRANGER, "status", says=("analyst, officer, auditor or admin, and this user has none",))

    def test_an_officer_by_group_raises_an_alert(self):
        for user in (OFFICER, NAMELESS_OFFICER):
            self.allowed(user, "alert", "--title", "by group", "--test", "--to", "none")
            self.denied(user, "peer", "remove", "KG", "--yes")

    def test_an_admin_keeps_peers_and_reads_nothing(self):
        self.allowed(ADMIN, "peer", "list")
        self.allowed(ADMIN, "audit", "access")
        self.denied(ADMIN, "query", "Confidential")
        self.denied(ADMIN, "show", "TJ-0")

    def test_an_auditor_sees_who_asked_and_no_contents(self):
        self.allowed(ANALYST, "query", "Confidential", "--reason", "case 7")
        for user in (AUDITOR, NAMELESS_AUDITOR):
            self.denied(user, "query", "Confidential")
            self.denied(user, "notices")
            self.denied(user, "situation")
            self.denied(user, "alert", "--title", "x", "--to", "none")
            self.denied(user, "withdraw", "TJ-0", "--reason", "error")
            self.denied(user, "reindex", "--yes")
            shown = self.allowed(user, "show", "TJ-0")
            self.assertNotIn("Confidential", shown.out)
            self.assertEqual(self.by(user, "export", "TJ-0", "-o", "-").code, 5)
            proof = self.allowed(user, "export", "TJ-0", "--without-contents", "-o", "-")
            self.assertNotIn("Confidential", proof.out)
            log = self.allowed(user, "audit", "access", "--limit", 100)
            asked = [row for row in log.rows_of("access") if row["reason"] == "case 7"]
            self.assertEqual([(row["user"], row["verb"], row["hits"]) for row in asked], [(ANALYST, "query", 1)])

    def test_an_analyst_asks_and_tells_nothing(self):
        self.assertIn("Confidential", self.by(ANALYST, "query", "Confidential").out)
        self.denied(ANALYST, "alert", "--title", "x", "--to", "none")
        path = self.f.tj.file("list.csv", harness.csv_phones(2))
        os.chmod(path, 0o644)
        self.denied(ANALYST, "import", path, "--to", "none")
        self.denied(ANALYST, "peer", "remove", "KG", "--yes")
        self.denied(ANALYST, "audit", "access")
        self.denied(ANALYST, "stop", "--yes")

    def test_who_has_no_role_gets_nothing(self):
        for user in (STRANGER, NAMELESS):
            for words in (("query", "Confidential"), ("show", "TJ-0"), ("audit", "access"), ("export", "TJ-0", "-o", "-"),
                          ("peer", "test", "KG"), ("status",), ("card", "show"), ("log",)):
                self.denied(user, *words)


class Reasons(harness.Story):
    """Where the configuration asks for a reason, nothing is done without one."""

    countries = ("TJ",)
    enrol = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.f.tj.publish([harness.alert_record("Confidential title")], "none")
        cls.f.tj.stop()
        cls.f.tj.configure("control", reason_required="query, situation, alert, import")
        cls.f.tj.start()

    def test_without_a_reason_it_is_not_done(self):
        path = self.f.tj.file("list.csv", harness.csv_phones(2))
        for words in (("query", "Confidential"), ("situation",), ("alert", "--title", "x", "--to", "none"),
                      ("import", path, "--list", "numbers", "--to", "none")):
            done = self.f.tj.tamga(*words, code=2)
            self.assertIn("add --reason TEXT or --case NUMBER", done.err)
            self.assertNotIn("Confidential", done.out)
            self.f.tj.tamga(*words, "--case", "17/2026")
            self.f.tj.tamga(*words, "--reason", "asked by the court")
        self.f.tj.tamga("show", "TJ-0")

    def test_a_name_that_is_none_keeps_the_node_from_starting(self):
        self.f.tj.stop()
        before = self.f.tj.configure("control", reason_required="quary")
        done = self.f.tj.start_refused()
        self.assertIn("did you mean 'query'?", done.err)
        self.f.tj.configure("control", before)
        self.f.tj.start()


if __name__ == "__main__":
    harness.main()
