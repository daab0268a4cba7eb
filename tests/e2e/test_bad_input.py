"""What people and files get wrong: one line that says what, where and what to do; the right exit code; nothing stored.

Claims: docs/cli.md "Exit codes", docs/records.md.
"""
import os

import harness

UN_LIST = os.path.join(harness.DATA, "un_sc", "excerpt.xml")
PLAIN = "kind,type,value,note\n"
PERSON = ("kind,name,birth,status,source_type,reliability,credibility,purpose,legal_basis,review,expiry\n")


def un_list():
    with open(UN_LIST, encoding="utf-8") as file:
        return file.read()


class Called(harness.Story):
    """TJ has one partner, KG, and one record."""

    countries = ("TJ", "KG")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.f.tj.publish([harness.alert_record("the only one")], "KG", wait_ms=20000)

    def sizes(self):
        return [node.size_of("TJ") for node in self.f.nodes.values()]

    def refused(self, code, words, said, lines=1, **how):
        """One line, that code, and both logs as they were."""
        before = self.sizes()
        done = self.f.tj.tamga(*words, code=code, **how)
        last = done.err.strip().splitlines()[-1]
        self.assertEqual(len(done.err.strip().splitlines()), lines, done)
        self.assertTrue(last.startswith("tamga: "), done)
        for part in [said] if isinstance(said, str) else said:
            self.assertIn(part, last)
        self.assertEqual(self.sizes(), before)
        return done

    def table(self, rows):
        for code, said, *words in rows:
            with self.subTest(" ".join(map(str, words))[:80]):
                self.refused(code, words, said)

    def test_commands_and_options(self):
        self.table([
            (2, "unknown command 'alrt': did you mean 'alert'?", "alrt", "--title", "x"),
            (2, "unknown command 'peer ad': did you mean 'peer add'?", "peer", "ad"),
            (2, "unknown command 'add nonsense'", "add", "nonsense"),
            (2, "unknown option '--titel' of 'alert': did you mean '--title'?", "alert", "--titel", "x"),
            (2, "'status' does not know what to do with 'extra'", "status", "extra"),
            (2, "'alert' needs --title", "alert", "--to", "KG"),
            (2, "'show' needs REF", "show"),
            (2, "'show' does not know what to do with 'TJ-1'", "show", "TJ-0", "TJ-1"),
            (2, "'withdraw' needs --reason", "withdraw", "TJ-0"),
            (2, "did you mean 'error'?", "withdraw", "TJ-0", "--reason", "eror"),
            (2, "did you mean 'person'?", "query", "--kind", "persn"),
            (2, "'--limit' takes a whole number", "query", "x", "--limit", "many"),
            (2, "no calendar has '1984-02-30'", "query", "--name", "x", "--birth", "1984-02-30"),
            (2, "2024-06-30", "query", "x", "--from", "yesterday"),
            (2, "2024-02-30", "situation", "--as-of", "2024-02-30"),
            (5, "no terminal; add --yes", "stop"),
        ])

    def test_asked_and_nobody_there_to_answer(self):
        self.refused(5, ("alert", "--title", "x", "--flash", "--to", "KG"), "add --yes", lines=2)
        self.refused(5, ("peer", "remove", "KG"), "add --yes")
        self.assertEqual(self.f.tj.link("KG"), "up")

    def test_who_is_not_there(self):
        self.table([
            (1, ["no peer 'XX' is enrolled", "peer list"], "alert", "--title", "x", "--to", "XX"),
            (1, "no peer 'UZ' is enrolled", "alert", "--title", "x", "--to", "KG,UZ"),
            (1, "no peer 'UZ' is enrolled", "peer", "remove", "UZ", "--yes"),
            (1, "no peer 'UZ' is enrolled", "peer", "test", "UZ"),
            (1, "no origin 'XX' is known", "log", "XX"),
            (1, "'TJ-99'", "show", "TJ-99"),
            (1, "names no record", "show", "nonsense"),
            (1, "'TJ-99'", "withdraw", "TJ-99", "--reason", "error", "--yes"),
            (1, "'TJ-99'", "export", "TJ-99", "-o", "-"),
            (1, "no file '/nowhere/list.csv'", "import", "/nowhere/list.csv"),
            (4, "it is a folder", "import", "/tmp"),
        ])

    def test_cards(self):
        self.table([
            (1, "No such file", "peer", "add", "/nowhere/x.card", "--yes"),
            (1, "not a valid card", "peer", "add", self.f.tj.file("x.card", "nonsense"), "--yes"),
            (2, "this node's own card", "peer", "add", self.f.tj.card, "--yes"),
            (2, "8 groups of 5 digits", "peer", "add", self.f.kg.card, "--fingerprint", "12"),
        ])
        self.refused(1, ("peer", "add", harness.Identity.of("UZ").folder + "/card.note", "--fingerprint",
                         "11111 " * 8 + "11"), "misheard or mistyped")
        self.assertIsNone(self.f.tj.link("UZ"))

    def test_records(self):
        self.table([
            (1, ["alert.title", "at most 4096"], "alert", "--title", "x" * 5000, "--to", "KG"),
            (1, ["alert.title", "control character"], "alert", "--title", "one\ntwo", "--to", "KG"),
            (1, ["unknown name 'fone'", "did you mean 'phone'?"], "add", "indicator", "--selector", "fone=1", "--to", "KG"),
            (1, ["phone '12'", "write + and the code"], "add", "indicator", "--selector", "phone=12", "--source-type",
             "human", "--to", "KG"),
            (1, ["check digit of IMEI", "expected 8"], "add", "indicator", "--selector", "imei=490154203237519",
             "--source-type", "human", "--to", "KG"),
            (1, "check digits of IBAN", "add", "indicator", "--selector", "iban=GB82WEST12345698765433", "--source-type",
             "human", "--to", "KG"),
            (2, "1984-02-30", "add", "person", "--name", "x", "--birth", "1984-02-30", "--status", "wanted", "--to", "KG"),
            (1, "person.status", "add", "person", "--name", "x", "--to", "KG"),
            (2, "'--grade' takes a letter A to F", "add", "person", "--name", "x", "--grade", "Z9", "--status", "wanted"),
        ])

    def test_files_that_are_broken_as_such(self):
        whole = un_list()
        cases = [
            ("half.xml", whole[:len(whole) // 2], 1, ["XML is broken at line", "unclosed token"]),
            ("tags.xml", whole.replace("</FIRST_NAME>", "</FIRST>", 1), 1, ["line 7:", "mismatched tag"]),
            ("type.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]>\n" + whole, 1, ["line 1:", "DOCTYPE"]),
            ("other.xml", "<html/>", 1, ["'html'", "CONSOLIDATED_LIST"]),
            ("empty.csv", "", 1, ["the file is empty", "header"]),
            ("column.csv", "kind,type,valeu\nindicator,phone,+996700000001\n", 1,
             ["line 1: column 3", "unknown column 'valeu'", "did you mean 'value'?"]),
            ("quote.csv", PLAIN + "indicator,phone,\"+996700000001,\n", 1, ["line 2", "quote is opened and never closed"]),
        ]
        for name, text, code, said in cases:
            with self.subTest(name):
                self.refused(code, ("import", self.f.tj.file(name, text), "--to", "KG"), [name, *said])
        good = self.f.tj.file("good.csv", PLAIN + "indicator,phone,+996700000001,x\n")
        self.table([
            (1, "no peer 'XX'", "import", good, "--to", "XX"),
            (2, ["unknown profile field 'tpl'", "did you mean 'tlp'?"], "import", good, "--set", "tpl=green"),
            (1, "impossible date '2024-13-01'", "import", good, "--set", "review=2024-13-01"),
            (2, "'--as' does not know 'xlsx'", "import", good, "--as", "xlsx"),
        ])

    def test_rows_that_are_wrong(self):
        person = "person,Karim,{birth},wanted,human,B,2,search,order,2027-01-01,2028-01-01\n"
        cases = [
            ("count.csv", PLAIN + "indicator,phone,+996700000001,x,y\n", ["line 2: row has 5 fields, the header 4"]),
            ("type.csv", PLAIN + "indicator,fone,+996700000001,x\n", ["line 2: ", "'fone'", "did you mean 'phone'?"]),
            ("check.csv", PLAIN + "indicator,imei,490154203237519,x\nindicator,iban,GB82WEST12345698765433,x\n",
             ["line 2: ", "check digit of IMEI", "line 3: ", "check digits of IBAN"]),
            ("date.csv", PERSON + person.format(birth="1984-02-30"), ["line 2:3: birth: ", "impossible date '1984-02-30'"]),
            ("month.csv", PERSON + person.format(birth="1984-13"), ["line 2:3: birth: ", "impossible date '1984-13'"]),
            ("long.csv", PLAIN + f"indicator,phone,+996700000001,{'x' * 5000}\n", ["line 2: head.note", "at most 4096"]),
            ("huge.csv", PLAIN + f"indicator,phone,+996700000001,{'x' * 70000}\n", ["line 2:4: ", "too long"]),
            ("bytes.csv", PLAIN.encode() + b"indicator,phone,+996700000001,\xff\xfe\n",
             ["line 2:4: ", "not UTF-8", "--encoding"]),
            ("kind.csv", PLAIN + "indicatr,phone,+996700000001,x\n", ["line 2: kind: ", "no such kind", "'indicator'"]),
            ("json.jsonl", '{"v":1,"kind":"alert"\n', ["line 1: ", "JSON"]),
            ("field.jsonl", '{"v":1,"kind":"alert","head":{"handling":{"tlp":"amber"}},"alert":{"titel":"x"}}\n',
             ["line 1: ", "titel", "title"]),
        ]
        before = self.sizes()
        for name, text, said in cases:
            with self.subTest(name):
                done = self.f.tj.tamga("import", self.f.tj.file(name, text), "--to", "KG", code=None)
                counts = done.row("import")
                wrong = 2 if name == "check.csv" else 1
                self.assertEqual((counts["new"], counts["refused"]), (0, wrong), done)
                self.assertEqual(len(done.err.strip().splitlines()), wrong, done)
                for part in said:
                    self.assertIn(part, done.err)
        self.assertEqual(self.sizes(), before)
        # The control: a row without fault is taken.
        path = self.f.tj.file("right.csv", PERSON + person.format(birth="1984-02-29"))
        self.assertEqual(self.f.tj.tamga("import", path, "--to", "KG").row("import")["new"], 1)

    def test_evidence(self):
        tj = self.f.tj
        path = os.path.join(self.f.root, "one.evidence")
        tj.tamga("export", "TJ-0", "-o", path)
        card = ("--card", tj.card)
        self.assertEqual(harness.run(harness.TAMGA, "verify", path, *card).code, 0)
        with open(path, "rb") as file:
            content = file.read()
        at = content.index(b"the only one") if b"the only one" in content else len(content) // 2
        for place in (at, len(content) // 3, len(content) - 20):
            changed = bytearray(content)
            changed[place] ^= 1
            bad = tj.file("bad.evidence", bytes(changed))
            done = harness.run(harness.TAMGA, "verify", bad, *card)
            self.assertEqual(done.code, 1, done)
        cut = tj.file("cut.evidence", content[:-30])
        self.assertEqual(harness.run(harness.TAMGA, "verify", cut, *card).code, 1)

    def test_no_node(self):
        done = harness.run(harness.TAMGA, "status", "--data", "/nowhere")
        self.assertEqual(done.code, 3)
        self.assertIn("node is not running at '/nowhere/control.sock'", done.err)
        self.assertIn("tamgad", done.err)
        empty = os.path.join(self.f.root, "plain")
        os.mkdir(empty)
        self.f.tj.file("plain/control.sock", "this is no socket")
        self.assertEqual(harness.run(harness.TAMGA, "status", "--data", empty).code, 3)


if __name__ == "__main__":
    harness.main()
