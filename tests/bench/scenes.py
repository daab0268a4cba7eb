"""Scenes of scripts/bench: each prints what it measured, with the raw limit of the same run beside it.

Knows what is measured and how it is put into words; starting nodes and calling commands is in nodes.py.
usage: scenes.py PROGRAMS SCENE [--records N] [--alerts N] [--rounds N] [--folder DIR]
"""
import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import nodes

BATCH = 1024
SEED = 2024
PORT = 17760
# Syncs between the begin of a commit in A and the receipt's departure from B: A writes its log (LMDB: data, then meta)
# and its mark; B writes its log (data, meta).
SYNCS_A, SYNCS_B = 3, 2
QUERIES = 999  # standing ones of one user, who may have 1,000


def say(name, value, beside=""):
    print(f"{name:<46}  {value:>18}  {beside}".rstrip(), flush=True)


def mib(count):
    return f"{count / 1048576:.1f} MiB"


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Place:
    """A folder for one measurement, and its nodes; all gone afterwards."""

    def __init__(self, options):
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="tamga-bench-", dir=options.folder)
        self.nodes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            node.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def node(self, country):
        node = nodes.Node(self.options.programs, self.folder, country, PORT + len(self.nodes))
        self.nodes.append(node)
        node.start()
        return node

    def pair(self):
        one, other = self.node("TJ"), self.node("KG")
        nodes.enrol(one, other)
        nodes.linked(one, other)
        return one, other

    def indicators(self, count, seed=SEED):
        path = os.path.join(self.folder, f"indicators-{seed}.csv")
        if not os.path.exists(path):
            nodes.write_indicators(path, count, seed)
        return path

    def raw(self, commits, bytes_each):
        return nodes.raw_limit(self.options.programs, self.folder, commits, bytes_each)


def import_all(node, path, to):
    counts = [row for row in node.run("import", path, "--list", "bench", "--to", to, "--quiet")
              if row.get("row") == "import"][0]
    if counts["refused"]:
        raise RuntimeError(f"{counts['refused']} records were refused")
    return counts["new"]


