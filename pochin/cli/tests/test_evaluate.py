"""Readings judged by a plan on anybody's machine: what is said, what is left out, what it cost."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pochin.cli import main, named
from pochin.core import checkpoints
from pochin.evaluations import bundle
from pochin.lab.protocol import Protocol
from pochin.lab.tests.plans import DELAY, plan

MILLION = 100_000_000
COST = {"name": "capex", "kind": "capex", "low": MILLION, "mid": 2 * MILLION, "high": 3 * MILLION}
MONEY = {
    "value": {
        "currency": "RUB",
        "per_unit": {"low": 90, "mid": 100, "high": 110},
        "volume": {"low": 900_000, "mid": 1_000_000, "high": 1_100_000},
        "horizon_years": 3,
    },
    "cost": {"currency": "RUB", "items": [COST]},
}
GIVEN = {"metrics": [DELAY], "analysis": {"draws": 999}, **MONEY}


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    """A folder with a plan that reckons money and readings in which the solution helps."""
    monkeypatch.chdir(tmp_path)
    document = plan(**GIVEN)
    Path("plan.json").write_text(json.dumps(document))
    protocol = Protocol.parse(document)
    rows = ["unit,at,metric,value"]
    for i, unit in enumerate(protocol.units):
        for week in protocol.period_ids:
            helped = unit["arm"] == "treatment" and week >= protocol.run_ids[0]
            rows.append(f"{unit['unit']},{week},delay,{30 - 4 * helped + i / 7 % 1:.3f}")
    Path("readings.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def judged(*options):
    assert main(["evaluate", "plan.json", "readings.csv", "--json", "result.json", *options]) == 0
    return json.loads(Path("result.json").read_text())


def refused(capsys, *words):
    """The one sentence a command refuses with."""
    assert main(["evaluate", *words]) == 2
    told = capsys.readouterr().err
    assert told.startswith("pochin evaluate: ")
    assert told.count("\n") == 1
    return told.removeprefix("pochin evaluate: ").rstrip("\n")


def test_the_finding_comes_first_in_one_sentence(at_home, capsys):
    judged()

    assert capsys.readouterr().out.splitlines()[0].startswith("delay: less by 4")


def test_a_cost_that_became_known_takes_the_place_of_the_guess(at_home, capsys):
    guessed = judged()
    Path("costs.csv").write_text("item;amount;currency\ncapex;9 000 000,00;rub\n")

    found = judged("--costs", "costs.csv")

    assert found["facts"]["paid"] == {"capex": 9 * MILLION}
    worth = [one["decision"]["money"]["median"] for one in (guessed, found)]
    assert worth[0] - worth[1] == pytest.approx(7 * MILLION, rel=0.05)
    said = "known cost of “capex”: 9,000,000.00 RUB, guessed 1,000,000.00 to 3,000,000.00"
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if "known cost" in line] == [said]
    over = "[warn] “Cost of the roll-out” has cost 9,000,000; the plan reckoned with at most "
    assert [line for line in told if "has cost" in line] == [f"{over}3,000,000."]


def test_the_report_tells_of_the_costs_and_how_to_run_it_again(at_home):
    Path("costs.csv").write_text("item,amount,currency\ncapex,9000000,RUB\n")

    judged("--costs", "costs.csv", "--html", "report.html", "--lang", "en")

    page = Path("report.html").read_text()
    assert "pochin evaluate plan.json readings.csv --costs costs.csv" in page


def test_what_a_result_knew_is_taken_over_from_it(at_home):
    Path("costs.csv").write_text("item,amount,currency\ncapex,9000000,RUB\n")
    before = judged("--costs", "costs.csv")
    Path("before.json").write_text(json.dumps(before))

    assert judged("--facts", "before.json") == before


COSTS = {
    "a,b\n1,2\n": "needs the columns item, amount and currency; it lacks item, amount, currency.",
    "item,amount,currency\n": "has headings and no rows.",
    "item,amount,currency\nlift,1,RUB\n": "line 2: the plan has no cost “lift”; it has capex.",
    "item,amount,currency\ncapex,much,RUB\n": "line 2: “much” is not a number.",
    "item,amount,currency\ncapex,nan,RUB\n": "line 2: “nan” is not a number.",
    "item,amount,currency\ncapex,-1,RUB\n": "line 2: a cost cannot be below zero.",
    "item,amount,currency\ncapex,1,EUR\n": "line 2: the plan reckons in RUB, not in “EUR”.",
    "item,amount,currency\ncapex,1,RUB\ncapex,2,RUB\n": "line 3: the cost of “capex” stands here "
    "already.",
}  # fmt: skip


@pytest.mark.parametrize("content", COSTS)
def test_a_table_of_costs_that_does_not_fit_is_refused(content, at_home, capsys):
    Path("costs.csv").write_text(content)

    told = refused(capsys, "plan.json", "readings.csv", "--costs", "costs.csv")

    assert told.endswith(COSTS[content])


def test_a_plan_without_money_takes_no_costs(at_home, capsys):
    Path("plan.json").write_text(json.dumps(plan(metrics=[DELAY])))
    Path("costs.csv").write_text("item,amount,currency\ncapex,1,RUB\n")

    told = refused(capsys, "plan.json", "readings.csv", "--costs", "costs.csv")

    assert told == "The plan reckons no money, so no cost can be noted."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("unit,at\n", "facts.json is not a JSON document."),
        ("[]", "facts.json is not a result of the format pochin-result/1."),
        ('{"schema": "pochin-result/1", "facts": {"moon": 1}}',
         "The facts of facts.json are not those a result holds."),
        ('{"schema": "pochin-result/1", "facts": {"costs": 3}}',
         "The facts of facts.json are not those a result holds."),
    ],
)  # fmt: skip
def test_facts_that_are_no_result_are_refused(content, words, at_home, capsys):
    Path("facts.json").write_text(content)

    assert refused(capsys, "plan.json", "readings.csv", "--facts", "facts.json") == words


FILES = {
    "nothing": (lambda _file: None, "There is no file {}."),
    "below a file": (lambda _file: None, "There is no file {}."),
    "folder": (lambda file: file.mkdir(), "{} is a folder, not a file."),
    "empty": (lambda file: file.touch(), "{} is empty."),
}


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("place", [0, 1])
def test_what_is_no_file_is_named_for_what_it_is(what, place, at_home, capsys):
    make, words = FILES[what]
    make(Path("it"))
    name = "plan.json/it" if what == "below a file" else "it"
    named_ = ["plan.json", "readings.csv"]
    named_[place] = name

    assert refused(capsys, *named_) == words.format(name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04", "plan.json is a workbook or an archive, not text."),
        (b"PAR1", "plan.json is a Parquet table, not text."),
        (b"%PDF-1.7", "plan.json is a PDF document, not text."),
        (b"\xff\xfe{\0", "plan.json is text in UTF-16; save it as UTF-8."),
        (b"\xe9\xe8", "plan.json is not text in UTF-8; save it as UTF-8."),
    ],
)
def test_a_plan_that_is_no_text_is_named_for_what_it_is(content, words, at_home, capsys):
    Path("plan.json").write_bytes(content)

    assert refused(capsys, "plan.json", "readings.csv") == words


def test_a_file_one_may_not_read_is_said_to_be_so():
    told = named.why_not(Path("plan.json"), PermissionError(13, "Permission denied"))

    assert str(told) == "plan.json may not be read by this account."


def test_a_table_of_something_else_is_told_with_its_headings(at_home, capsys):
    Path("readings.csv").write_text("a,b\n1,2\n")

    told = refused(capsys, "plan.json", "readings.csv")

    assert told.startswith("readings.csv cannot be read as readings: The table lacks columns: unit")


def test_readings_of_another_pilot_are_told_by_their_first_row(at_home, capsys):
    Path("readings.csv").write_text("unit,at,metric,value\n999,2026-03-02,delay,1\n")

    assert refused(capsys, "plan.json", "readings.csv") == (
        "readings.csv holds no reading that fits the plan. "
        "Line 2: “999”: The plan does not know this unit; check its number."
    )


def test_a_row_told_twice_counts_once_and_is_told(at_home, capsys):
    before = judged()
    capsys.readouterr()
    rows = Path("readings.csv").read_text()
    last = rows.splitlines()[-1]
    Path("readings.csv").write_text(f"{rows}{last}\n{last.rsplit(',', 1)[0]},99\n")

    found = judged()

    assert found["metrics"][0]["effect"]["estimate"] == before["metrics"][0]["effect"]["estimate"]
    assert found["facts"]["set_aside"] == {"duplicates": 1}
    assert capsys.readouterr().err.splitlines() == [
        "line 74: The same reading stands in line 73; it is counted once.",
        "line 75: Line 73 says another value about the same reading. Keep the right one; if there "
        "were two events, tell them apart by event_id.",
    ]


def test_of_many_rows_left_out_the_first_are_named_and_all_are_counted(at_home, capsys):
    rows = Path("readings.csv").read_text()
    Path("readings.csv").write_text(rows + "999,2026-03-02,delay,1\n" * 30)

    judged()

    told = capsys.readouterr().err.splitlines()
    assert (len(told), told[-1]) == (21, "30 rows were left out in all.")


def test_a_report_that_cannot_be_written_is_told_after_the_finding(at_home, capsys):
    words = ["evaluate", "plan.json", "readings.csv", "--html", "nowhere/report.html"]

    assert main(words) == 2

    assert "nowhere/report.html cannot be written: no such file" in capsys.readouterr().err


# The bundle ------------------------------------------------------------------------------------

ONE_FILE = Path(bundle.__file__).parent / "static" / "evaluations" / "verify_bundle.py"


def checked_by_one_file(name):
    """What the verifier on the standard library alone answers, in a Python without our paths."""
    return subprocess.run(
        [sys.executable, "-I", str(ONE_FILE), name], capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("options", [(), ("--costs", "costs.csv")])
def test_the_bundle_is_computed_anew_and_says_equal(at_home, capsys, options):
    Path("costs.csv").write_text("item,amount,currency\ncapex,2500000,RUB\n")
    result = judged("--bundle", "own.zip", *options)
    capsys.readouterr()

    assert main(["verify", "own.zip"]) == 0

    decision = result["decision"]
    told = capsys.readouterr().out.splitlines()
    assert told[0] == (
        f"Equal. Pilot plan: {decision['verdict']}, {decision['colour']}, "
        f"evidence class {decision['evidence_class']}."
    )
    whole = checked_by_one_file("own.zip")
    assert (whole.returncode, whole.stdout.splitlines()[0]) == (
        0, "Whole: pilot plan, evaluation 1.",
    )  # fmt: skip


def test_a_bundle_with_another_result_is_found_out(at_home, capsys):
    judged("--bundle", "own.zip")
    with zipfile.ZipFile("own.zip") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["result.json"] = parts["result.json"].replace(b'"colour":"green"', b'"colour":"amber"')
    with zipfile.ZipFile("own.zip", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    capsys.readouterr()

    assert main(["verify", "own.zip"]) == 1
    assert "result.json" in capsys.readouterr().out
    assert checked_by_one_file("own.zip").returncode == 1


def test_the_bundle_of_a_withheld_result_is_whole_too(at_home, capsys):
    # Half of the rows are gone: the plan's gate blocks, and the bundle says the same.
    rows = Path("readings.csv").read_text().splitlines()
    Path("readings.csv").write_text("\n".join([rows[0], *rows[1::2]]) + "\n")

    assert main(["evaluate", "plan.json", "readings.csv", "--bundle", "own.zip"]) == 3
    capsys.readouterr()

    assert main(["verify", "own.zip"]) == 0
    assert capsys.readouterr().out.startswith("Equal. Pilot plan: invalid, grey")


def test_no_centre_vouches_for_such_a_bundle(at_home, capsys):
    judged("--bundle", "own.zip")

    centre = checkpoints.signing_key().public_key().public_bytes_raw().hex()

    assert main(["verify", "own.zip", "--key", centre]) == 1
    assert "another key" in capsys.readouterr().out


def test_a_plan_that_was_not_locked_gets_no_bundle(at_home, capsys):
    told = refused(capsys, "plan.json", "readings.csv", "--locked", "0" * 64, "--bundle", "own.zip")

    assert told == "No bundle is written: the plan is not the one that was locked."
    assert not Path("own.zip").exists()
