"""The wake-up signal between real processes: what comes out of the pipe and stands in the log has nothing of the record.

Claims: tamgad(8) "Wake-up".
"""
import os
import re

import harness
from harness import wait_for

PLANTED = ("Zarafshon", "Karim Valiev", "+992900000001", "Block 3", "duty desk of Khujand")


class Wake(harness.Story):
    countries = ("TJ", "KG")

    def events(self, node):
        return [line for line in node.log_text().splitlines() if " wake: " in line]

    def test_the_signal_is_a_word_and_never_waits_for_a_reader(self):
        tj, kg = self.f.tj, self.f.kg
        path = os.path.join(kg.folder, "siren")
        kg.stop()
        with open(os.path.join(kg.folder, "tamga.conf"), "a") as file:
            file.write(f"\n[wake]\nfifo = {path}\nmin_precedence = immediate\n")
        kg.start()
        send = ("--title", f"{PLANTED[0]} {PLANTED[1]}", "--text", PLANTED[1], "--facility", PLANTED[3],
                "--selector", f"phone={PLANTED[2]}", "--contact", PLANTED[4], "--to", "KG", "--wait", 20, "--yes")
        tj.tamga("alert", "--flash", *send)
        wait_for("no event", lambda: len(self.events(kg)) == 1)
        self.assertRegex(self.events(kg)[0], r" precedence=FLASH unheard=1$", "nobody read it")
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        tj.tamga("alert", "--precedence", "priority", *send)
        tj.tamga("alert", "--precedence", "immediate", "--test", *send)
        tj.tamga("alert", "--flash", *send)
        wait_for("no event", lambda: len(self.events(kg)) == 3)
        self.assertEqual(os.read(reader, 65536), b"wake IMMEDIATE\nwake FLASH\n")
        self.assertEqual(kg.tamga("notices", "--kind", "alert").out.count("FLASH"), 2, "the notices have what was planted")
        for line in self.events(kg):
            self.assertRegex(line, r"^\S+Z notice  wake: somebody has to look at the inbox precedence=[A-Z]+ unheard=1$")
        for word in (*PLANTED, "TJ", tj.id):
            self.assertFalse([line for line in self.events(kg) if re.search(re.escape(word), line)], word)
        tj.tamga("status")
        kg.stop()
        os.unlink(path)
        with open(path, "w"):
            pass
        refused = kg.start_refused()
        self.assertEqual(refused.code, 1)
        self.assertIn("is no named pipe", refused.err)


if __name__ == "__main__":
    harness.main()
