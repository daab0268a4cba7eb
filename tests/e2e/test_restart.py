"""Nodes that go down, cleanly or not, in the worst moments: what was acknowledged is there afterwards, everywhere.

The client's view is taken from the socket itself (harness.Watch), not from what the program prints in the end.
"""
import random
import signal
import subprocess
import threading

import harness
from harness import wait_for

WEEK_ENVELOPES = 120
BULK_RECORDS = 4500  # more than four batches
FLASH_BULK_RECORDS = 12000


def phones(node, origin="TJ"):
    """external id → record id of what that node holds of the origin's list."""
    return {external_of(row["record"]): row["id"] for row in node.records(("kind", "indicator"), ("origin", origin))}


def external_of(record):
    head = dict(harness.fields_of(dict(harness.fields_of(record))[1]))
    return head[2].decode()


def begin_import(node, path, socket_path, *words):
    return subprocess.Popen([harness.TAMGA, "import", path, "--list", "numbers", "--to", "KG", "--socket", socket_path,
                             "--format", "json", *words], env=harness.environment(), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/")


class Away(harness.Story):
    def test_a_node_that_was_away_for_a_week_catches_up(self):
        tj, kg, uz = self.f.tj, self.f.kg, self.f.uz
        tj.publish([harness.alert_record("before the cut")], "all")
        self.f.await_converged()
        uz.stop()
        for i in range(WEEK_ENVELOPES):
            tj.publish([harness.alert_record(f"day {i} in TJ")], "KG,UZ" if i % 5 else "KG")
            kg.publish([harness.alert_record(f"day {i} in KG", precedence=i % 4)], "all", i % 4)
        self.f.await_converged("TJ", "KG")
        for row in [row for row in tj.call("peer.list")[0] if row["country"] == "UZ"]:
            self.assertNotEqual(row["state"], "up")
        uz.start()
        self.f.await_converged("TJ", "KG")
        addressed = len([i for i in range(WEEK_ENVELOPES) if i % 5])
        self.assertEqual(uz.count(("origin", "TJ")), addressed + 1)
        self.assertEqual(uz.ids(("origin", "KG")), kg.ids(("origin", "KG")))
        self.assertEqual(uz.count(("origin", "KG")), WEEK_ENVELOPES)
        own = tj.ids(("origin", "TJ"))
        self.assertTrue(uz.ids(("origin", "TJ")) < own)
        # And the sender knows it.
        def receipt():
            rows = [row for row in tj.call("log", ("origin", "TJ"))[0] if row["row"] == "receipt" and row["country"] == "UZ"]
            return rows and rows[0]["size"] == tj.size_of("TJ") and not rows[0]["missing"]
        wait_for("TJ has no receipt of UZ for all of it", receipt)

    def test_every_node_restarts_with_what_it_had(self):
        self.f.kg.publish([harness.alert_record("last words")], "all")
        self.f.await_converged()
        before = {c: (n.ids(("state", "all")), n.root_of(c)) for c, n in self.f.nodes.items()}
        self.f.stop_all()
        for node in self.f.nodes.values():
            node.start()
        for country, node in self.f.nodes.items():
            self.assertEqual((node.ids(("state", "all")), node.root_of(country)), before[country])
        self.f.await_links()
        self.f.tj.tamga("alert", "--title", "and on it goes", "--to", "KG,UZ", "--wait", 30)
        self.f.await_converged()


class KilledOrigin(harness.Story):
    countries = ("TJ", "KG")

    def import_until_killed(self, path, after_batches, delay_ms):
        """Kill TJ that long after the n-th acknowledged batch; how many rows the client was told are stored."""
        tj = self.f.tj
        process, batches = tj.process, []

        def on_done(verb, fields):
            if verb != "import.batch":
                return
            batches.append(fields["new"] + fields["unchanged"] + fields["changed"])
            if len(batches) == after_batches:
                kill = lambda: process.send_signal(signal.SIGKILL)
                threading.Timer(delay_ms / 1000, kill).start() if delay_ms else kill()
        watch = harness.Watch(tj, on_done)
        client = begin_import(tj, path, watch.path)
        _, err = client.communicate(timeout=harness.DEADLINE_SECONDS)
        process.wait()
        watch.close()
        tj.kill()
        self.assertNotEqual(client.returncode, 0, "the client must not believe that all went well")
        lines = err.decode().strip().splitlines()
        self.assertEqual([line for line in lines if line.startswith("tamga: ")], lines[-1:], err)
        if len(lines) > 1:  # it also says what is kept, and says no more than was answered
            kept = int(lines[0].split()[0].replace(",", ""))
            self.assertIn("answered and kept", lines[0])
            self.assertLessEqual(kept, sum(batches))
        return sum(batches)

    def test_killed_in_an_import_it_has_what_it_acknowledged_and_the_import_goes_on(self):
        tj, kg, chance = self.f.tj, self.f.kg, random.Random(7)
        for round_number, delay_ms in enumerate((0, 4, 19)):
            with self.subTest(delay_ms=delay_ms):
                first = round_number * BULK_RECORDS
                path = tj.file(f"bulk{round_number}.csv", harness.csv_phones(BULK_RECORDS, first))
                told = self.import_until_killed(path, chance.randrange(1, 4), delay_ms)
                self.assertGreater(told, 0)
                self.assertLess(told, BULK_RECORDS)
                tj.start()
                held = phones(tj)
                missing = [i for i in range(first, first + told) if f"n{i}" not in held]
                self.assertEqual(missing, [], "acknowledged and not there")
                there = len([1 for i in range(first, first + BULK_RECORDS) if f"n{i}" in held])
                again = tj.tamga("import", path, "--list", "numbers", "--to", "KG").row("import")
                self.assertEqual((again["new"], again["unchanged"], again["changed"]),
                                 (BULK_RECORDS - there, there, 0))
                self.f.await_links()
                self.f.await_converged("TJ")
                self.assertEqual(phones(kg), phones(tj))
                self.assertEqual(len(phones(kg)), (round_number + 1) * BULK_RECORDS)


class KilledReceiver(harness.Story):
    countries = ("TJ", "KG")

    def receipted_by_kg(self):
        """Indexes of the entries that KG has told TJ it has stored."""
        def stored(index):
            rows = self.f.tj.call("show", ("ref", f"TJ-{index}"))[0]
            return any(row["row"] == "holder" and row["country"] == "KG" and row["state"] == "stored" for row in rows)
        return [index for index in range(self.f.tj.size_of("TJ")) if stored(index)]

    def test_killed_while_receiving_it_has_what_it_receipted_and_gets_the_rest(self):
        tj, kg = self.f.tj, self.f.kg
        path = tj.file("bulk.csv", harness.csv_phones(2 * BULK_RECORDS))
        client = begin_import(tj, path, tj.socket)
        wait_for("no receipt of KG", self.receipted_by_kg)
        kg.kill()
        out, err = client.communicate(timeout=harness.DEADLINE_SECONDS)
        self.assertEqual(client.returncode, 0, err)
        receipted = self.receipted_by_kg()
        self.assertTrue(receipted)
        tj.stop()
        kg.start()  # alone: nobody can give it anything
        states = [row["state"] for row in kg.entries_of("TJ")]
        for index in receipted:
            self.assertEqual(states[index], "read", f"receipted entry {index} is not there")
        tj.start()
        self.f.await_links()
        self.f.await_converged("TJ")
        self.assertEqual(phones(kg), phones(tj))
        self.assertEqual(len(phones(kg)), 2 * BULK_RECORDS)


class FlashInBulk(harness.Story):
    def test_a_flash_arrives_while_the_import_still_runs(self):
        tj, kg = self.f.tj, self.f.kg
        path = tj.file("bulk.csv", harness.csv_phones(FLASH_BULK_RECORDS))
        begun = threading.Event()
        watch = harness.Watch(tj, lambda verb, _: verb == "import.batch" and begun.set())
        client = begin_import(tj, path, watch.path)
        self.assertTrue(begun.wait(harness.DEADLINE_SECONDS))
        told = tj.tamga("alert", "--flash", "--title", "Hostages in block one", "--to", "KG,UZ", "--wait", 30, "--yes")
        running = client.poll() is None
        self.assertEqual({row["country"] for row in told.rows_of("stored")}, {"KG", "UZ"})
        self.assertTrue(running, "the import was over: the test did not test; give it more records")
        ref = told.row("record")["ref"]
        self.assertEqual(kg.tamga("show", ref).rows[0]["alert"]["precedence"], "flash")
        client.communicate(timeout=2 * harness.DEADLINE_SECONDS)
        watch.close()
        self.assertEqual(client.returncode, 0)
        self.assertLess(told.row("done")["index"], tj.size_of("TJ") - 1, "bulk went on behind the FLASH")
        self.f.await_converged("TJ")
        self.assertEqual(kg.count(("origin", "TJ"), ("kind", "indicator")), FLASH_BULK_RECORDS)
        self.assertEqual(kg.count(("origin", "TJ"), ("kind", "alert")), 1, "and it stands there once")


if __name__ == "__main__":
    harness.main()
