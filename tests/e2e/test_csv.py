"""Tables as they come from other people's programs: in other encodings, with other dividers, broken, or absurdly large.

Claims: docs/cli.md "Importing", docs/records.md "Foreign files".
"""
import os

import harness

MB = 1 << 20
NAMES = ["Гулнора Каримова", "Рустам «Худжанд» Валиев", "Ёлка; Пётр, сын — №7", "строка\nвторая \"в кавычках\""]


def table(divider=",", end="\r\n"):
    def cell(text):
        quoted = any(sign in text for sign in (divider, '"', "\n"))
        return '"' + text.replace('"', '""') + '"' if quoted else text

    rows = [["Kind", "TYPE", "value", "External ID", "text"]]
    rows += [["indicator", "phone", f"+99293{i:07d}", f"e{i}", NAMES[i % len(NAMES)]] for i in range(40)]
    return end.join(divider.join(map(cell, row)) for row in rows) + end


def counts(done):
    row = done.row("import")
    return {name: row[name] for name in ("new", "changed", "unchanged", "withdrawn", "refused", "blocked") if row[name]}


class Tables(harness.Story):
    countries = ("TJ",)

    def take(self, name, content, *words, code=0, **how):
        return self.f.tj.tamga("import", self.f.tj.file(name, content), "--to", "none", *words, code=code, **how)

    def test_the_same_table_in_other_encodings_is_the_same_list(self):
        first = self.take("utf8.csv", table(), "--list", "same")
        self.assertEqual(counts(first), {"new": 40})
        self.assertEqual(first.err, "", "of the usual nothing is said")
        texts = {row["ref"] for row in self.f.tj.records(("list", "same"))}
        cases = [
            ("bom.csv", table().encode("utf-8-sig"), "UTF-8", "comma", ""),
            ("1251.csv", table().encode("cp1251"), "windows-1251", "comma", "written in windows-1251"),
            ("16.csv", table().encode("utf-16"), "UTF-16LE", "comma", "written in UTF-16LE"),
            ("16be.csv", b"\xfe\xff" + table().encode("utf-16-be"), "UTF-16BE", "comma", "written in UTF-16BE"),
            ("16le-bare.csv", table().encode("utf-16-le"), "UTF-16LE", "comma", "written in UTF-16LE"),
            ("16be-bare.csv", table().encode("utf-16-be"), "UTF-16BE", "comma", "written in UTF-16BE"),
            ("semicolon.csv", table(";").encode("cp1251"), "windows-1251", "semicolon", "divided by semicolon"),
            ("tab.csv", table("\t", "\n").encode("utf-16"), "UTF-16LE", "tab", "divided by tab"),
        ]
        for name, content, encoding, delimiter, said in cases:
            with self.subTest(name):
                done = self.take(name, content, "--list", "same")
                self.assertEqual(counts(done), {"unchanged": 40}, done)
                row = done.row("import")
                self.assertEqual((row["encoding"], row["delimiter"]), (encoding, delimiter))
                self.assertIn(said, done.err)
                self.assertEqual(len(done.err.splitlines()), 1 if said else 0, done)
        self.assertEqual({row["ref"] for row in self.f.tj.records(("list", "same"))}, texts)
        told = self.take("koi8.csv", table().replace("«", "<").replace("»", ">").replace("—", "-").replace("№", "N").encode(
            "koi8-r"), "--list", "same", "--encoding", "koi8-r", "--delimiter", "comma")
        self.assertEqual(counts(told), {"changed": 20, "unchanged": 20})
        self.assertEqual(told.err, "", "what was told is not told back")
        shown = self.f.tj.tamga("query", "+992930000003", "--list", "same").row("hit")
        self.assertEqual(shown["record"]["indicator"]["text"], NAMES[3])

    def test_a_wrong_guess_can_be_put_right(self):
        koi8 = "kind,type,value,text\nindicator,phone,+992935550001,ИВАНОВ И ПЕТРОВ\n".encode("koi8-r")
        done = self.take("koi8.csv", koi8, code=1)
        self.assertEqual(counts(done), {"refused": 1})
        self.assertIn("line 2:4: field is not UTF-8", done.err)
        self.assertIn("--encoding", done.err)
        done = self.take("koi8.csv", koi8, "--encoding", "KOI8-R")
        self.assertEqual(counts(done), {"new": 1})
        self.f.tj.tamga("query", "ПЕТРОВ")

    def test_a_broken_character_costs_its_row(self):
        rows = table().encode().replace("Ёлка".encode(), "Ё\0лка".encode(), 1).replace("Гулнора".encode(), b"\xd0", 1)
        done = self.take("broken.csv", rows, "--list", "broken")
        self.assertEqual(counts(done), {"new": 38, "refused": 2})
        self.assertIn("line 2:5: field is not UTF-8", done.err)
        self.assertIn("line 4:5: field holds a NUL", done.err)

    def test_headers(self):
        head = "kind,type,value,text"
        refusals = [
            ("none.csv", "indicator,phone,+992935550002,x\n", "line 1: column 1: "),
            ("data.csv", "+992935550002\n", "'+992935550002' is no column name; the first line must name the columns"),
            ("twice.csv", head + ",text\n", "line 1: column 5: 'text' stands twice, first in column 4"),
            ("empty.csv", "", "the file is empty; a header line must name the columns"),
            ("escape.csv", "kind,\x1b]0;title\x07\n", "\\x1b]0;title\\x07"),
            ("wide.csv", ",".join(f"x-{i}" for i in range(10000)) + "\n", "line 1: header: row has more columns"),
        ]
        for name, content, said in refusals:
            with self.subTest(name):
                done = self.take(name, content, code=1)
                self.assertIn(said, done.err)
                self.assertEqual(len(done.err.splitlines()), 1, done)
        done = self.take("alone.csv", head + "\n")
        self.assertEqual(counts(done), {})
        self.assertIn("holds no records", done.err)
        done = self.take("wide-row.csv", head + "\nindicator,phone,+992935550003,x" + "," * 10000 + "\n" +
                         "indicator,phone,+992935550003,x\n")
        self.assertEqual(counts(done), {"new": 1, "refused": 1})
        self.assertIn("line 2:257: row has more columns than are allowed", done.err)

    def test_a_line_of_100_mb_costs_itself_and_little_memory(self):
        tj = self.f.tj
        words = ("import", "--to", "none", "--list", "long", "--data", tj.folder, "--format", "json")
        start = table().encode() + b"indicator,phone,+992935550004,,"
        end = "\nindicator,phone,+992935550004,e41,хорошая\n".encode()
        small = tj.file("small.csv", start + b"x" + end)
        done, usual = harness.run_measured(harness.TAMGA, *words, small)
        self.assertEqual(done.code, 0, done)
        for name, piece in (("letters", b"x" * MB), ("cells", b"a,bc" * (MB // 4)), ("words", "Ы".encode() * (MB // 2))):
            with self.subTest(name):
                path = os.path.join(self.f.root, name)
                harness.Fifo(path, [start] + 100 * [piece] + [end])
                done, peak = harness.run_measured(harness.TAMGA, *words, path)
                self.assertEqual(done.code, 0, done)
                self.assertEqual(done.row("import")["refused"], 1, done)
                self.assertEqual(done.row("import")["unchanged"], 40 + 1, done)
                self.assertIn("refused, line 52:", done.err)
                self.assertLess(peak - usual, 24, f"MB more than for a small file, {usual} MB")
        path = os.path.join(self.f.root, "quoted")
        harness.Fifo(path, [start, b'"'] + 100 * [b"x" * MB] + [end])
        done, peak = harness.run_measured(harness.TAMGA, *words, path)
        self.assertEqual(done.code, 1, done)
        self.assertIn("line 52: a quote opens a field of more than 65536 bytes", done.err)
        self.assertLess(peak - usual, 24)


if __name__ == "__main__":
    harness.main()
