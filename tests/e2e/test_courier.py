"""Nodes without a network between them: what one has reaches the other on media, and nothing else does."""
import base64
import os
import random
import shutil

import harness

HEADER = 96  # bytes, as docs/formats.md has it
BLOCK_HEAD, SIGNATURE = 17, 64


class Courier(harness.Story):
    """Nodes that trust each other's cards and can reach nobody."""

    enrol = False
    number = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for node in cls.f.nodes.values():
            for other in cls.f.nodes.values():
                if other is not node and cls.knows(node, other):
                    # Port 1 answers nobody: the card's endpoint is not dialled.
                    node.tamga("peer", "add", other.card, "--endpoint", "tcp://127.0.0.1:1", "--yes")

    @classmethod
    def knows(cls, node, other):
        return True

    def tearDown(self):
        for node in self.f.nodes.values():
            for other in self.f.nodes.values():
                self.assertNotEqual(node.link(other.country), "up", "a network would make every claim here void")

    def path(self):
        Courier.number += 1
        return os.path.join(self.f.root, f"{Courier.number}.courier")

    def export(self, node, other, *words, code=0):
        path = self.path()
        return path, node.tamga("export", "--to", other.country, path, *words, code=code)

    def sent(self, done):
        """country → (leaves, envelopes) of an export."""
        return {row["country"]: (row["leaves"], row["envelopes"]) for row in done.rows_of("log")}

    def took(self, done):
        """(country, what) → (taken, known, refused) of an import."""
        return {(row["country"], row["what"]): (row["taken"], row["known"], row["refused"])
                for row in done.rows_of("log")}

    def carry(self, node, other, *words):
        """One file from node to other; what the other says of it."""
        path, _ = self.export(node, other, *words)
        return other.tamga("import", path)

    def nothing_new(self, done):
        self.assertEqual(done.row("courier")["new"], 0, done)

    def holder(self, node, ref, country):
        rows = node.call("show", ("ref", ref))[0]
        return next(row["state"] for row in rows if row["row"] == "holder" and row["country"] == country)

    def state(self, node):
        return node.ids(("state", "all")), {c: (node.size_of(c), node.root_of(c)) for c in self.countries}


