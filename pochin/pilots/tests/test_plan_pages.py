"""Writing, reading, signing, checking and amending a plan in the levs."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conftest import PLAN, on, plan_for
from pochin.lab.protocol import Protocol
from pochin.pilots import lifecycle
from pochin.pilots.forms import PlanForm
from pochin.pilots.models import signed_sides
from pochin.pilots.words import KINDS

ANSWERS = {
    "question": "Короче ли задержка?",
    "unit": "отделение",
    "kind": "parallel",
    "code": "delay",
    "name": "Задержка",
    "metric_kind": "mean",
    "direction": "lower",
    "metric_unit": "мин",
    "threshold": "1,0",
    "start": "16.03.2099",
    "length": "week",
    "baseline": "2",
    "run": "4",
    "scope": "network",
    "seed": "424242",
    "guard1_code": "complaints",
    "guard1_name": "Жалобы",
    "guard1_kind": "proportion",
    "guard1_direction": "lower",
    "guard1_unit": "доля",
    "guard1_margin": "0,01",
    "stop_reasons": "травма\nпожар",
}
SURE = {"sd": "2", "icc": "0,02; 0,05; 0,1", "cac": "80", "readings": "200", "size_cv": "0"}


@pytest.fixture
def in_design(pilot_at):
    pilot = pilot_at("design")
    for office in pilot_at.offices[:4]:
        pilot_at.slot(pilot, office)
    return pilot


@pytest.fixture
def levs(lev, signed_in):
    return signed_in(lev, "ru")


def fill(pilot, **changes):
    taken = {f"in_{slot.site.number}": "on" for slot in pilot.slots.select_related("site")}
    return {**ANSWERS, **taken, **changes}


def write(levs, pilot, **changes):
    return levs.post(reverse("pilots:write_plan", args=[pilot.number]), fill(pilot, **changes))


def test_the_form_becomes_a_plan_whose_lot_anybody_can_draw_again(in_design, levs):
    answer = write(levs, in_design, keep="yes")
    protocol = in_design.plan().protocol

    assert answer.url == reverse("pilots:plan", args=[in_design.number])
    assert protocol.primary.threshold == 1.0
    assert [m.code for m in protocol.guardrails] == ["complaints"]
    assert protocol.document["stop_reasons"] == ["травма", "пожар"]
    # The arms are listed, and the seed gives the same ones; another seed would be refused.
    assert protocol.assignment("424242").arms.sum() == 2
    with pytest.raises(Exception, match="not the one its seed gives"):
        protocol.assignment("424243")


def test_the_form_shows_the_plan_again_as_it_was_kept(in_design, levs):
    write(levs, in_design, keep="yes", **SURE)
    first = in_design.plan().content

    page = levs.get(reverse("pilots:write_plan", args=[in_design.number]))
    form = page.context["form"]
    again = {name: form[name].value() for name in form.fields}
    posted = {n: "on" if v is True else v for n, v in again.items() if v not in (None, False, "")}
    levs.post(reverse("pilots:write_plan", args=[in_design.number]), {**posted, "keep": "yes"})

    assert in_design.plan().content == first


def test_without_keeping_nothing_is_written(in_design, levs):
    answer = write(levs, in_design, count="", **SURE)

    assert answer.status_code == 200
    assert in_design.plan() is None


def test_power_grows_with_sites(pilot_at, offices, levs, in_design):
    few = write(levs, in_design, **SURE).context["power"].found
    for office in offices[4:]:
        pilot_at.slot(in_design, office)
    many = write(levs, in_design, **SURE).context["power"].found

    assert (few.units, many.units) == (4, 12)
    assert many.power[1] > few.power[1]
    assert many.power_then[1] > many.power[1]


def test_what_it_promises_to_detect_goes_into_the_plan(in_design, pilot_at, offices, levs):
    for office in offices[4:]:
        pilot_at.slot(in_design, office)
    found = write(levs, in_design, **SURE).context["power"].found
    write(levs, in_design, keep="yes", **SURE)
    primary = in_design.plan().protocol.primary

    assert primary.detectable == found.promised
    assert primary.planned_std_error == pytest.approx(found.std_error, rel=1e-3)
    assert in_design.plan().guesses["sd"] == 2.0


def test_four_offices_cannot_show_anything_by_lot(in_design, levs):
    power = write(levs, in_design, **SURE).context["power"]

    assert power.found.promised is None
    assert power.found.lots == 6
    assert power.floor_words != ""


def test_unequal_arms_say_welch(in_design, pilot_at, offices, levs):
    for office in offices[4:]:
        pilot_at.slot(in_design, office)
    write(levs, in_design, keep="yes", treated="3")

    assert in_design.plan().protocol.analysis.method == "unit-means-welch"
    found = write(levs, in_design, treated="3", **SURE).context["power"].found
    assert found.unequal
    assert "arms-unequal" in [flag.code for flag in found.flags]


def test_one_treated_site_shows_its_floor(in_design, pilot_at, offices, levs):
    for office in offices[4:]:
        pilot_at.slot(in_design, office)
    arms = {f"arm_{office.number}": "control" for office in offices}
    arms[f"arm_{offices[0].number}"] = "treatment"
    power = write(levs, in_design, kind="synthetic-control", baseline="6", **arms, **SURE).context[
        "power"
    ]

    assert power.found.floor == pytest.approx(1 / 12)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"threshold": "много"}, "threshold"),
        ({"start": "весной"}, "start"),
        ({"question": ""}, "question"),
        ({"value": "3; 2; 1"}, "value"),
        ({"look_at": "150", "spending": "pocock"}, "look_at"),
    ],
)
def test_a_wrong_answer_is_named_at_its_field(wrong, field, in_design, levs):
    answer = write(levs, in_design, keep="yes", **wrong)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert in_design.plan() is None


def test_what_the_lab_finds_is_told_by_its_place(in_design, levs):
    answer = write(levs, in_design, keep="yes", metric_kind="ratio")

    assert in_design.plan() is None
    [sentence] = answer.context["form"].non_field_errors()
    assert "metrics" not in sentence
    assert "1" in sentence


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("mean", {}),
        ("ratio", {"denominator": "parcels"}),
        ("rate", {"denominator": "parcels"}),
        ("quantile", {"quantile": 0.9}),
    ],
)
def test_each_kind_of_metric_keeps_what_it_alone_needs(kind, kept, in_design, levs):
    write(levs, in_design, keep="yes", metric_kind=kind, denominator="parcels", quantile="90")
    primary = in_design.plan().content["metrics"][0]

    assert {name: primary[name] for name in ("denominator", "quantile") if name in primary} == kept
    form = levs.get(reverse("pilots:write_plan", args=[in_design.number])).context["form"]
    assert (form["quantile"].value() == "90") is (kind == "quantile")


@pytest.mark.parametrize("kind", ["pairs", "stepped-wedge", "switchback",
                                  "difference-in-differences"])  # fmt: skip
def test_every_kind_of_the_form_becomes_a_plan(kind, in_design, pilot_at, levs):
    extra = {"steps": "2", "block": "1"}
    for n, office in enumerate(pilot_at.offices[:4]):
        extra |= {f"group_{office.number}": str(n // 2)}
        extra |= {f"arm_{office.number}": "treatment" if n % 2 else "control"}
    write(levs, in_design, keep="yes", kind=kind, **extra)

    protocol = in_design.plan().protocol
    assert protocol.kind == kind
    assert protocol.assigned


def test_money_is_kept_in_minor_units(in_design, levs):
    write(levs, in_design, keep="yes", value="100; 120; 150", volume="10",
          horizon="3", capex="1000", running="50; 60; 70")  # fmt: skip
    content = in_design.plan().content

    assert content["value"]["per_unit"] == {"low": 10_000, "mid": 12_000, "high": 15_000}
    assert [item["mid"] for item in content["cost"]["items"]] == [100_000, 6_000]


# A plan from a file ---------------------------------------------------------------------------


def upload(levs, pilot, **given):
    return levs.post(reverse("pilots:upload_plan", args=[pilot.number]), given)


def test_a_plan_is_taken_in_from_a_file(in_design, pilot_at, levs):
    text = json.dumps(pilot_at.protocol.document).encode()
    upload(levs, in_design, file=SimpleUploadedFile("plan.json", text))

    assert in_design.plan().sha256 == pilot_at.protocol.sha256


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "pochin-plan/1"}', '{"a":1,"a":2}'])
def test_what_is_no_plan_is_refused_in_words(text, in_design, levs):
    answer = upload(levs, in_design, text=text)

    assert answer.status_code == 422
    assert len(answer.context["form"].non_field_errors()) >= 1
    assert in_design.plan() is None


def test_the_download_is_the_signed_bytes(pilot_at, anna, signed_in):
    pilot = pilot_at("preparation")

    answer = signed_in(anna).get(reverse("pilots:plan_json", args=[pilot.number]))

    assert Protocol.from_json(answer.content).sha256 == pilot.locked_plan().sha256
    assert answer.content.decode() == pilot.locked_plan().canonical
    assert answer["Content-Disposition"].startswith("attachment")


# Signing and checking -------------------------------------------------------------------------


@pytest.fixture
def in_review(pilot_at):
    return pilot_at("plan_review")


def test_the_signing_page_shows_the_fingerprint_first(in_review, mila, signed_in):
    page = signed_in(mila).get(reverse("pilots:sign_plan", args=[in_review.number]))

    assert page.status_code == 200
    assert in_review.plan().sha256 in page.content.decode()


@pytest.mark.parametrize("stranger", ["vera", "lev", "kira"])
def test_who_does_not_sign_has_no_signing_page(stranger, in_review, cast, signed_in):
    url = reverse("pilots:sign_plan", args=[in_review.number])

    assert signed_in(getattr(cast, stranger)).get(url).status_code == 403


def test_a_late_plan_is_not_signed_in_the_browser(in_review, mila, signed_in):
    # By the real clock the days of this plan are over, so the signature is refused in words.
    levs = signed_in(mila)
    url = reverse("pilots:sign_plan", args=[in_review.number])

    assert b"seal wide" not in levs.get(url).content
    levs.post(url)
    assert signed_sides(in_review.plan()) == {}


def test_pressing_twice_signs_once(pilot_at, mila, signed_in):
    ahead = PLAN["periods"] | {"start": "2099-03-16"}
    pilot = pilot_at("plan_review", plan=plan_for(pilot_at.offices, periods=ahead))
    levs = signed_in(mila)
    url = reverse("pilots:sign_plan", args=[pilot.number])
    for _n in range(2):
        levs.post(url, {"request_key": "k"})

    assert list(signed_sides(pilot.plan())) == ["methodologist"]


@pytest.mark.parametrize("with_file", [True, False])
def test_the_same_plan_is_recognised_whatever_its_spacing(with_file, pilot_at, anna, signed_in):
    pilot = pilot_at("preparation")
    text = json.dumps(pilot.locked_plan().content, indent=4)
    given = (
        {"file": SimpleUploadedFile("plan.json", text.encode())} if with_file else {"text": text}
    )

    page = signed_in(anna).post(reverse("pilots:verify_plan", args=[pilot.number]), given)

    assert page.context["is_equal"] is True


@pytest.mark.parametrize(("text", "equal"), [("0" * 64, False), ("{}", False), ("nonsense", False)])
def test_another_plan_is_not(text, equal, pilot_at, anna, signed_in):
    pilot = pilot_at("preparation")

    page = signed_in(anna).post(reverse("pilots:verify_plan", args=[pilot.number]), {"text": text})

    assert page.context["is_equal"] is equal


def test_a_fingerprint_alone_is_compared_too(pilot_at, anna, signed_in):
    pilot = pilot_at("preparation")
    given = {"text": pilot.locked_plan().sha256.upper()}

    page = signed_in(anna).post(reverse("pilots:verify_plan", args=[pilot.number]), given)

    assert page.context["is_equal"] is True


# Amendments -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ru", "en"])
def test_an_amendment_is_proposed_and_read(language, running, pilot_at, lev, signed_in):
    browser = signed_in(lev, language)
    changed = plan_for(pilot_at.offices, question="Короче ли на минуту?").document
    url = reverse("pilots:amend", args=[running.number])
    assert browser.get(url).status_code == 200

    answer = browser.post(url, {"why": "Опечатка", "text": json.dumps(changed)})
    page = browser.get(answer.url)

    assert page.status_code == 200
    assert "Короче ли на минуту?" in page.content.decode()
    assert running.amendments.get().seen_data == "after"  # by the real clock


def test_an_amendment_of_a_draft_is_no_page(in_design, levs):
    assert levs.get(reverse("pilots:amend", args=[in_design.number])).status_code == 404


def test_slots_incidents_and_the_log_have_pages(running, semyon, signed_in):
    levs = signed_in(semyon)
    incident = lifecycle.report(
        running, by=semyon, severity="serious", happened_at=on(4, 1), words="Дым", at=on(4, 1)
    )
    slot = running.slots.select_related("site", "pilot").first()

    codes = [levs.get(thing.get_absolute_url()).status_code for thing in (slot, incident)]
    levs.post(reverse("pilots:log", args=[running.number]), {"words": "Выключили"})

    assert codes == [200, 200]
    assert running.log.get().words == "Выключили"


def test_each_question_names_the_ways_of_comparing_that_ask_it(in_design, levs):
    page = levs.get(reverse("pilots:write_plan", args=[in_design.number])).content.decode()

    for name, kinds in PlanForm.ONLY.items():
        assert set(kinds.split()) <= set(KINDS)
        assert f'data-for="{kinds}"' in page
        if name not in ("takes", "arm", "group", "before"):
            before = page[: page.index(f'name="{name}"')]
            assert before[before.rindex("data-for=") :].startswith(f'data-for="{kinds}"')


def test_what_the_chosen_way_does_not_ask_cannot_be_wrong(in_design, levs):
    kept = write(levs, in_design, kind="parallel", block="каждые два", season="0", keep="yes")

    assert kept.status_code == 302
    assert "block" not in in_design.plan().content["design"]


def test_what_the_chosen_way_asks_can_be_wrong(in_design, levs):
    answer = write(levs, in_design, kind="switchback", block="каждые два", keep="yes")

    assert answer.status_code == 422
    assert "block" in answer.context["form"].errors
    assert in_design.plan() is None


def test_the_chance_grows_and_the_smallest_p_value_falls_as_sites_are_added(in_design, levs):
    power = write(levs, in_design, **SURE).context["power"]
    units = [row["units"] for row in power.grown]
    chances = [row["power"] for row in power.grown]
    floors = [one.floor for one in power.found.grown]

    assert units == [4, 5, 6, 8, 10]
    assert chances == sorted(chances)
    assert floors == sorted(floors, reverse=True)
    assert floors[0] == pytest.approx(2 / 6)
