"""Files that are screened: manifests, lists, statements, documents; in any encoding, broken, or hostile.

Claims: man/tamga-screen.1.txt, docs/analyst.md "Screening a file".
"""
import json
import os
import shutil
import unittest
import zipfile

import harness

PHONE, MAIL = "+992900000001", "evil@mail.ru"
MANIFEST = ("Seat,Surname,Given name,DOB,Nationality,Passport No,Phone,Remarks\n"
            "1A,Valiyev,Karim,21.07.1984,TJ,A1234567,+992 900 00 00 01,\n"
            "1B,Smith,John,05.06.1970,GB,B1,12,\"mail evil@mail.ru\x1b[31m, not 10.0.0.1\"\n")


def record(kind, **body):
    return json.dumps({"kind": kind, kind: body, "head": {
        "source": {"type": "custody", "name": "S"}, "grading": {"reliability": "B", "credibility": "2"},
        "handling": {"tlp": "amber", "purpose": "P", "legal_basis": "L", "review": "2027-01-01", "expiry": "2028-01-01"}}})


class Screening(harness.Story):
    countries = ("TJ",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for number, content in enumerate((
                record("person", names=[{"text": "Karim Valiev"}], births=[{"date": "1984-07-21"}], status="wanted",
                       documents=[{"type": "passport", "country": "TJ", "number": "A1234567"}],
                       selectors=[{"type": "phone", "value": PHONE}]),
                record("indicator", selectors=[{"type": "email", "value": MAIL}]))):
            cls.f.tj.tamga("add", "--json", cls.f.tj.file(f"{number}.json", content), "--to", "none")

    def screen(self, name, content, *words, code=0, **how):
        return self.f.tj.tamga("screen", self.f.tj.file(name, content), *words, code=code, **how)

    def hits(self, done):
        return [(row["line"], row["value"], row["ref"], row["band"]) for row in done.rows_of("hit")]

    def test_a_manifest_and_what_is_said_of_it(self):
        done = self.screen("manifest.csv", MANIFEST)
        self.assertEqual(self.hits(done), [
            (2, "Valiyev Karim", "TJ-0", "strong"), (2, "A1234567", "TJ-0", "exact"),
            (2, "+992 900 00 00 01", "TJ-0", "exact"), (3, MAIL, "TJ-1", "exact")])
        self.assertIn("column 6 'Passport No' as passport", done.err)
        self.assertIn("column 7 'Phone': 1 not asked; the first in line 3: phone '12'", done.err)
        summed = done.row("screened")
        self.assertEqual((summed["rows"], summed["hits"], summed["refused"], summed["noise"]), (2, 4, 2, 1))
        text = harness.run(self.f.tj.program, "screen", self.f.tj.file("manifest.csv", MANIFEST), "--data", self.f.tj.folder)
        self.assertLess(text.out.index("A1234567"), text.out.index("Valiyev Karim"), "the best first")
        self.assertNotIn("\x1b", text.out, "their text moves no cursor")
        self.assertTrue(all(len(line) <= 80 for line in text.out.splitlines()), text.out)
        given = self.screen("manifest.csv", MANIFEST, "--column", "Passport No=ignore", "--column", "7=ignore")
        self.assertEqual([hit[1] for hit in self.hits(given)], ["Valiyev Karim", MAIL])
        wrong = self.screen("manifest.csv", MANIFEST, "--column", "Pasport No=passport", code=2)
        self.assertIn("did you mean 'Passport No'?", wrong.err)

        log = self.f.tj.tamga("audit", "access", "--verb", "screen")
        details = [row["detail"] for row in log.rows_of("access")]
        self.assertIn("file='manifest.csv' values=4 names=2", details)
        self.assertNotIn(PHONE[1:], log.out)

    def test_the_same_in_other_encodings_and_shapes(self):
        list_text = f"Валиев Карим\n{PHONE}\n{MAIL}\n"
        wanted = [PHONE, MAIL]
        for name, content in (("utf8", list_text.encode()), ("bom", list_text.encode("utf-8-sig")),
                              ("utf16", list_text.encode("utf-16")), ("cut", list_text.encode("utf-16") + b"a"),
                              ("1251", list_text.encode("cp1251")), ("crlf", list_text.replace("\n", "\r\n").encode()),
                              ("nul", list_text.encode() + b"a\0b\n")):
            with self.subTest(name):
                done = self.screen(name, content, "--as", "table")
                self.assertEqual([hit[1] for hit in self.hits(done)], wanted, done)
        statement = f"I met Karim Valiev, who has {PHONE}. He writes as {MAIL} (home). From 10.0.0.1, too.\n" * 2
        for name, content in (("s.txt", statement.encode()), ("s16.txt", statement.encode("utf-16"))):
            done = self.screen(name, content)
            self.assertEqual(sorted(hit[:2] for hit in self.hits(done)),
                             sorted((line, what) for line in (1, 2) for what in ("Karim Valiev", PHONE, MAIL)))
        first = done.rows_of("hit")[0]
        self.assertNotIn("at", first, "bytes of another encoding are not the file's")

    def test_what_is_broken_is_told_and_what_came_before_stands(self):
        quote = self.screen("quote.csv", f"phone,note\n{PHONE},x\n+992900000002,\"never closed\n", code=4)
        self.assertEqual([hit[1] for hit in self.hits(quote)], [PHONE])
        self.assertIn("line 3: a quote is opened and never closed", quote.err)
        self.assertIn("stopped", quote.err)
        binary = self.screen("binary", bytes(range(256)) * 40, code=4)
        self.assertIn("'--as text'", binary.err)
        forced = self.screen("binary", b"\0\1\2" * 5000 + f" {PHONE} ".encode() + b"\xff\0" * 5000, "--as", "text")
        self.assertEqual([hit[1] for hit in self.hits(forced)], [PHONE])
        self.assertEqual(self.f.tj.tamga("screen", "/nonexistent", code=4).out, "")
        self.screen("empty", b"", code=1)
        long_line = b"x" * (3 << 20) + f" {PHONE} ".encode() + b"y" * (3 << 20)
        self.assertEqual([hit[1] for hit in self.hits(self.screen("long", long_line))], [PHONE])

    def test_a_pair_judged_not_him_stays_quiet_for_its_document(self):
        self.f.tj.tamga("sighting", "TJ-0", "--not-him", "--document", "passport:TJ:B7654321", "--until",
                        "2027-01-01", "--to", "none")
        table = "name,dob,passport no,nationality\nKarim Valiev,1984-07-21,B7654321,TJ\n"
        quiet = self.screen("row.csv", table, code=1)
        self.assertEqual(self.hits(quiet), [])
        self.assertEqual(quiet.row("cleared")["ref"], "TJ-0")
        self.assertEqual(quiet.row("screened")["cleared"], 1)
        shown = self.screen("row.csv", table, "--all")
        self.assertEqual(self.hits(shown), [(2, "Karim Valiev", "TJ-0", "strong")])
        self.assertEqual(shown.row("hit")["cleared_until"], "2027-01-01")
        self.assertEqual(len(self.hits(self.screen("other.csv", table.replace("B7654321", "B7654322")))), 1)

    @unittest.skipUnless(shutil.which("unzip", path="/usr/bin"), "no unzip")
    def test_a_document_in_docx(self):
        path = self.f.tj.file("--x *.docx", b"")
        body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in ("Call +992", "He wrote from ev", "x"))
        body = body.replace("+992<", "+992 900<").replace("900</w:t>", "900</w:t></w:r><w:r><w:t xml:space=\"preserve\"> 00 00 01 &amp; co</w:t>")
        with zipfile.ZipFile(path, "w") as document:
            document.writestr("word/document.xml", f"<?xml version='1.0'?><w:document xmlns:w='w'><w:body>{body}</w:body></w:document>")
        done = self.f.tj.tamga("screen", path)
        self.assertEqual([(hit[0], hit[1]) for hit in self.hits(done)], [(1, "+992 900 00 00 01")])
        with open(path, "r+b") as document:
            document.truncate(os.path.getsize(path) - 30)
        self.assertIn("unzip cannot read", self.f.tj.tamga("screen", path, code=4).err)


harness.main()
