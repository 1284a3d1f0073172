"""Every move of a pilot that asks for something, made in the browser with its form."""

from datetime import date

import pytest
from django.urls import reverse

from conftest import NOON, on
from pochin.pilots import lifecycle
from pochin.pilots.forms import MOVE_FORMS
from pochin.pilots.models import Pilot, SiteSlot, State


@pytest.fixture
def act(cast, signed_in):
    def make(who, pilot, name, **given):
        url = reverse("pilots:act", args=[pilot.number, name])
        browser = signed_in(getattr(cast, who), "ru")
        shown = browser.get(url).status_code
        done = browser.post(url, given)
        pilot.refresh_from_db()
        return shown, done.status_code

    return make


DONE = (200, 302)


def test_people_are_named(act, pilot_at, cast):
    pilot = pilot_at()
    people = {"manager": cast.lev, "methodologist": cast.mila, "analyst": cast.mila,
              "decision_owner": cast.kira}  # fmt: skip
    given = {name: who.pk for name, who in people.items()} | {"decision_date": "01.06.2999"}

    assert act("vera", pilot, "appoint", **given) == DONE
    assert (pilot.manager, pilot.decision_date) == (cast.lev, date(2999, 6, 1))


def test_only_holders_of_a_role_are_offered(pilot_at, cast):
    form = MOVE_FORMS["appoint"](thing=pilot_at(), user=cast.vera)

    assert list(form.fields["manager"].queryset) == [cast.lev]
    assert list(form.fields["analyst"].queryset) == [cast.mila]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("set_budget", {"source": "post", "planned": "100,5", "spent": "0"}),
        ("add_milestone", {"words": "Монтаж", "due_on": "01.04.2026"}),
        ("add_risk", {"words": "Отключат свет", "weight": "high"}),
    ],
)
def test_what_a_manager_adds(name, given, act, running):
    assert act("lev", running, name, **given) == DONE


def test_a_milestone_is_reached(act, running, lev):
    lifecycle.add_milestone(running, by=lev, words="Монтаж", due_on=date(2026, 4, 1), at=NOON)

    assert act("lev", running, "reach_milestone", number="1", reached_on="02.04.2026") == DONE
    assert running.milestones.get().reached_on == date(2026, 4, 2)


def test_the_checklist_is_ticked_and_grows(act, pilot_at):
    pilot = pilot_at("preparation")

    assert act("lev", pilot, "tick", number="1") == DONE
    assert act("lev", pilot, "add_check", kind="safety", words_ru="Аптечка") == DONE
    assert pilot.checks.filter(done_at__isnull=False).count() == 1
    assert pilot.checks.count() == 7


def test_a_line_that_is_not_there_is_refused_at_its_field(act, pilot_at):
    assert act("lev", pilot_at("preparation"), "tick", number="99") == (200, 422)


def test_the_agreement_is_linked(act, pilot_at, agreement):
    pilot = pilot_at("preparation")

    assert act("lev", pilot, "link_agreement", agreement=agreement.pk) == DONE
    assert pilot.agreement == agreement


def test_an_agreement_with_another_company_is_not_offered(pilot_at, agreement, cast):
    agreement.party_set.filter(organisation=cast.amber).update(organisation=cast.granite)
    form = MOVE_FORMS["link_agreement"](thing=pilot_at("preparation"), user=cast.lev)

    assert not form.fields["agreement"].queryset.exists()


def test_a_plan_goes_back_with_remarks(act, pilot_at):
    pilot = pilot_at("plan_review")

    assert act("mila", pilot, "return_plan", remark="Порог?", path="metrics[0]") == DONE
    assert pilot.state == State.DESIGN


def test_a_run_is_suspended_and_goes_on(act, running):
    assert act("semyon", running, "suspend", reason="Дым") == DONE
    assert act("semyon", running, "resume") == DONE
    assert running.state == State.RUNNING


def test_a_run_is_ended_by_a_rule_of_the_plan(act, running):
    rules = [
        value for value, _label in MOVE_FORMS["end_early"](thing=running).fields["rule"].choices
    ]

    assert rules == ["a person was hurt", lifecycle.FORCE_MAJEURE]
    assert act("kira", running, "end_early", rule=rules[0], reason="Упал") == DONE
    assert act("lev", running, "explain_gaps", words="Остановили") == DONE
    assert act("lev", running, "tell_lesson", tried="Стойка", why="Нет ограждения") == DONE
    for check in running.checks.filter(done_at__isnull=True):
        assert act("lev", running, "tick", number=check.number) == DONE
    assert act("kira", running, "close_without_result", reason="Нечего считать") == DONE
    assert running.state == State.CLOSED


def test_a_side_comments(act, pilot_at, cast):
    pilot = pilot_at("evaluation")
    lifecycle.hand_over(pilot, by=cast.mila, finding=pilot_at.finding(pilot))

    assert act("anna", pilot, "comment", is_dissent="yes", words="Часы спешили") == DONE
    assert act("nina", pilot, "comment", is_dissent="no", words="") == DONE
    assert [c.is_dissent for c in pilot.comments.order_by("pk")] == [True, False]