class Two(Courier):
    countries = ("TJ", "KG")

    def test_an_alert_and_a_list_go_there_and_the_receipt_comes_back(self):
        tj, kg = self.f.tj, self.f.kg
        told = tj.publish([harness.alert_record("Riot in block 3", precedence=3)], "KG", 3)
        ref = next(row["ref"] for row in told[0] if row["row"] == "record")
        tj.tamga("import", tj.file("list.csv", harness.csv_phones(1100)), "--list", "numbers", "--to", "KG")
        kg.publish([harness.alert_record("of our own 5577")], "TJ")
        held, size = kg.size_of("TJ"), tj.size_of("TJ")
        took = self.took(self.carry(tj, kg))
        self.assertEqual(took["TJ", "leaves"][0], size - held)
        self.assertEqual(took["TJ", "envelopes"][2], 0)
        self.assertGreaterEqual(took["TJ", "records"][0], 1101)
        self.assertEqual(kg.root_of("TJ"), tj.root_of("TJ"))
        kg.tamga("query", "+996700000007")
        self.assertTrue([row for row in kg.call("notices")[0] if row["kind"] == "alert"], "it raises a notice")
        self.assertEqual(self.holder(tj, ref, "KG"), "waiting", "until the way back, TJ does not know")
        back = self.took(self.carry(kg, tj))
        self.assertEqual(back["TJ", "receipts"], (1, 0, 0))
        self.assertEqual(self.holder(tj, ref, "KG"), "stored")
        tj.tamga("query", "5577")
        self.assertEqual(tj.ids(), kg.ids(), "both have the same records")
        # The next file has only what is new.
        tj.publish([harness.alert_record("and one more")], "KG")
        path, said = self.export(tj, kg)
        self.assertEqual(self.sent(said)["TJ"], (1, 1))
        self.assertLess(os.path.getsize(path), 20000)
        kg.tamga("import", path)
        self.assertEqual(kg.root_of("TJ"), tj.root_of("TJ"))

    def test_a_file_imported_twice_changes_nothing_and_an_older_one_neither(self):
        tj, kg = self.f.tj, self.f.kg
        tj.publish([harness.alert_record("older")], "KG")
        older, _ = self.export(tj, kg)
        told = tj.publish([harness.alert_record("newer")], "KG")
        ref = next(row["ref"] for row in told[0] if row["row"] == "record")
        newer, _ = self.export(tj, kg)
        kg.tamga("import", newer)
        before = self.state(kg)
        for path in (newer, older):
            self.nothing_new(kg.tamga("import", path))
        self.assertEqual(self.state(kg), before)
        self.assertIn("nothing new", harness.run(harness.TAMGA, "import", newer, "--data", kg.folder).out)
        answer, _ = self.export(kg, tj)
        self.assertEqual(self.took(tj.tamga("import", answer))["TJ", "receipts"], (1, 0, 0))
        self.assertEqual(self.took(tj.tamga("import", answer))["TJ", "receipts"], (0, 1, 0))
        # The receipt was durable when the import said so: no link will bring it again.
        tj.kill()
        tj.start()
        self.assertEqual(self.holder(tj, ref, "KG"), "stored")

    def test_a_withdrawal_travels_and_no_older_file_undoes_it(self):
        tj, kg = self.f.tj, self.f.kg
        told = tj.publish([harness.alert_record("Wrong man 4711")], "KG")
        ref = next(row["ref"] for row in told[0] if row["row"] == "record")
        before, _ = self.export(tj, kg, "--from-start")
        # What the file holds is alive: a node that has not heard of the withdrawal takes it from there.
        kept = os.path.join(self.f.root, "kept")
        kg.stop()
        shutil.copytree(kg.folder, kept)
        kg.start()
        kg.tamga("import", before)
        kg.tamga("query", "4711")
        tj.tamga("withdraw", ref, "--reason", "wrong_person", "--yes", "--wait", 0, code=None)
        after, _ = self.export(tj, kg)
        self.assertEqual(self.took(kg.tamga("import", after))["TJ", "withdrawals"][0], 1)
        kg.tamga("query", "4711", code=1)
        self.nothing_new(kg.tamga("import", before))
        kg.tamga("query", "4711", code=1)
        self.carry(kg, tj)
        self.assertTrue([row for row in tj.call("log", ("origin", "TJ"))[0] if row["row"] == "receipt"][0]["withdrawn"])
        # The same at a node that never saw the record: the withdrawal first, then the old file.
        whole, _ = self.export(tj, kg, "--from-start")
        kg.stop()
        shutil.rmtree(kg.folder)
        shutil.copytree(kept, kg.folder)
        kg.start("--override-start")
        kg.tamga("import", whole)
        kg.tamga("import", before)
        kg.tamga("query", "4711", code=1)
        self.assertEqual(kg.root_of("TJ"), tj.root_of("TJ"))
        self.carry(kg, tj)

    def test_flipped_bytes_anywhere_store_nothing_wrong(self):
        tj, kg = self.f.tj, self.f.kg
        tj.publish([harness.alert_record(f"item {i}", "x" * 30000) for i in range(20)], "KG")
        path, _ = self.export(tj, kg, "--from-start")
        with open(path, "rb") as file:
            whole = bytearray(file.read())
        first = HEADER + BLOCK_HEAD + int.from_bytes(whole[HEADER:HEADER + 4], "big") + SIGNATURE
        self.assertLess(first, len(whole), "the test needs more than one block")
        seed = random.SystemRandom().randrange(1 << 32)
        dice = random.Random(seed)
        places = [HEADER, HEADER + BLOCK_HEAD + 3, first - 1, first, len(whole) - 1]
        places += [dice.randrange(len(whole)) for _ in range(12)]
        theirs = tj.ids(("state", "all")) | kg.ids(("state", "all"))
        for at in places:
            with self.subTest(at=at, seed=seed):
                bad = bytes(whole[:at]) + bytes([whole[at] ^ 1 << dice.randrange(8)]) + bytes(whole[at + 1:])
                done = kg.tamga("import", kg.file("bad.courier", bad), code=None)
                self.assertIn(done.code, (1, 2, 5), done)
                self.assertLessEqual(kg.ids(("state", "all")), theirs)
        self.assertLessEqual(kg.size_of("TJ"), tj.size_of("TJ"))
        cut = kg.tamga("import", kg.file("cut.courier", bytes(whole[:first + 100])), code=1)
        self.assertIn("cut off", cut.err)
        self.assertIn("what was verified before is kept", cut.err)
        self.assertTrue(self.took(cut), "what came of it is told")
        ended = kg.tamga("import", kg.file("ended.courier", bytes(whole[:first])), code=1)
        self.assertIn("cut off", ended.err, "between two blocks too")
        longer = kg.tamga("import", kg.file("longer.courier", bytes(whole) + whole[first:]), code=1)
        self.assertIn("behind the end", longer.err)
        kg.tamga("import", path)
        self.assertEqual(kg.root_of("TJ"), tj.root_of("TJ"))
        kg.tamga("query", "item 19")

    def test_a_better_version_takes_the_place_of_the_old_one_there_too(self):
        tj, kg = self.f.tj, self.f.kg
        ref = tj.tamga("add", "person", "--name", "Karim Valiev", "--birth", "1984-07-21", "--status", "wanted", "--grade",
                       "B2", "--purpose", "search", "--legal-basis", "order 1", "--source-type", "human", "--review",
                       "2030-01-01", "--expiry", "2031-01-01", "--to", "KG").row("record")["ref"]
        self.carry(tj, kg)
        before, _ = self.export(tj, kg, "--from-start")
        tj.tamga("correct", ref, "--birth", "1984-07-22", "--why", "as in the passport")
        self.carry(tj, kg)
        kg.tamga("import", before)
        births = lambda node, state: [node.tamga("show", row["ref"]).rows[0]["person"]["births"]
                                      for row in node.records(("kind", "person"), ("state", state))]
        self.assertEqual(births(kg, "live"), [[{"date": "1984-07-22"}]])
        self.assertEqual(len(births(kg, "all")), 2)

    def test_a_block_that_was_answered_outlives_the_node(self):
        tj, kg = self.f.tj, self.f.kg
        tj.publish([harness.alert_record(f"block {i}", "z" * 30000) for i in range(20)], "KG")
        path, _ = self.export(tj, kg)
        with open(path, "rb") as file:
            whole = file.read()
        at, blocks = HEADER, []
        while at < len(whole):
            end = at + BLOCK_HEAD + int.from_bytes(whole[at:at + 4], "big") + SIGNATURE
            blocks.append(whole[at:end])
            at = end
        with kg.control() as control:
            control.call("courier.begin", ("header", whole[:HEADER]))
            with kg.control() as other, self.assertRaises(harness.Refused) as refused:
                other.call("courier.begin", ("header", whole[:HEADER]))
            self.assertEqual(refused.exception.error, "EBUSY")
            with self.assertRaises(harness.Refused) as refused:
                control.call("courier.block", ("block", blocks[1]))
            self.assertIn("one is missing", refused.exception.message)
            control.call("courier.begin", ("header", whole[:HEADER]))
            control.call("courier.block", ("block", blocks[0]))
            size, root = kg.size_of("TJ"), kg.root_of("TJ")
            self.assertEqual(root, tj.root_of("TJ"), "the leaves are in the first block")
            kg.kill()
        kg.start()
        self.assertEqual((kg.size_of("TJ"), kg.root_of("TJ")), (size, root))
        took = self.took(kg.tamga("import", path))
        self.assertEqual(took["TJ", "leaves"][0], 0)
        self.assertGreater(took["TJ", "envelopes"][0] + took["TJ", "envelopes"][1], 0)
        kg.tamga("query", "block 19")

    def test_what_does_not_go_together_is_said(self):
        tj = self.f.tj
        path, _ = self.export(tj, self.f.kg)
        for words, hint in ((("export", "TJ-0", "--force"), "--to"), (("export", "--to", "KG", path, "-o", "x"), "--to"),
                            (("export", "--to", "KG"), "FILE"), (("import", path, "--list", "x"), "courier file")):
            self.assertIn(hint, tj.tamga(*words, code=2).err)
        self.assertIn("no peer", tj.tamga("export", "--to", "FR", self.path(), code=1).err)
        with open(path, "rb") as file:
            held = file.read()
        self.assertIn("--force", tj.tamga("export", "--to", "KG", path, code=1).err)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), held)
        tj.tamga("export", "--to", "KG", path, "--force")
        self.assertEqual([name for name in os.listdir(self.f.root) if ".tmp-" in name], [])
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.f.kg.tamga("import", path)
        details = {row["verb"]: row["detail"] for node in (tj, self.f.kg)
                   for row in node.call("audit.access", ("limit", 50))[0]}
        self.assertIn("peer='KG'", details["courier.export"])
        self.assertIn("from='TJ'", details["courier.begin"])
        self.assertIn(os.path.basename(path), details["courier.begin"])

    def test_a_partner_put_back_to_an_older_state_is_told_to_ask_for_everything(self):
        tj, kg = self.f.tj, self.f.kg
        kept = os.path.join(self.f.root, "older")
        kg.stop()
        shutil.copytree(kg.folder, kept)
        kg.start()
        tj.publish([harness.alert_record("lost there")], "KG")
        self.carry(tj, kg)
        self.carry(kg, tj)
        kg.stop()
        shutil.rmtree(kg.folder)
        shutil.copytree(kept, kg.folder)
        kg.start()
        tj.publish([harness.alert_record("after it")], "KG")
        path, _ = self.export(tj, kg)
        self.assertIn("--from-start", kg.tamga("import", path, code=1).err)
        self.carry(tj, kg, "--from-start")
        kg.tamga("query", "lost there")
        self.assertEqual(kg.root_of("TJ"), tj.root_of("TJ"))


