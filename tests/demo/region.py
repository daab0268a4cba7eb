"""The records that scripts/demo.d/region makes against the tables that it makes them from: nothing lost, nothing added.

Must not know: nodes. Tables: scripts/demo.d/situation_2024_06/SOURCE.md.

Use: region.py FOLDER (scripts/demo.d)
"""
import csv
import json
import os
import subprocess
import sys

IDS = {"1": "ab" * 32, "2": "cd" * 32}


def records(folder, *words):
    run = subprocess.run([os.path.join(folder, "region"), *words], capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.decode("utf-8").splitlines()]


def table(folder, name):
    with open(os.path.join(folder, "situation_2024_06", name + ".tsv"), encoding="utf-8") as text:
        return list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))


def of_kind(everything, kind):
    return [record for record in everything if record["kind"] == kind]


def check_heads(everything):
    ids = [record["head"]["external_id"] for record in everything]
    assert len(ids) == len(set(ids)) == 30, "thirty records, each with a number of its own"
    for record in everything:
        source = record["head"]["source"]
        assert source["type"] == "press" and source["date"] == "2024-06", "the press said it, and when"
        assert record["head"]["grading"] == {"reliability": "F", "credibility": "3"}, "graded"


def check_facilities(everything, rows):
    said = [(r["facility"]["names"][0]["text"], r["facility"]["country"], r["facility"].get("regime", ""))
            for r in of_kind(everything, "facility")]
    assert sorted(said) == sorted((r["facility"], r["country"], r["regime"]) for r in rows)
    cells = [(r["cell"]["facility"]["name"], str(r["cell"]["size"]["low"]), str(r["cell"]["size"]["high"]), r["cell"]["size"]["as_of"])
             for r in of_kind(everything, "cell")]
    assert sorted(cells) == sorted((r["facility"], r["cell_low"], r["cell_high"], r["as_of"]) for r in rows)


def check_incidents(everything, rows):
    said = [(r["incident"]["facility"]["name"], r["incident"]["kind"], r["incident"]["text"], r["incident"].get("from", ""),
             r["incident"]["to"], "multiple" if r["incident"].get("occurrences", {}).get("low") == 2 else "")
            for r in of_kind(everything, "incident")]
    assert sorted(said) == sorted(tuple(r.values()) for r in rows)


def check_assessments(everything, rows):
    said = [(r["assessment"]["scope"], r["assessment"]["factor"], r["assessment"]["text"]) for r in of_kind(everything, "assessment")]
    assert sorted(said) == sorted(tuple(r.values()) for r in rows)


def check_measures(everything, rows, repeats):
    measures = {int(r["head"]["external_id"].removeprefix("measure-")): r for r in of_kind(everything, "measure")}
    again = {int(r["row"]): r["repeats"] for r in repeats}
    assert sorted(measures) == list(range(1, len(rows) + 1)) and 6 <= len(rows) - len(again) <= 8
    for number, row in enumerate(rows, 1):
        measure = measures[number]["measure"]
        said = [measure.get(key, "") for key in ("area", "action", "objective", "expected_outcome", "responsible")]
        assert said == [row[key] for key in ("area", "action", "objective", "expected_outcome", "responsible")], number
        assert str(measure.get("time_limit_months", "")) == row["time_limit_months"], number
        wanted = [{"id": IDS[again[number]], "role": "repeats"}] if number in again else None
        assert measures[number]["head"].get("refers") == wanted, number


def main(folder):
    by_country = {country: records(folder, country) for country in ("TJ", "KG", "UZ")}
    again = records(folder, "TJ", *(f"{row}={id}" for row, id in IDS.items()))
    everything = sum(by_country.values(), again)
    for country, said in by_country.items():
        assert all(r["facility"]["country"] == country for r in of_kind(said, "facility")), "each country enters its own"
    check_heads(everything)
    check_facilities(everything, table(folder, "facilities"))
    check_incidents(everything, table(folder, "incidents"))
    check_assessments(everything, table(folder, "assessments"))
    check_measures(everything, table(folder, "measures"), table(folder, "repeats"))
    lost = subprocess.run([os.path.join(folder, "region"), "TJ", "1=" + IDS["1"]], capture_output=True, check=False)
    assert lost.returncode == 1 and b"row 2 is missing" in lost.stderr, "a repeat of nothing is refused"


if __name__ == "__main__":
    main(sys.argv[1])