def import_once(options, results):
    count = options.records
    with Place(options) as place:
        node, path = place.node("TJ"), place.indicators(count)
        cpu, begun = node.cpu_seconds(), time.monotonic()
        import_all(node, path, "none")
        durable = time.monotonic()
        ready = node.until(count)
        cpu = node.cpu_seconds() - cpu
        log, index, memory = node.bytes_on_disk("log"), node.bytes_on_disk("index"), node.memory()
        batches = -(-count // BATCH)
        raw = place.raw(batches, log // batches)
        for name, value in (("durable", durable - begun), ("ready", ready - begun), ("cpu", cpu), ("log", log),
                            ("index", index), ("rss", memory["VmRSS"]), ("anon", memory["RssAnon"]),
                            ("peak", memory["VmHWM"]), ("raw", raw["fdatasync"]["seconds"]),
                            ("lmdb", raw["lmdb"]["seconds"])):
            results.setdefault(name, []).append(value)
        starts(node, count, results)


def starts(node, count, results):
    """kill -9, start, answer: with everything in the index, and as it is after the kill."""
    for _ in range(3):
        node.kill()
        results.setdefault("start", []).append(node.start())
        if node.status()["records"] != count:
            raise RuntimeError("records were lost")
    memory = node.memory()
    results.setdefault("start_rss", []).append(memory["VmRSS"])
    results.setdefault("start_anon", []).append(memory["RssAnon"])


def scene_import(options, what=("import", "start")):
    results = {}
    for _ in range(options.rounds):
        import_once(options, results)
    middle = {name: statistics.median(values) for name, values in results.items()}
    count = options.records
    if "import" in what:
        say("records imported, rounds", f"{count:,} x {options.rounds}")
        say("raw: append + fdatasync a batch", f"{count / middle['raw']:,.0f} rec/s")
        say("raw: LMDB append, a commit a batch", f"{count / middle['lmdb']:,.0f} rec/s")
        for name, label in (("durable", "import until durable"), ("ready", "import until indexed")):
            say(label, f"{count / middle[name]:,.0f} rec/s",
                f"{middle[name] / middle['raw']:.1f} x raw append, {middle[name] / middle['lmdb']:.1f} x LMDB; "
                f"rounds {', '.join(f'{count / value:,.0f}' for value in results[name])}")
        say("processor time of the node", f"{middle['cpu'] / count * 1e6:.1f} us/rec",
            f"busy {middle['cpu'] / middle['ready']:.0%} of one core")
        say("log on disk", f"{middle['log'] / count:.0f} B/rec", mib(middle["log"]))
        say("index on disk", f"{middle['index'] / count:.0f} B/rec", mib(middle["index"]))
    say("resident after the import", mib(middle["rss"]),
        f"not of files {mib(middle['anon'])}, peak {mib(middle['peak'])}")
    say("kill -9, start until status answers", f"{middle['start']:.2f} s",
        f"worst {max(results['start']):.2f} s of {len(results['start'])}")
    say("resident after the start", mib(middle["start_rss"]), f"not of files {mib(middle['start_anon'])}")


def scene_start(options):
    scene_import(options, what=("start",))


def replicate_once(options, results):
    count = options.records
    with Place(options) as place:
        one, other = place.pair()
        path = place.indicators(count)
        cpu, begun = [node.cpu_seconds() for node in (one, other)], time.monotonic()
        import_all(one, path, "KG")
        durable = time.monotonic()
        there = other.until(count)
        one.until(count)
        batches = -(-count // BATCH)
        raw = place.raw(batches, one.bytes_on_disk("log") // batches)
        for name, value in (("durable", durable - begun), ("there", there - begun),
                            ("raw", 2 * raw["fdatasync"]["seconds"]), ("log", other.bytes_on_disk("log")),
                            ("cpu_a", one.cpu_seconds() - cpu[0]), ("cpu_b", other.cpu_seconds() - cpu[1]),
                            ("rss", other.memory()["VmRSS"]), ("anon", other.memory()["RssAnon"])):
            results.setdefault(name, []).append(value)


def scene_replicate(options):
    results = {}
    for _ in range(options.rounds):
        replicate_once(options, results)
    middle = {name: statistics.median(values) for name, values in results.items()}
    count = options.records
    say("records replicated, rounds", f"{count:,} x {options.rounds}")
    say("raw: both appends + fdatasync, one disk", f"{count / middle['raw']:,.0f} rec/s")
    say("import in A with a peer that takes it", f"{count / middle['durable']:,.0f} rec/s")
    say("import in A until held and indexed in B", f"{count / middle['there']:,.0f} rec/s",
        f"{middle['there'] / middle['raw']:.1f} x raw; rounds {', '.join(f'{count / value:,.0f}' for value in results['there'])}")
    say("processor time of A, of B", f"{middle['cpu_a'] / count * 1e6:.1f}, {middle['cpu_b'] / count * 1e6:.1f} us/rec")
    say("log of B on disk", f"{middle['log'] / count:.0f} B/rec", mib(middle["log"]))
    say("resident in B", mib(middle["rss"]), f"not of files {mib(middle['anon'])}")


def alert_once(one, number):
    begun = time.monotonic()
    rows = one.run("alert", "--flash", "--test", "--title", f"line check {number}", "--to", "KG", "--wait", "30", "--yes")
    whole = (time.monotonic() - begun) * 1000
    stored = [row for row in rows if row.get("row") == "stored"]
    done = [row for row in rows if row.get("row") == "done"]
    if not stored or not done:
        raise RuntimeError("an alert was not stored within 30 s")
    return stored[0]["ms"], done[0]["committed_us"] / 1000, whole


def flash_series(one, count, going=lambda: True):
    taken = []
    while len(taken) < count and going():
        taken.append(alert_once(one, len(taken)))
        time.sleep(0.005)
    return taken


def say_flash(title, taken, raw):
    path = (SYNCS_A + SYNCS_B) / 1000
    low, high = raw["p50_us"] * path, raw["p99_us"] * path
    stored, committed, whole = zip(*taken)
    say(f"{title}: alerts", f"{len(taken)}")
    say("  raw: 5 syncs in turn", f"{low:.1f} / {high:.1f} ms", f"one fdatasync of a block in place: {raw['p50_us'] / 1000:.2f} / {raw['p99_us'] / 1000:.2f} ms")
    for name, values in (("commit in A", committed), ("commit begun in A -> receipt of B", stored),
                         ("whole command, start to exit", whole)):
        say(f"  {name}", f"{percentile(values, .5):.1f} / {percentile(values, .99):.1f} ms",
            f"{percentile(values, .5) / low:.1f} x, {percentile(values, .99) / high:.1f} x; worst {max(values):.1f} ms")


def scene_flash(options):
    with Place(options) as place:
        one, other = place.pair()
        raw = place.raw(400, 4096)["rewrite"]
        say_flash("idle", flash_series(one, options.alerts), raw)
        path = place.indicators(options.records)
        load = threading.Thread(target=import_all, args=(one, path, "KG"))
        load.start()
        time.sleep(1)
        box = {}
        disk = threading.Thread(target=lambda: box.update(place.raw(200, 4096)))
        disk.start()
        busy = flash_series(one, max(100, options.alerts // 2), load.is_alive)
        disk.join()
        one.run("status")
        say_flash("during a bulk import", busy, box["rewrite"])
        if len(busy) < 100:
            print(f"  the import ended after {len(busy)} alerts; give more --records", file=sys.stderr)
        load.join()
        other.until(options.records)


class Watcher:
    """`tamga watch` on a node: when the notice of which record came."""

    def __init__(self, node):
        self.process = node.popen("watch", "--new")
        self.came = {}
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        time.sleep(1)  # it follows before anything happens

    def _read(self):
        for line in self.process.stdout:
            row = json.loads(line)
            self.came.setdefault((row.get("kind"), row.get("ref")), time.monotonic())

    def wait(self, kind, ref):
        until = time.monotonic() + 30
        while (kind, ref) not in self.came and time.monotonic() < until:
            time.sleep(0.0005)
        return self.came[(kind, ref)]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def notice_series(one, watcher, count, kind):
    """ms from the start of `tamga alert` in A, and from its commit's end, to the line of `tamga watch` in B."""
    taken = []
    for number in range(count):
        begun = time.monotonic()
        rows = one.run("alert", "--flash", "--test", "--title", f"line check {number}", "--to", "KG", "--wait", "0", "--yes")
        ref = [row for row in rows if row.get("ref")][0]["ref"]
        taken.append((watcher.wait(kind, ref) - begun) * 1000)
        time.sleep(0.005)
    return taken


PERSON = ("--status", "suspect", "--source-type", "custody", "--grade", "B2", "--purpose", "bench", "--legal-basis", "bench",
          "--review", "2030-01-01", "--expiry", "2031-01-01")


def convergence_series(one, watcher, count):
    """ms from the start of `tamga add person` in A to the line in B that it meets B's own, whom A does not know of."""
    taken = []
    for number in range(count):
        begun = time.monotonic()
        rows = one.run("add", "person", "--name", "Rahmonov Abdullo", "--birth", f"19{50 + number % 50}", *PERSON, "--to", "KG")
        ref = [row for row in rows if row.get("ref")][0]["ref"]
        taken.append((watcher.wait("convergence", ref) - begun) * 1000)
        time.sleep(0.005)
    return taken


def scene_notice(options):
    with Place(options) as place:
        one, other = place.pair()
        watcher = Watcher(other)
        whole = [alert_once(one, number)[2] for number in range(options.alerts)]
        say("beside: `tamga alert --wait`, start to exit", f"{percentile(whole, .5):.1f} / {percentile(whole, .99):.1f} ms")
        alone = notice_series(one, watcher, options.alerts, "alert")
        say("`tamga alert` begun in A -> line in B", f"{percentile(alone, .5):.1f} / {percentile(alone, .99):.1f} ms",
            f"worst {max(alone):.1f} ms")
        other.run("add", "person", "--name", "Раҳмонзода Абдуллоҳ", *PERSON, "--to", "none")
        met = convergence_series(one, watcher, options.alerts)
        say("`tamga add person` begun in A -> the line in B that it meets B's own",
            f"{percentile(met, .5):.1f} / {percentile(met, .99):.1f} ms", f"worst {max(met):.1f} ms")
        for number in range(QUERIES):
            other.run("watch", "add", f"line{number} check", "--reason", "bench")
        other.run("watch", "add", "line check", "--reason", "bench")
        hits = notice_series(one, watcher, options.alerts, "watch")
        say(f"the same as a hit of one of {QUERIES + 1} queries", f"{percentile(hits, .5):.1f} / {percentile(hits, .99):.1f} ms",
            f"worst {max(hits):.1f} ms")
        watcher.stop()


def scene_exact(options):
    with Place(options) as place:
        program = os.path.join(options.programs, "tests", "bench", "exact_match")
        subprocess.run([program, place.folder, str(options.records), str(options.records)], check=True)


# ---- screening ----

SCREENED = 500_000


def selector(number):
    """One of four shapes, as exact_match.c has them, in its normal form and in its own domain."""
    mixed = random.Random(number).getrandbits(256)
    return (("phone", f"+9967{number // 4 % 100000000:08d}"), ("domain", f"s{mixed % 2 ** 32:08x}n{number}.example9.org"),
            ("ip", f"{11 + number // 4 % 80}.{number // 320 % 256}.{number // 81920 % 256}.{number % 251}"),
            ("hash", f"sha256:{mixed:064x}"))[number % 4]


def timed_cpu(words, **how):
    """Processor seconds of a program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=False, stdout=subprocess.DEVNULL, **how)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def scene_screen(options):
    """The index as `exact` measures it, on one core and on two; then a file through the command line; then peers."""
    with Place(options) as place:
        program = os.path.join(options.programs, "tests", "bench", "exact_match")
        folders = [os.path.join(place.folder, name) for name in ("one", "two")]
        for folder in folders:
            os.mkdir(folder)
        both = [subprocess.Popen([program, folder, str(options.records), str(options.records)], stdout=subprocess.PIPE,
                                 text=True) for folder in folders]
        print("two processes at once, an index each: add their rates for two cores")
        for process in both:
            print("".join(line for line in process.communicate()[0].splitlines(True)
                          if line.startswith(("opened", "stored", "misses"))), end="")
        held, asked = (os.path.join(place.folder, name) for name in ("held.txt", "asked.txt"))
        count = min(options.records, SCREENED)
        for path, first in ((held, 0), (asked, 10 ** 8)):
            with open(path, "w", encoding="ascii") as file:
                file.writelines(selector(first + number)[1] + "\n" for number in range(count))
        spent = timed_cpu(["grep", "-c", "-Fxf", held, asked], env={"LC_ALL": "C"})
        say("peer: grep -Fxf, misses", f"{count / spent / 1e6:.2f} M/s")
        code = ("import sys,time\nheld=set(open(sys.argv[1]).read().split())\nasked=open(sys.argv[2]).read().split()\n"
                "t=time.process_time()\nn=sum(v in held for v in asked)\nprint(len(asked)/(time.process_time()-t)/1e6)")
        done = subprocess.run([sys.executable, "-c", code, held, asked], capture_output=True, text=True, check=True)
        say("peer: a set of Python, misses, nothing normalised", f"{float(done.stdout):.2f} M/s")
        node = place.node("TJ")
        import_all(node, place.indicators(options.records), "none")
        table = os.path.join(place.folder, "asked.csv")
        with open(table, "w", encoding="ascii") as file:
            file.write("phone,seat\n")
            file.writelines(f"+996 7{number % 10 ** 8:08d},{number}\n" for number in range(options.records))
        begun = time.monotonic()
        node.run("screen", table, check=False)
        say("`tamga screen` of a table, start to exit", f"{options.records / (time.monotonic() - begun) / 1e6:.2f} M rows/s")


def scene_text(options):
    """Prose with a selector every 4,000 bytes, half of them stored."""
    with Place(options) as place:
        chance = random.Random(SEED)
        stored, text = (os.path.join(place.folder, name) for name in ("stored.tsv", "text.txt"))
        plain = os.path.join(place.folder, "plain.txt")
        with open(stored, "w", encoding="ascii") as file, open(plain, "w", encoding="ascii") as bare:
            for number in range(SCREENED):
                kind, value = selector(number)
                file.write(f"{kind}\t{value}\n")
                bare.write(value.removeprefix("sha256:") + "\n")
        words = "the of and to in a is that for it was on be by are with as he his not at had from or they she".split()
        with open(text, "w", encoding="ascii") as file:
            for line in range(options.records // 20):
                made = [chance.choice(words) if chance.random() < .6 else "".join(
                    chance.choice("aeioubcdfghlmnprst") for _ in range(chance.randrange(3, 11))) for _ in range(300)]
                value = selector(chance.randrange(2 * SCREENED))[1].removeprefix("sha256:")
                made[chance.randrange(300)] = value
                file.write(" ".join(made).capitalize() + ".\n")
        size = os.path.getsize(text) / 1e9
        program = os.path.join(options.programs, "tests", "bench", "text_scan")
        subprocess.run([program, place.folder, text, stored], check=True)
        spent = timed_cpu(["grep", "-c", "-F", "-f", plain, text], env={"LC_ALL": "C"})
        say("peer: grep -F -f, its start included", f"{size / spent:.3f} GB/s")


# Parts of invented names; what is measured is the index, not the names.
GIVEN = "Abdullo Bahrom Davron Farrukh Ilhom Jamshed Karim Manuchehr Nodir Olim Parviz Rustam Sobir Timur Umed Zafar " \
        "Aigul Bakyt Chyngyz Dinara Erkin Gulnara Kanat Maksat Nurlan Saltanat".split()
FAMILY = "Abdullo Bobo Davlat Ergash Fayzi Gafur Hamid Ibragim Juma Khakim Latif Mirzo Nazar Odin Pulat Qodir Rahim " \
         "Safar Tursun Usman Yusuf Zoir Asan Bekmur Jaksy Tokto".split()
CONSONANTS = "bdfghjklmnprstz"
ENDS = "ov ev zoda i uulu bek jon".split()


def write_names(path, count, seed):
    chance = random.Random(seed)
    with open(path, "w", encoding="utf-8") as file:
        file.write("id\tname\tdob\tcountry\tkind\tscript\n")
        for i in range(count):
            family = chance.choice(FAMILY) + chance.choice(CONSONANTS) + chance.choice("aiou") + chance.choice(CONSONANTS)
            name = f"{chance.choice(GIVEN)} {family}{chance.choice(ENDS)}"
            if chance.random() < .6:
                name += f" {chance.choice(GIVEN)}{chance.choice(ENDS)}ich"
            if chance.random() < .5:  # one letter written otherwise
                at = chance.randrange(len(name))
                name = name[:at] + chance.choice("aeiouykhn") + name[at + 1:]
            born = f"{chance.randrange(1950, 2005)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
            file.write(f"{i}\t{name}\t{born}\tTJ\tprimary\tLatin\n")


def scene_match(options):
    with Place(options) as place:
        index, queries = (os.path.join(place.folder, name) for name in ("index.tsv", "queries.tsv"))
        write_names(index, options.records // 10, SEED)
        write_names(queries, max(1000, options.records // 100), SEED + 1)
        program = os.path.join(options.programs, "tests", "bench", "match_names")
        subprocess.run([program, index, queries], check=True, stdout=subprocess.DEVNULL, stderr=sys.stdout)


def withdrawal_once(one, number):
    """Milliseconds from the command's start to its end, which is when both others have said that the record is gone."""
    told = one.run("alert", "--test", "--title", f"to be withdrawn {number}", "--to", "KG,UZ", "--wait", "30", "--yes")
    ref = next(row["ref"] for row in told if row.get("row") == "record")
    begun = time.monotonic()
    rows = one.run("withdraw", ref, "--reason", "error", "--wait", "30", "--yes")
    whole = (time.monotonic() - begun) * 1000
    if len([row for row in rows if row.get("row") == "withdrawn"]) != 2:
        raise RuntimeError("a withdrawal was not acknowledged by both within 30 s")
    return whole


def say_withdrawals(title, taken):
    say(f"{title}: withdrawals, two holders", f"{len(taken)}")
    say("  command's start -> both have acknowledged", f"{percentile(taken, .5):.1f} / {percentile(taken, .99):.1f} ms",
        f"p50 / p99; worst {max(taken):.1f} ms")


def scene_withdraw(options):
    with Place(options) as place:
        one, *others = [place.node(country) for country in ("TJ", "KG", "UZ")]
        for other in others:
            nodes.enrol(one, other)
            nodes.linked(one, other)
        count = max(20, options.alerts // 2)
        say_withdrawals("idle", [withdrawal_once(one, i) for i in range(count)])
        path = place.indicators(options.records)
        load = threading.Thread(target=import_all, args=(one, path, "KG,UZ"))
        load.start()
        time.sleep(1)
        busy = []
        while load.is_alive() and len(busy) < count:
            busy.append(withdrawal_once(one, count + len(busy)))
        load.join()
        say_withdrawals("during a bulk import", busy)


SCENES = {"import": scene_import, "withdraw": scene_withdraw, "replicate": scene_replicate, "flash": scene_flash, "exact": scene_exact, "screen": scene_screen, "text": scene_text,
          "start": scene_start, "match": scene_match, "notice": scene_notice}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs")
    parser.add_argument("scene", choices=SCENES)
    parser.add_argument("--records", type=int, default=1000000)
    parser.add_argument("--alerts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", default=None, help="where the nodes live: a local file system")
    options = parser.parse_args()
    options.programs = os.path.abspath(options.programs)
    SCENES[options.scene](options)


if __name__ == "__main__":
    main()
