"""What is given to outsiders: logs as tiles that grow, bundles, plain proofs; checked by `tamga verify` and by the second verifier."""
import hashlib
import json
import os
import shutil
import sys

import harness
from harness import wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "third"))
import verifier  # noqa: E402


def add(node, number, *more):
    return node.tamga("add", "indicator", "--selector", f"phone=+9929000000{number:02}", "--use", "seen", "--source-type", "technical",
                      *more).row("record")["ref"]


def files_of(folder):
    return sorted(os.path.relpath(os.path.join(where, name), folder)
                  for where, _, names in os.walk(folder) for name in names)


class Given(harness.Story):
    countries = ("TJ", "KG")

    def path(self, name):
        return os.path.join(self.f.root, name)

    def verify(self, path, *cards, code=0, more=()):
        words = [word for card in cards for word in ("--card", card)]
        return self.f.tj.tamga("verify", path, *words, *more, code=code)

    def test_a_log_grows_in_its_folder_and_another_history_is_refused(self):
        tj, kg = self.f.tj, self.f.kg
        add(tj, 1)
        card, tiles, partners = tj.card, self.path("tj-log"), self.path("tj-log-at-kg")
        first = tj.tamga("export", "--log", "TJ", tiles).row("tiles")
        self.verify(tiles, card)
        older = shutil.copy(os.path.join(tiles, "checkpoint"), self.path("older"))
        for number in range(2, 5):
            add(tj, number)
        second = tj.tamga("export", "--log", "TJ", tiles).row("tiles")
        self.assertEqual(second["before"], first["size"])
        self.assertEqual(second["size"], first["size"] + 3)
        said = self.verify(tiles, card, more=("--since", older)).row("verify")
        self.assertEqual((said["valid"], said["since"]), (True, first["size"]))
        again = tj.tamga("export", "--log", "TJ", tiles).row("tiles")
        self.assertEqual(again["files"], 0)

        # The partner holds every leaf, and gives out the same log.
        wait_for("KG has not got it", lambda: kg.log_of("TJ")["size"] == second["size"])
        kg.tamga("export", "--log", "TJ", partners)
        self.verify(partners, card, more=("--since", os.path.join(tiles, "checkpoint")))
        for name in files_of(partners):
            with open(os.path.join(partners, name), "rb") as one, open(os.path.join(tiles, name), "rb") as two:
                if name != "checkpoint":
                    self.assertEqual(one.read(), two.read(), name)

        # And the second verifier agrees.
        self.assertIsNone(verifier.verify_path(tiles, [card]))

        # A folder with another log, and one whose checkpoint the log does not go through.
        refused = kg.tamga("export", "--log", second["origin"].replace("/log/0", "/log/7"), tiles, code=1)
        self.assertIn("no signed head", refused.err)
        before = {name: os.stat(os.path.join(tiles, name)).st_mtime_ns for name in files_of(tiles)}
        with open(os.path.join(tiles, "checkpoint"), encoding="utf-8") as file:
            lines = file.read().split("\n")
        with open(os.path.join(tiles, "checkpoint"), "w", encoding="utf-8") as file:
            file.write("\n".join([lines[0], "2", *lines[2:]]))
        fork = tj.tamga("export", "--log", "TJ", tiles, code=1)
        self.assertIn("no front part", fork.err)
        after = {name: os.stat(os.path.join(tiles, name)).st_mtime_ns for name in files_of(tiles)}
        del before["checkpoint"], after["checkpoint"]
        self.assertEqual(before, after, "something was written")
        self.verify(tiles, card, code=1)

    def test_a_bundle_holds_as_a_whole_and_shows_every_change(self):
        tj = self.f.tj
        refs = [add(tj, 11, "--wait", "30"), add(tj, 12, "--wait", "30")]
        card, folder = tj.card, self.path("case")
        made = tj.tamga("export", *refs, "--bundle", folder).row("bundle")
        self.assertEqual((made["records"], made["nodes"]), (2, 2))
        said = self.verify(folder, card).row("verify")
        self.assertEqual((said["valid"], said["card_known"], said["receipts"]), (True, 2, 1))
        with open(os.path.join(folder, "sheet.json"), encoding="utf-8") as file:
            sheet = json.load(file)
        self.assertEqual([holder["says"] for record in sheet["records"] for holder in record["holders"]], ["stored"] * 2)
        self.assertIn("exists already", tj.tamga("export", refs[0], "--bundle", folder, code=1).err)

        # One bit of any file; a file too many or too few.
        steps = {}
        for name in files_of(folder):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                good = file.read()
            with open(path, "wb") as file:
                file.write(good[:len(good) // 2] + bytes([good[len(good) // 2] ^ 1]) + good[len(good) // 2 + 1:])
            self.assertEqual(self.verify(folder, card, code=1).row("verify")["step"], "sums", name)
            steps[name] = self.resummed(folder, card)
            with open(path, "wb") as file:
                file.write(good)
            self.resum(folder)
            self.verify(folder, card)
        for name, step in steps.items():
            expected = {"records": "records", "cards": "cards", "checkpoints": "checkpoints", "receipts": "receipts"}.get(
                name.split("/")[0], "sheet")
            if name != "SHA256SUMS":
                self.assertEqual(step, expected, name)
        extra = os.path.join(folder, "cards", "note.txt")
        with open(extra, "w", encoding="utf-8") as file:
            file.write("trust me\n")
        self.assertEqual(self.verify(folder, card, code=1).row("verify")["step"], "sums")
        os.remove(extra)
        os.remove(os.path.join(folder, "SHEET.txt"))
        self.assertEqual(self.verify(folder, card, code=1).row("verify")["step"], "sums")

    def resum(self, folder):
        with open(os.path.join(folder, "SHA256SUMS"), "w", encoding="utf-8") as file:
            for name in files_of(folder):
                if name != "SHA256SUMS":
                    with open(os.path.join(folder, name), "rb") as one:
                        file.write(f"{hashlib.sha256(one.read()).hexdigest()}  {name}\n")

    def resummed(self, folder, card):
        """The step that refuses when whoever changed it has also made the sums anew."""
        self.resum(folder)
        said = self.verify(folder, card, code=None)
        return said.row("verify")["step"] if said.code else ""

    def test_one_record_is_proven_to_programs_of_others(self):
        tj = self.f.tj
        ref = add(tj, 21)
        card, proof, evidence = tj.card, self.path("p.tlog-proof"), self.path("p.evidence")
        tj.tamga("export", ref, "--tlog-proof", "-o", proof)
        tj.tamga("export", ref, "--without-contents", "-o", evidence)
        self.assertTrue(self.verify(proof, card).row("verify")["valid"])
        for path in (proof, evidence):
            self.assertIsNone(verifier.verify_path(path, [card]))
        self.assertEqual(self.verify(proof, code=1).row("verify")["step"], "card")
        for words in (("--tlog-proof", "--without-contents"), ("--log", "TJ", "--bundle", "x"), ("--log", "TJ", "--force"),
                      ("--bundle", "x", "-o", "y")):
            tj.tamga("export", ref, *words, code=2)


if __name__ == "__main__":
    harness.main()
