"""The map of what the lab can do: every name on it is there, and every test it leans on."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "lab" / "clauses.md"
ROW = re.compile(r"^\| (?!what \|)(?!-)(.+) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
HOME = "pochin/lab/tests"


def rows():
    """What, names, the two tests and where it is seen, of each line of the page."""
    found = [row.split(" | ") for row in ROW.findall(PAGE.read_text(encoding="utf-8"))]
    return [row for row in found if not row[0].startswith("---")]


def named(path):
    """Whatever a name of the page stands for."""
    if "." not in path:
        return getattr(import_module("pochin.lab"), path)
    module, rest = path.split("."), []
    while module:
        try:
            found = import_module(".".join(module))
        except ModuleNotFoundError:
            rest.insert(0, module.pop())
            continue
        for part in rest:
            found = getattr(found, part)
        return found
    raise AttributeError(path)


@cache
def sentences_of(file):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


def is_there(test):
    file, name = test.split("::")
    file = file if "/" in file else f"{HOME}/{file}"
    return (ROOT / file).exists() and name in sentences_of(file)


def test_the_page_has_a_line_for_each_thing_and_two_tests_for_each_line():
    assert len(rows()) > 60
    assert [row[0] for row in rows() if len(row) != 5 or row[2] == row[3]] == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_names_and_tests_of_a_line_are_there(row):
    _what, names, works, refuses, seen = row

    assert all(named(name) is not None for name in CODE.findall(names))
    assert [test for test in CODE.findall(works + refuses) if not is_there(test)] == []
    assert seen


def test_a_name_or_a_test_that_is_gone_is_missed():
    with pytest.raises(AttributeError):
        named("pochin.lab.decide.evidence_class_of_old")
    with pytest.raises(AttributeError):
        named("NoSuchName")
    assert not is_there("test_decide.py::test_that_was_renamed")
    assert not is_there("test_gone.py::test_the_class_follows_the_one_sided_bound")
