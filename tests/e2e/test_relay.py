"""Two countries whose direct link is cut, and a hub that both name on their cards: what is sealed goes by it, and it reads nothing.

Claims: ARCHITECTURE.md "relay.c", docs/formats-wire.md "Relays", RELIABILITY "nobody holds a body outside its audience".
"""
import json
import os
import shutil
import unittest

import harness
from harness import wait_for

PLANTED = ("Zarafshon", "Karim Valiev", "+992900000001", "Block 3 of the colony", "duty desk of Khujand")


def entries(node, country):
    return [row["state"] for row in node.entries_of(country)]


def named(country, *options, made={}):
    """The identity of that country whose card has those options; made once, as every federation here has the same hub."""
    if country not in made:
        made[country] = harness.Identity(country, *options)
    return made[country]


class Relayed(unittest.TestCase):
    def setUp(self):
        """KZ is the hub; KG is a partner of all, and nobody's relay. TJ and UZ cannot reach each other."""
        self.f = harness.Federation("KZ", "KG", enrol=False)
        self.addCleanup(self.f.close)
        hub, other = self.f.kz, self.f.kg
        tj, uz = (self.f.add(country, named(country, *relay)) for country, relay in (("TJ", ("--relay", hub.id)), ("UZ", ("--relay", hub.card))))
        for node in self.f.nodes.values():
            node.await_up()
        for node in (hub, other):
            for partner in self.f.nodes.values():
                if partner is not node:
                    node.enrol(partner)
        for node, far in ((tj, uz), (uz, tj)):
            node.enrol(hub)
            node.enrol(other)
            node.tamga("peer", "add", far.card, "--endpoint", f"tcp://127.0.0.1:{harness.free_port()}", "--yes")
        for node in (tj, uz):
            wait_for("no link to the hub", lambda: node.link("KZ") == "up" and node.link("KG") == "up")
        self.hub, self.other, self.tj, self.uz = hub, other, tj, uz

    def alert(self, node, to, *more):
        return node.tamga("alert", "--flash", "--title", PLANTED[0], "--text", PLANTED[1], "--facility", PLANTED[3], "--selector",
                          f"phone={PLANTED[2]}", "--contact", PLANTED[4], "--to", to, "--wait", 30, "--yes", *more)

    def holding(self, node, ref, country):
        rows = node.tamga("show", ref).rows_of("holder")
        return next((row["state"] for row in rows if row["country"] == country), None)

    def test_what_is_sealed_arrives_and_what_is_said_comes_back(self):
        tj, uz, hub = self.tj, self.uz, self.hub
        self.alert(tj, "UZ")
        self.assertNotEqual(tj.link("UZ"), "up", "the direct link is cut")
        self.assertEqual(uz.count(("kind", "alert")), 1)
        self.assertEqual(self.holding(tj, "TJ-0", "UZ"), "stored", "the receipt came by the hub")
        uz.tamga("ack", "read", "TJ-0", "--yes")
        wait_for("nobody is told that it was read",
                 lambda: any(row["kind"] == "ack" for row in tj.tamga("notices").rows_of("notice")))
        tj.tamga("add", "--json", tj.file("bulk.json", json.dumps(
            {"v": 1, "kind": "indicator", "head": {"source": {"type": "open", "name": "register"}, "grading": {
                "reliability": "B", "credibility": "2"}, "handling": {"tlp": "amber"}},
             "indicator": {"selectors": [{"type": "domain", "value": "example.org"}]}})), "--to", "UZ")
        wait_for("what is not urgent does not arrive", lambda: uz.count(("kind", "indicator")) == 1)
        tj.tamga("withdraw", "TJ-0", "--reason", "error", "--yes")
        wait_for("the withdrawal does not arrive", lambda: uz.count(("kind", "alert")) == 0)
        wait_for("its receipt does not come back", lambda: self.holding(tj, "TJ-1", "UZ") == "stored")
        wait_for("the hub has not all", lambda: len(entries(hub, "TJ")) == tj.size_of("TJ"))

    def test_what_the_hub_alone_gives_back_opens_by_the_recovery_key(self):
        """TJ's disk is gone and so is the only addressee: nobody left can seal the key anew."""
        tj, uz, hub, other = self.tj, self.uz, self.hub, self.other
        self.alert(tj, "UZ")
        wait_for("the hub has not all", lambda: len(entries(hub, "TJ")) == tj.size_of("TJ"))
        left, safe, again = (os.path.join(self.f.root, name) for name in ("left", "safe", "again"))
        os.mkdir(safe, 0o700)
        for node, name in ((tj, "recovery.key"), (other, "other.key")):
            shutil.copy(os.path.join(node.folder, "keys", "recovery.key"), os.path.join(safe, name))
        phrase = os.path.join(safe, "phrase")
        with open(phrase, "w") as file:
            os.chmod(phrase, 0o600)
            file.write(harness.PASSPHRASE + "\n")
        uz.stop()
        tj.kill()
        os.mkdir(left)
        for name in ("tamga.conf", "card.note", "passphrase"):
            if os.path.exists(os.path.join(tj.folder, name)):
                shutil.copy(os.path.join(tj.folder, name), left)
        os.mkdir(os.path.join(left, "keys"), 0o700)
        shutil.copy(os.path.join(tj.folder, "keys", "node.key"), os.path.join(left, "keys"))
        shutil.rmtree(tj.folder)
        cards = [word for node in (hub, other) for word in ("--peer-card", os.path.join(node.folder, "card.note"))]
        done = harness.run(harness.TAMGA, "restore", "--from-peers", left, again, *cards)
        self.assertEqual(done.code, 0, done)
        tj.folder, tj.socket = again, os.path.join(again, "control.sock")
        tj.start()
        status = lambda: tj.tamga("status").row("node")
        wait_for("the envelope does not come back", lambda: status()["own_envelopes"] == 1)
        self.assertEqual(status()["own_readable"], 0)
        tj.tamga("show", "TJ-0", code=1)
        lend = lambda name, code: tj.tamga("restore", "--recovery-key", os.path.join(safe, name), "--passphrase-file", phrase, code=code)
        refused = lend("other.key", 1)
        self.assertIn("opens none of the 1", refused.err)
        self.assertEqual(status()["own_readable"], 0)
        said = lend("recovery.key", 0)
        self.assertEqual((said.row("recovered")["opened"], said.row("recovered")["own_readable"]), (1, 1))
        self.assertIn(PLANTED[1], tj.tamga("show", "TJ-0").out)
        self.assertEqual([name for name in os.listdir(os.path.join(again, "keys")) if "recovery" in name], [])

    def test_the_hub_and_a_partner_read_nothing(self):
        tj, uz, hub, other = self.tj, self.uz, self.hub, self.other
        self.alert(tj, "UZ")
        self.assertEqual(entries(hub, "TJ"), ["sealed to others"])
        wait_for("the partner has no leaf", lambda: other.size_of("TJ") == 1)
        self.assertEqual(entries(other, "TJ"), ["leaf alone"], "who is no relay is given none")
        self.assertEqual((hub.count(), other.count()), (0, 0))
        hub.tamga("show", "TJ-0", code=1)
        self.assertEqual(hub.tamga("query", "Karim Valiev", code=1).rows_of("hit"), [])
        self.assertEqual(hub.tamga("notices").rows_of("notice"), [])
        hub.stop()
        for path, data in hub.disk().items():
            for word in PLANTED:
                self.assertNotIn(word.encode(), data, path)
        self.assertIn(PLANTED[1], uz.tamga("show", "TJ-0").out, "what is searched for is what was sealed")

    def test_a_hub_that_was_down_catches_up(self):
        tj, uz, hub = self.tj, self.uz, self.hub
        hub.kill()
        wait_for("the link to the hub is still up", lambda: tj.link("KZ") != "up")
        tj.tamga("alert", "--flash", "--title", "while the hub is down", "--to", "UZ", "--yes", "--wait", 0)
        self.assertEqual(uz.count(), 0)
        hub.start()
        wait_for("it never arrives", lambda: uz.count(("kind", "alert")) == 1)
        wait_for("its receipt does not come back", lambda: self.holding(tj, "TJ-0", "UZ") == "stored")
        hub.restart()
        self.alert(tj, "UZ")
        self.assertEqual(entries(hub, "TJ"), ["sealed to others"] * 2)


if __name__ == "__main__":
    harness.main()
