"""Thousands of broken plans and tables: an answer or one clear sentence, never a traceback."""

import contextlib
import copy
import io
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pochin.cli import main
from pochin.lab.plan_rules import faults
from pochin.lab.protocol import Protocol
from pochin.lab.result import LabError
from pochin.lab.schema import Fault
from pochin.lab.tests.plans import KINDS, plan
from pochin.lab.tests.test_evaluate import table_of

SHORT, LONG = 150, 10_000

JUNK = [
    None, "", " ", "\x00", "x" * 5000, "２０２６", "2026-02-30", "9999-12-31", "нет", "‮txt",
    True, False, 0, -1, 1, 3, 0.5, -0.0, 1e308, -1e308, 1e-320, 10**30, 2**63, float("nan"),
    float("inf"), [], {}, [[]], [None], {"": None}, ["a"] * 300, [0, 1] * 400, {"a": {"b": []}},
]  # fmt: skip


def places(node, path=()):
    """Every place in a document."""
    yield path
    if isinstance(node, dict | list):
        for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
            yield from places(value, (*path, key))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def broken_plan(dice):
    """A plan of some kind with one to four of its places broken."""
    document = plan(dice.choice(KINDS), analysis={"draws": 999})
    if dice.random() < 0.1:
        document["value"], document["cost"] = money(dice), {"items": []}
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        known = list(places(document))[1:]
        if not known:
            break
        path = dice.choice(known)
        parent, key = at(document, path[:-1]), path[-1]
        how = dice.randrange(6)
        if how == 0:
            del parent[key]
        elif how == 1 and isinstance(parent, dict):
            parent[dice.choice(("kind", "unit", "extra", "__proto__", "seed"))] = copy.deepcopy(
                dice.choice(JUNK)
            )
        elif how == 2:
            parent[key] = copy.deepcopy(at(document, dice.choice(known)))
        elif how == 3 and isinstance(parent, list):
            parent.append(parent[key])
        else:
            parent[key] = copy.deepcopy(dice.choice(JUNK))
    return document


def money(dice):
    return {"per_unit": dice.choice(JUNK), "quantity": dice.choice(JUNK), "currency": "RUB"}


def broken_text(dice, content):
    """Bytes of a file with something torn, put in or exchanged."""
    content = bytearray(content)
    for _ in range(dice.choice((1, 1, 3, 10))):
        place = dice.randrange(len(content) + 1)
        how = dice.randrange(5)
        if how == 0:
            del content[place:]
        elif how == 1:
            content[place:place] = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 9)))
        elif how == 2:
            del content[place : place + dice.randrange(1, 40)]
        elif how == 3:
            content[place:place] = dice.choice(
                (b'"', b",,", b"\r", b"\x00", b"[" * 3000, b"1e999", b"\xef\xbb\xbf", b"NaN", b"\n")
            )
        else:
            content[place : place + 1] = b";"
    return bytes(content)


def table(dice, document):
    """Names and bytes of a file of readings that may fit the plan, or not."""
    rows = readings(document)
    for _ in range(dice.choice((0, 1, 2, 5))):
        row, name = dice.choice(rows), dice.choice(("unit", "at", "metric", "value"))
        row[name] = dice.choice((*JUNK[:-7], "1,5", "−3", "12.03.2026", "<b>", "1 000"))
    if dice.random() < 0.1:
        rows = dice.sample(rows, dice.randrange(len(rows)))
    kind = dice.choice(("csv", "csv", "csv", "jsonl", "parquet", "xlsx", "txt"))
    if kind == "jsonl":
        return kind, "\n".join(json.dumps(row) for row in rows).encode()
    words = {name: [str(row[name]) for row in rows] for name in ("unit", "at", "metric", "value")}
    if kind == "parquet":
        out = io.BytesIO()
        pq.write_table(pa.table(words), out)
        return kind, out.getvalue()
    names = dice.sample(list(words), dice.choice((4, 4, 4, 3)))
    mark = dice.choice(",,;\t|")
    lines = [mark.join(names), *map(mark.join, zip(*map(words.get, names), strict=True))]
    code = dice.choice(("utf-8", "utf-8", "utf-16", "cp1251"))
    return kind, "\n".join(lines).encode(code, "replace")