class Three(Courier):
    """UZ is enrolled by both; its log comes along as leaves alone, but for what it addressed to the reader too."""

    countries = ("TJ", "KG", "UZ")

    def test_a_third_log_comes_along_as_leaves(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        uz.publish([harness.alert_record("for TJ alone 8842")], "TJ")
        uz.publish([harness.alert_record("for both 9953")], "TJ,KG")
        self.carry(uz, tj)
        # TJ does not know yet whom KG follows: it tells of nobody else.
        _, said = self.export(tj, kg)
        self.assertNotIn("UZ", self.sent(said))
        self.assertIn("has not told yet whose logs it follows", said.err)
        self.carry(kg, tj)
        took = self.took(self.carry(tj, kg))
        self.assertEqual((took["UZ", "leaves"], took["UZ", "envelopes"]), ((2, 0, None), (1, 0, 0)))
        self.assertEqual(kg.root_of("UZ"), uz.root_of("UZ"))
        kg.tamga("query", "9953")
        kg.tamga("query", "8842", code=1)
        # KG's answer says how far it is: no leaf goes twice. An envelope of a third may: only its origin can say that it
        # was the last one.
        self.carry(kg, tj)
        path, said = self.export(tj, kg)
        self.assertEqual(self.sent(said)["UZ"], (0, 1))
        self.nothing_new(kg.tamga("import", path))
        # An origin that is no longer enrolled here is told of no more; one that is not enrolled there is passed over.
        tj.tamga("peer", "remove", "UZ", "--yes")
        self.assertNotIn("UZ", self.sent(self.export(tj, kg, "--from-start")[1]))
        kg.tamga("peer", "remove", "UZ", "--yes")
        self.assertIn("passed over", kg.tamga("import", path).err)


class Forked(Courier):
    """TJ put back by hand to a state before its last entry, mark and all, so that its start sees nothing wrong."""

    countries = ("TJ", "KG")

    def test_a_history_that_was_lost_or_written_anew_is_noticed(self):
        tj, kg = self.f.tj, self.f.kg
        tj.publish([harness.alert_record("the first")], "KG")
        kept = os.path.join(self.f.root, "kept")
        tj.stop()
        shutil.copytree(tj.folder, kept)
        tj.start()
        tj.publish([harness.alert_record("the second")], "KG")
        self.carry(tj, kg)
        back, _ = self.export(kg, tj)
        tj.stop()
        shutil.rmtree(tj.folder)
        shutil.copytree(kept, tj.folder)
        tj.start()
        early, _ = self.export(tj, kg)
        self.nothing_new(kg.tamga("import", early))
        # The partner's file shows a head of ours that is longer than our log: nothing is appended any more.
        tj.tamga("import", back)
        self.assertIn("older than our log", tj.call("status")[1]["waiting"])
        with self.assertRaises(harness.Refused):
            tj.publish([harness.alert_record("another second")], "KG")
        tj.restart("--override-start")
        tj.publish([harness.alert_record("another second")], "KG")
        held = self.state(kg)
        path, _ = self.export(tj, kg, "--from-start")
        self.assertIn("two histories", kg.tamga("import", path, code=1).err)
        self.assertEqual(self.state(kg), held)


class Linked(harness.Story):
    """With a network too, a file is one more way."""

    countries = ("TJ", "KG")

    def test_a_file_beside_a_link_disturbs_nothing(self):
        tj, kg = self.f.tj, self.f.kg
        tj.publish([harness.alert_record("by the link")], "KG", 0, 20000)
        path = os.path.join(self.f.root, "beside.courier")
        tj.tamga("export", "--to", "KG", path, "--from-start")
        for number in range(20):
            tj.publish([harness.alert_record(f"item {number}", "y" * 20000)], "KG")
        late = os.path.join(self.f.root, "late.courier")
        tj.tamga("export", "--to", "KG", late, "--from-start")
        for file in (late, path):
            kg.tamga("import", file)
        self.assertEqual(kg.root_of("TJ"), tj.root_of("TJ"))
        self.assertEqual(tj.ids(), kg.ids())
        self.assertEqual((tj.link("KG"), kg.link("TJ")), ("up", "up"))
        self.assertEqual(kg.tamga("import", late).row("courier")["new"], 0)


class Strangers(Courier):
    countries = ("TJ", "KG", "UZ")

    @classmethod
    def knows(cls, node, other):
        return {node.country, other.country} != {"KG", "UZ"}

    def raw_id(self, node):
        text = node.id.upper()
        return base64.b32decode(text + "=" * (-len(text) % 8))

    def test_a_file_for_another_or_from_a_stranger_is_refused(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        tj.publish([harness.alert_record("for KG")], "KG")
        path, _ = self.export(tj, kg)
        before = self.state(uz)
        refused = uz.tamga("import", path, code=5).err
        self.assertIn("not for this node", refused)
        self.assertIn("bring it there", refused)
        # Readdressed by hand: the signature is of the whole header.
        with open(path, "rb") as file:
            data = bytearray(file.read())
        data[40:72] = self.raw_id(uz)
        self.assertIn("signature", uz.tamga("import", uz.file("forged.courier", bytes(data)), code=1).err)
        data[8:40], data[40:72] = self.raw_id(uz), self.raw_id(kg)
        refused = kg.tamga("import", kg.file("stranger.courier", bytes(data)), code=5).err
        self.assertIn("peer add", refused)
        self.assertEqual(self.state(uz), before)


if __name__ == "__main__":
    harness.main()