def test_a_sponsor_cancels(act, pilot_at):
    pilot = pilot_at("design")
    words = {"code": "sites", "tried": "Найти площадки", "why": "Все заняты"}

    assert act("nina", pilot, "cancel", **words) == DONE
    assert pilot.state == State.CANCELLED


@pytest.mark.parametrize(("who", "code"), [("gleb", 404), ("vera", 403), ("anna", 403)])
def test_who_may_not_is_told_so_or_finds_nothing(who, code, pilot_at, cast, signed_in):
    pilot = pilot_at("design")

    answer = signed_in(getattr(cast, who)).get(
        reverse("pilots:act", args=[pilot.number, "explain_gaps"])
    )

    assert answer.status_code == code


def test_a_late_press_says_what_has_happened(pilot_at, cast, signed_in):
    pilot = pilot_at("plan_review")
    url = reverse("pilots:act", args=[pilot.number, "submit_plan"])

    answer = signed_in(cast.lev).post(url, follow=True)

    assert "plan under review" in answer.content.decode()


# Pages with forms of their own ----------------------------------------------------------------


def test_an_initiative_is_proposed_and_edited(cast, signed_in):
    browser = signed_in(cast.vera, "ru")
    url = reverse("pilots:begin", args=["city"])
    given = {"title_ru": "Датчики", "purpose": "learn", "organisation": cast.amber.pk,
             "sponsor": cast.nina.pk, "is_public": "on"}  # fmt: skip
    assert browser.get(url).status_code == 200

    browser.post(url, given)
    pilot = Pilot.objects.get()
    edit = reverse("pilots:edit", args=[pilot.number])
    assert browser.get(edit).status_code == 200
    browser.post(edit, {"title_ru": "Датчики света", "purpose": "prove"})

    pilot.refresh_from_db()
    assert (pilot.title_ru, pilot.purpose, pilot.is_public) == ("Датчики света", "prove", False)
    assert pilot.sponsor == cast.nina


def test_a_trial_is_entered_from_the_archive(cast, signed_in):
    browser = signed_in(cast.mila, "ru")
    url = reverse("pilots:archive", args=["city"])
    given = {"title_ru": "Кукуруза", "purpose": "learn", "sponsor": cast.nina.pk,
             "starts_on": "01.05.1876", "ends_on": "30.09.1876"}  # fmt: skip
    assert browser.get(url).status_code == 200

    answer = browser.post(url, given)
    pilot = Pilot.objects.get()

    assert (pilot.is_archive, pilot.window.start) == (True, date(1876, 5, 1))
    assert "архив" in browser.get(answer.url).content.decode().lower() or (
        "archive" in browser.get(answer.url).content.decode()
    )


@pytest.mark.parametrize(
    ("who", "name"), [("gleb", "begin"), ("mila", "begin"), ("lev", "archive")]
)
def test_others_do_not_propose(who, name, cast, signed_in):
    url = reverse(f"pilots:{name}", args=["city"])

    assert signed_in(getattr(cast, who)).get(url).status_code == 404


def test_a_site_is_asked_and_answers(pilot_at, cast, offices, signed_in):
    pilot = pilot_at("design")
    url = reverse("pilots:sites", args=[pilot.number])
    days = {"starts_on": "16.03.2026", "ends_on": "26.04.2026", "role": "drawn"}
    manager = signed_in(cast.lev, "ru")

    wrong = manager.post(url, days | {"site": "999999"})
    manager.post(url, days | {"site": str(offices[0].number)})
    agree = reverse("pilots:act_on_slot", args=[pilot.number, offices[0].number, "agree"])
    signed_in(cast.semyon, "ru").post(agree)

    assert list(wrong.context["form"].errors) == ["site"]
    assert SiteSlot.objects.get().state == "agreed"


def test_an_incident_is_reported_and_closed(running, cast, signed_in):
    browser = signed_in(cast.lev, "ru")
    url = reverse("pilots:report", args=[running.number])
    given = {"severity": "serious", "happened_at": "01.04.2026 10:30", "words": "Дым"}
    assert browser.get(url).status_code == 200

    browser.post(url, given)
    incident = running.incidents.get()
    close = reverse("pilots:act_on_incident", args=[running.number, 1, "close_incident"])
    browser.post(close, {"action": "Потушили"})

    incident.refresh_from_db()
    assert (incident.happened_at, incident.state) == (on(4, 1, 7).replace(minute=30), "closed")


def test_a_reworked_pilot_is_followed_by_another(pilot_at, cast, signed_in):
    pilot = pilot_at("awaiting")
    grounds = pilot_at.grounds(pilot, to_learn="Датчик второй версии")
    lifecycle.settle(pilot, outcome="rework", grounds=grounds, by=cast.kira)
    browser = signed_in(cast.vera)
    offered = reverse("pilots:follow", args=[pilot.number])

    assert offered in browser.get(reverse("pilots:page", args=[pilot.number])).content.decode()
    browser.post(offered)

    assert Pilot.objects.get(follows=pilot).state == State.PROPOSED
    assert signed_in(cast.lev).post(offered).status_code == 403