WHOLE = {}


def readings(document):
    """A reading for each unit, period and metric of a whole plan of that kind."""
    design = document.get("design")
    kind = design.get("kind") if isinstance(design, dict) else None
    kind = kind if kind in KINDS and kind != "individual" else "parallel"
    if kind not in WHOLE:
        found = table_of(Protocol.parse(plan(kind)))
        WHOLE[kind] = [
            {"unit": str(unit), "at": str(period), "metric": str(metric), "value": float(value)}
            for unit, period, metric, value in zip(
                found.unit, found.period, found.metric, found.mean, strict=True
            )
        ]
    return [dict(row) for row in WHOLE[kind]]


def said(words):
    """Run a command in this process: status, output and complaints."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return status, out.getvalue(), err.getvalue()


def check(words, allowed):
    """One run: a status it may have and, where it refuses, one sentence."""
    status, out, err = said(words)
    assert status in allowed, (status, err)
    assert "Traceback" not in out + err
    if status == 2:
        last = err.strip().splitlines()[-1]
        assert last.startswith(f"pochin {words[0]}: "), err
        assert last.endswith((".", ".”", "…")), err
        assert len(last) < 2_000, err
    else:
        assert out.strip()
    return status


def tried(count, tmp_path, seed):
    """How often each status came of `count` runs of each command."""
    seen = {"evaluate": [0] * 4, "design": [0] * 4}
    for number in range(count):
        dice = random.Random(f"{seed} {number}")
        document = broken_plan(dice) if dice.random() < 0.6 else plan(dice.choice(KINDS))
        text = json.dumps(document, ensure_ascii=dice.random() < 0.5).encode("utf-8", "replace")
        if dice.random() < 0.2:
            text = broken_text(dice, text)
        plan_file = tmp_path / "plan.json"
        plan_file.write_bytes(text)
        ending, content = table(dice, document)
        if dice.random() < 0.4:
            content = broken_text(dice, content)
        data = tmp_path / f"readings.{ending}"
        data.write_bytes(content)
        try:
            if number % 3:
                status = check(["evaluate", str(plan_file), str(data)], {0, 2, 3})
                seen["evaluate"][status] += 1
            else:
                sd = dice.choice(("1", "0.5", "1e-9", "1e300", "nan", "-1", "0"))
                words = ["design", str(plan_file), "--sd", sd, "--icc", "0.05"]
                seen["design"][check(words, {0, 2})] += 1
        except BaseException as error:
            error.add_note(f"dice {seed} {number}")
            raise
    return seen


def test_a_few_hundred_broken_files_get_an_answer_or_one_sentence(tmp_path, db):
    seen = tried(SHORT, tmp_path, "short")

    assert min(seen["evaluate"][0], seen["evaluate"][2], seen["evaluate"][3]) > 0, seen
    assert min(seen["design"][0], seen["design"][2]) > 0, seen


@pytest.mark.slow
def test_ten_thousand_broken_files_get_an_answer_or_one_sentence(tmp_path, db):
    seen = tried(LONG, tmp_path, "long")

    assert min(seen["evaluate"][0], seen["evaluate"][2], seen["evaluate"][3]) > 100, seen


@pytest.mark.parametrize("count", [400, pytest.param(LONG, marks=pytest.mark.slow)])
def test_broken_plans_are_read_or_refused_by_sentences_with_places(count):
    refused = 0
    for number in range(count):
        document = broken_plan(random.Random(f"plans {number}"))
        found = faults(document)
        assert all(isinstance(one, Fault) and str(one).endswith(".") for one in found), found
        try:
            read = Protocol.parse(document)
        except LabError as error:
            read, words = None, str(error)
            refused += 1
        assert (read is None) == bool(found)
        if read is None:
            assert words.endswith(".")
        else:
            assert Protocol.from_json(read.canonical).canonical == read.canonical

    assert count / 2 < refused < count
