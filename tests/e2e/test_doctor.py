"""doctor: each mistake is made for real and found, with what to do; a healthy node has none.

Claims: tamga-doctor(1). What cannot be made in a test (swap, network file systems, a full disk) is in tests/unit/cli_doctor.c.
"""
import fcntl
import os
import resource
import shutil
import socket
import subprocess
import time
import unittest

import harness
from harness import wait_for

NOBODY = 65534
ROOT = os.geteuid() == 0


def doctor(folder, *words, limits=None, code=None, env=None):
    def change():
        for which, soft, hard in limits or ():
            resource.setrlimit(which, (soft, hard))
    done = subprocess.run([harness.TAMGA, "doctor", "--data", folder, "--format", "json", *words], cwd="/",
                          env={**harness.environment(), **(env or {})}, capture_output=True, text=True, preexec_fn=change)
    result = harness.Result(["doctor", folder], done.returncode, done.stdout, done.stderr)
    if code is not None and result.code != code:
        raise AssertionError(str(result))
    return {row["check"]: row for row in result.rows}, result


class Stopped(unittest.TestCase):
    """A node that does not run: every case gets its folder fresh."""

    @classmethod
    def setUpClass(cls):
        cls.identity = harness.Identity.of("TJ")

    def setUp(self):
        self.folder = os.path.join(harness.Identity.root, "patient")
        shutil.copytree(self.identity.folder, self.folder)
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def set(self, old, new):
        text = self.read("tamga.conf")
        self.assertIn(old, text)
        self.write("tamga.conf", text.replace(old, new))

    def found(self, check, level="problem", says="", do="", **how):
        rows, result = doctor(self.folder, **how)
        row = rows[check]
        self.assertEqual(row["level"], level, result)
        self.assertIn(says, row["detail"])
        self.assertIn(do, row["remedy"])
        self.assertEqual(result.code, 1 if any(r["level"] == "problem" for r in rows.values()) else 0, result)
        return rows

    def test_a_node_as_init_made_it_has_no_problem(self):
        rows, result = doctor(self.folder, code=0)
        self.assertEqual([row for row in rows.values() if row["level"] == "problem"], [], result)
        self.assertEqual(rows["running"]["level"], "warning")

    # settings

    def test_no_settings(self):
        os.unlink(self.path("tamga.conf"))
        self.found("settings", says="tamga.conf", do="--data DIR")

    def test_an_unknown_key(self):
        self.set("[control]", "[control]\nanalist = root")
        self.found("settings", says="did you mean 'analyst'?")

    def test_settings_that_others_may_change(self):
        os.chmod(self.path("tamga.conf"), 0o666)
        self.found("settings-mode", says="0666", do="chmod go-w")

    def test_a_group_that_nobody_made(self):
        self.set("[control]", "[control]\nofficer = @no-such-group, root\nauditor = no-such-user")
        rows = self.found("role-names", says="'@no-such-group', 'no-such-user'", do="groupadd")
        self.assertEqual(rows["auditor"]["level"], "ok")

    def test_a_wake_up_pipe_that_is_a_file(self):
        self.set("[control]", f"[wake]\nfifo = {self.path('siren')}\n[control]")
        rows, _ = doctor(self.folder)
        self.assertEqual(rows["wake"]["level"], "ok", "not there yet: the node makes it")
        self.write("siren", "")
        self.found("wake", says="is no named pipe", do="mkfifo")
        os.unlink(self.path("siren"))
        os.mkfifo(self.path("siren"))
        self.assertEqual(doctor(self.folder)[0]["wake"]["level"], "ok")

    def test_nobody_is_auditor(self):
        self.found("auditor", level="warning", do="[control] auditor")

    @unittest.skipUnless(ROOT, "needs root")
    def test_nobody_who_can_log_in_is_officer(self):
        subprocess.run(["chown", "-R", "nobody", self.folder], check=True)
        self.found("officer", level="warning", says="'nobody'")

    # the folder

    def test_a_folder_that_others_may_read(self):
        os.chmod(self.folder, 0o755)
        self.found("folder", says="0755", do="chmod go-rw ")

    def test_no_folder(self):
        self.set("data = .", "data = /nowhere/at/all")
        self.found("folder", says="/nowhere/at/all")

    @unittest.skipUnless(ROOT, "needs root")
    def test_a_file_of_another_user(self):
        os.chown(self.path("card.note"), NOBODY, NOBODY)
        self.found("owner", says="card.note", do="chown -R root")

    def test_no_key(self):
        os.unlink(self.path("keys", "node.key"))
        self.found("node-key", says="there is no", do="put node.key back")

    def test_a_key_that_others_may_read(self):
        os.chmod(self.path("keys", "node.key"), 0o640)
        self.found("node-key", says="0640", do="chmod")

    def test_a_key_cut_off(self):
        with open(self.path("keys", "node.key"), "r+b") as file:
            file.truncate(100)
        self.found("node-key", says="node.key")

    def test_a_key_behind_a_link(self):
        os.rename(self.path("keys", "node.key"), self.path("keys", "elsewhere"))
        os.symlink("elsewhere", self.path("keys", "node.key"))
        self.found("node-key", says="no regular file")

    def test_the_root_key_is_still_here(self):
        rows = self.found("offline-keys", level="warning", says="root.key", do="media that stay in a safe")
        for name in ("root.key", "next-root.key", "recovery.key"):
            self.assertIn(name, rows["offline-keys"]["detail"])
            os.unlink(self.path("keys", name))
        self.found("offline-keys", level="ok")

    def test_no_passphrase(self):
        passphrase = os.path.join(harness.Identity.root, "passphrase")
        self.set(f"passphrase = {passphrase}", "passphrase = nowhere")
        self.found("passphrase", says="there is no")
        self.write("nowhere", "")
        os.chmod(self.path("nowhere"), 0o600)
        self.found("passphrase", says="is empty")
        self.write("nowhere", "a passphrase\n")
        os.chmod(self.path("nowhere"), 0o644)
        self.found("passphrase", says="0644", do="chmod")
        self.set("passphrase = nowhere", "")
        self.found("passphrase", level="warning", says="asked for at the terminal")

    # the card

    def test_no_card(self):
        os.unlink(self.path("card.note"))
        self.found("card", do="put card.note back")

    def test_a_card_that_was_changed(self):
        self.write("card.note", self.read("card.note").replace("Service of TJ", "Service of KG"))
        self.found("card", says="signature")

    def test_the_card_of_another_country(self):
        self.set("country = TJ", "country = KG")
        self.found("card-country", says="card is of TJ")

    def test_a_card_with_another_port(self):
        self.set(f":{self.identity.port}", f":{harness.free_port()}")
        self.found("card-port", level="warning", says=str(self.identity.port))

    def test_a_card_with_an_endpoint_and_a_node_that_does_not_listen(self):
        self.set("listen =", "#listen =")
        self.found("card-port", says="does not listen")

    # the network

    def test_an_address_of_another_machine(self):
        self.set("tcp://127.0.0.1", "tcp://192.0.2.1")
        self.found("listen-address", says="192.0.2.1", do="ip addr")

    def test_a_port_that_another_program_has(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", self.identity.port))
            other.listen()
            self.found("listen-port", says="another program", do="ss -ltnp")
        self.found("listen-port", level="ok")

    @unittest.skipUnless(ROOT, "needs root")
    def test_a_port_for_root_alone(self):
        subprocess.run(["chown", "-R", "nobody", self.folder], check=True)
        self.set(f":{self.identity.port}", ":443")
        self.found("listen-port", says="443", do="1024")

    def test_a_socket_left_over(self):
        with socket.socket(socket.AF_UNIX) as old:
            old.bind(self.path("control.sock"))
        self.found("socket", level="warning", says="left over")

    def test_a_file_where_the_socket_belongs(self):
        self.write("control.sock", "")
        self.found("socket", says="no socket", do="move it away")

    def test_no_folder_for_the_socket(self):
        self.set("socket = control.sock", "socket = /nowhere/control.sock")
        self.found("socket", says="no folder '/nowhere'")

    # the store

    def store(self):
        self.write("store/store.lock", "")
        self.write("store/log/data.mdb", "not empty")
        os.chmod(self.path("store"), 0o700)
        self.write("mark", "a mark")

    def test_a_store_that_is_gone(self):
        self.write("mark", "a mark")
        self.found("store", says="it is gone", do="backup")

    def test_a_store_without_its_log(self):
        self.store()
        os.unlink(self.path("store", "log", "data.mdb"))
        self.found("store", says="lacks files")

    def test_an_empty_log_and_an_empty_index(self):
        self.store()
        self.write("store/index/data.mdb", "")
        self.found("store", says="index", do="--discard-index")
        self.write("store/log/data.mdb", "")
        self.found("store", says="empty file", do="backup")

    def test_a_mark_that_is_gone_and_one_that_is_empty(self):
        self.store()
        self.found("mark", level="ok")
        self.write("mark", "")
        self.found("mark", says="is empty")
        os.unlink(self.path("mark"))
        self.found("mark", says="is gone")

    def test_a_store_that_another_process_has(self):
        self.store()
        with open(self.path("store", "store.lock"), "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.found("store-lock", says="another process", do="fuser")
        self.found("store-lock", level="ok")

    def test_a_store_in_memory(self):
        if not os.path.isdir("/dev/shm") or not os.access("/dev/shm", os.W_OK):
            self.skipTest("no /dev/shm")
        place = f"/dev/shm/tamga-doctor-{os.getpid()}"
        os.mkdir(place, 0o700)
        self.addCleanup(os.rmdir, place)
        self.set("data = .", f"data = {place}")
        self.found("file-system", says="tmpfs", do="local disk")

    # the machine

    def test_a_clock_far_behind_the_card(self):
        later = time.time() + 40 * 86400
        os.utime(self.path("card.note"), (later, later))
        self.found("time", says="the card was made", do="set the clock")

    def test_too_little_locked_memory(self):
        self.found("memlock", says="65536 bytes", do="LimitMEMLOCK",
                   limits=[(resource.RLIMIT_MEMLOCK, 65536, 65536)])

    def test_too_few_open_files(self):
        self.found("files", says="256 files", do="LimitNOFILE", limits=[(resource.RLIMIT_NOFILE, 256, 256)])

    def test_what_people_see_says_what_to_do_and_fits_the_screen(self):
        os.chmod(self.folder, 0o755)
        done = subprocess.run([harness.TAMGA, "doctor", "--data", self.folder], env=harness.environment(),
                              capture_output=True, text=True)
        lines = done.stdout.split("\n")
        self.assertEqual(done.returncode, 1)
        self.assertLessEqual(max(map(len, lines)), 80)
        at = next(i for i, line in enumerate(lines) if line.startswith("problem   folder:"))
        self.assertTrue(any(line.startswith("      do: chmod") for line in lines[at:at + 3]), done.stdout)
        self.assertRegex(done.stdout, r"\d+ checks: 1 problem, \d+ warnings?, \d+ well")
        tsv = subprocess.run([harness.TAMGA, "doctor", "--data", self.folder, "--format", "tsv"],
                             env=harness.environment(), capture_output=True, text=True).stdout.split("\n")
        self.assertEqual(tsv[0], "check\tlevel\tdetail\tremedy")
        self.assertTrue(all(line.count("\t") == 3 for line in tsv[:-1]))


class Running(harness.Story):
    """Nodes that run: healthy, then each with one mistake."""

    countries = ("TJ", "KG")
    enrol = False

    def rows(self, node, **how):
        return doctor(node.folder, **how)

    def test_1_a_node_alone_is_told_that_it_has_no_partner(self):
        rows, _ = self.rows(self.f.tj)
        self.assertEqual(rows["peers"]["level"], "warning")

    def test_2_a_partner_that_has_not_enrolled_us_is_named(self):
        self.f.tj.enrol(self.f.kg)

        def told():
            rows, _ = self.rows(self.f.tj)
            return rows if rows["peer-enrolled"]["level"] == "problem" else None
        rows = wait_for("nobody says that KG has not enrolled us", told)
        self.assertEqual(rows["peer-enrolled"]["detail"], "KG")
        self.assertIn("tamga peer add", rows["peer-enrolled"]["remedy"])
        self.assertIn("KG: peer does not admit us", rows["peer-links"]["detail"])

    def test_3_two_that_know_each_other_have_no_problem(self):
        self.f.kg.enrol(self.f.tj)
        self.f.await_links()
        for node in (self.f.tj, self.f.kg):
            rows, result = self.rows(node, code=0)
            self.assertEqual([row for row in rows.values() if row["level"] == "problem"], [], result)
            for check in ("running", "talks", "version", "append", "peers", "peer-links", "peer-enrolled",
                          "peer-clocks", "peer-versions", "core"):
                self.assertEqual(rows[check]["level"], "ok", rows[check])

    def test_4_a_stranger_is_told_what_is_not_looked_at(self):
        if not ROOT:
            self.skipTest("needs root")
        done = harness.run(harness.TAMGA, "doctor", "--socket", self.f.tj.socket, "--data", self.f.tj.folder, "--format",
                           "json", uid=64123)
        rows = {row["check"]: row for row in done.rows}
        self.assertNotIn(rows["peers"]["level"], ("ok", "problem"))
        self.assertNotEqual(rows["talks"]["level"], "ok", done)

    def test_5_a_partner_that_is_down_is_named(self):
        self.f.kg.stop()

        def told():
            rows, _ = self.rows(self.f.tj)
            return rows if rows["peer-links"]["level"] == "problem" else None
        rows = wait_for("nobody says that KG is down", told)
        self.assertIn("KG", rows["peer-links"]["detail"])
        self.assertEqual(rows["peer-enrolled"]["level"], "ok")

    def test_6_a_node_whose_mark_is_gone_waits_and_says_so(self):
        self.f.tj.publish([harness.alert_record("one")], "none")
        self.f.tj.stop()
        os.unlink(os.path.join(self.f.tj.folder, "mark"))
        rows, _ = self.rows(self.f.tj, code=1)
        self.assertEqual(rows["mark"]["level"], "problem")
        self.f.tj.start()
        rows, _ = self.rows(self.f.tj, code=1)
        self.assertEqual(rows["append"]["level"], "problem")
        self.assertIn("mark", rows["append"]["detail"])
        self.assertIn("WAITING", harness.run(harness.TAMGA, "status", "--data", self.f.tj.folder).out)


def in_memory(folder):
    return subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True).stdout.strip() == "tmpfs"


if __name__ == "__main__":
    if in_memory(harness.TEMPORARY):  # doctor would say so of a healthy node
        harness.TEMPORARY = "/var/tmp"
    harness.main()
