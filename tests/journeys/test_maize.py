"""Darwin's maize from the archive: entered, measured, judged as Fisher published it."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conftest import on
from pochin.cli import main
from pochin.core.policy import SYSTEM
from pochin.evaluations import lifecycle as evaluations
from pochin.lab.protocol import Protocol
from pochin.measurements import lifecycle as readings
from pochin.pilots import lifecycle as pilots

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
PLAN, READINGS = EXAMPLES / "maize-plan.json", EXAMPLES / "maize-readings.csv"


def test_the_command_prints_the_published_figures(capsys, tmp_path):
    file = tmp_path / "result.json"

    assert main(["evaluate", str(PLAN), str(READINGS), "--json", str(file)]) == 0

    assert "paired-t: 2.617 in, se 1.218, df 14, p 0.0497" in capsys.readouterr().out
    lot = json.loads(file.read_text())["metrics"][0]["lot"]
    assert lot["p_value"] == pytest.approx(2 * 863 / 32768, abs=1e-12)


def test_a_plan_with_a_mistake_gets_one_sentence(capsys, tmp_path):
    broken = tmp_path / "plan.json"
    broken.write_text(PLAN.read_text().replace('"pairs"', '"couples"'))

    assert main(["evaluate", str(broken), str(READINGS)]) == 2

    assert "is not a plan that can be used" in capsys.readouterr().err


@pytest.fixture
def entered(cast):
    """Entered from the archive by Mila, its plan written by Lev and signed."""
    pilot = pilots.enter_from_archive(
        cast.city, by=cast.mila, title_ru="Кукуруза", title_en="Maize", sponsor=cast.nina,
        starts_on=date(1876, 5, 1), ends_on=date(1876, 9, 30), at=on(3, 2),
    )  # fmt: skip
    pilots.appoint(
        pilot, by=cast.vera, at=on(3, 2), manager=cast.lev, methodologist=cast.mila,
        analyst=cast.mila, decision_owner=cast.kira, decision_date=date(2026, 6, 1),
    )  # fmt: skip
    protocol = Protocol.from_json(PLAN.read_text())
    pilots.write_plan(pilot, by=cast.lev, protocol=protocol, at=on(3, 2))
    words = {"baseline_words": "Pairs of plants", "waiver": "A known experiment"}
    pilots.edit(pilot, by=cast.lev, at=on(3, 2), **words)
    pilots.submit_plan(pilot, by=cast.lev, at=on(3, 2))
    for signer in (cast.mila, cast.nina):
        pilots.sign_plan(pilot, by=signer, at=on(3, 2))
    pilot.refresh_from_db()
    return pilot


def test_the_product_comes_to_the_same_verdict(entered, cast, signed_in):
    upload = SimpleUploadedFile("maize-readings.csv", READINGS.read_bytes())
    batch = readings.send(entered, upload, by=cast.lev, at=on(3, 3))
    readings.check(batch, by=cast.lev, at=on(3, 3))
    batch = readings.take_in(batch, at=on(3, 3))
    assert (batch.received, batch.accepted, batch.quarantined) == (30, 30, 0)

    pilots.keep_time(on(3, 4))
    entered.refresh_from_db()
    if entered.state == "running":
        pilots.close_data(entered, by=SYSTEM, at=on(3, 4))
    pilots.begin_evaluation(entered, by=cast.mila, at=on(3, 4))
    evaluation = evaluations.compute(entered, by=cast.mila, at=on(3, 4))

    effect = evaluation.result["metrics"][0]["effect"]
    assert round(effect["estimate"] / effect["std_error"], 3) == 2.148
    assert round(effect["p_value"], 4) == 0.0497
    assert (evaluation.verdict, evaluation.colour) == ("promising", "amber")
    page = signed_in(cast.mila).get(evaluation.get_absolute_url()).content.decode()
    assert "the plan was written after the data" in page
