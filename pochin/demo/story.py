"""What happened in the demonstration before you came: every step is a real move."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from pochin.agreements import lifecycle as agreements
from pochin.agreements.models import Agreement
from pochin.applications import lifecycle as applications
from pochin.applications.models import Application
from pochin.core.policy import SYSTEM
from pochin.decisions import lifecycle as decisions
from pochin.demo import comparisons
from pochin.demo import needs as texts
from pochin.demo.people import Cast
from pochin.demo.trials import LENGTH, READY, Trial
from pochin.evaluations import lifecycle as evaluations
from pochin.lab.protocol import Protocol
from pochin.measurements import lifecycle as readings
from pochin.measurements import watching
from pochin.needs import lifecycle as needs
from pochin.needs.models import Need
from pochin.pilots import lifecycle as pilots
from pochin.pilots import planning
from pochin.pilots.feasibility import Guesses, judge
from pochin.pilots.models import Pilot
from pochin.reviews import lifecycle as reviews
from pochin.sites.models import Site

ANSWERS = {
    "solution": {"summary": "Ставим за день, работает без связи.", "works": "Прибор стоит у окна и помогает оператору.",
                 "differs": "Быстрее и дешевле того, что есть.", "level": "7"},
    "evidence": {"used_by": "Три склада с 2024 года.", "measured": "На складе время сократилось на восьмую часть."},
    "data": {"personal": "no", "data": "Журнал операций, хранится у почты.", "safety": "Прибор выключается одной кнопкой."},
    "pilot": {"sites": "12", "weeks": "6", "effect_low": "1", "effect_high": "3", "idea": "Половина отделений с решением, половина без."},
    "team": {"team": "Инженер и внедренец.", "ties": "no", "ties_words": ""},
    "price": {"pilot_price": "0", "scale_price": "12 000 ₽ за отделение в месяц.", "asked": "Доступ к журналу и место у окна."},
}  # fmt: skip
# What the plans say beside the metric of their need, in both languages.
IN_BOTH = [
    {"ru": "Доля жалоб", "en": "Share of complaints"},
    {"ru": "отделение", "en": "office"},
    {"ru": "посылка", "en": "parcel"},
    {"ru": "пострадал человек", "en": "a person was hurt"},
    {"ru": "очередь стоит дольше часа", "en": "a queue stands for more than an hour"},
]
CONSENTS = {"rules": "yes", "personal": "yes", "truth": "yes"}
PASSED = {"answers_need": True, "complete": True, "may_take_part": True, "no_duplicate": True}


class Story:
    """Tells what happened, `now` being the day on which somebody looks."""

    def __init__(self, cast: Cast, offices: list[Site], *, now: datetime) -> None:
        self.cast, self.offices, self.now = cast, offices, now
        self.lot = random.Random(42)
        self.minutes = 0

    def ago(self, days: int) -> datetime:
        """Some morning minute of the day so long ago; people work, they do not act at once."""
        self.minutes = (self.minutes * 37 + 11) % 230
        return self._day(self.now.date() - timedelta(days=days), minutes=self.minutes)

    def evening(self, days: int) -> datetime:
        """Six o'clock in Moscow so many days from now: when an intake closes."""
        return datetime.combine(self.now.date() + timedelta(days=days), time(15), UTC)

    @staticmethod
    def _day(day: date, *, minutes: int) -> datetime:
        return datetime.combine(day, time(6, 10), UTC) + timedelta(minutes=minutes)

    # Needs --------------------------------------------------------------------------------

    def need(self, place: int, *, days_ago: int, closes_in: int) -> Need:
        """Described, checked, signed, published; the intake opened on its day."""
        c, begun = self.cast, self.ago(days_ago)
        owner = c.sokolova if place % 3 else c.orlov
        need = needs.begin(
            c.city, by=owner, at=begun, unit=c.post, owner=owner, **texts.fields(place)
        )
        Need.objects.filter(pk=need.pk).update(is_demonstration=True)
        needs.submit(need, by=owner, at=begun)
        needs.check(need, by=c.kotova, at=begun + timedelta(days=1))
        needs.sign(need, by=owner, at=begun + timedelta(days=2))
        needs.approve(need, by=c.kotova, at=begun + timedelta(days=3))
        needs.confirm_text(need, by=c.nikitin, at=begun + timedelta(days=3))
        opens, closes = begun + timedelta(days=4), self.evening(closes_in)
        needs.set_window(
            need, by=c.kotova, opens_at=opens, closes_at=closes, at=begun + timedelta(days=3)
        )
        needs.publish(need, by=c.kotova, at=begun + timedelta(days=3))
        return needs.open_intake(need, by=SYSTEM, at=opens)

    def draft_need(self, place: int) -> None:
        """One more, still being checked."""
        c = self.cast
        need = needs.begin(
            c.city,
            by=c.sokolova,
            at=self.ago(4),
            unit=c.post,
            owner=c.sokolova,
            **texts.fields(place),
        )
        Need.objects.filter(pk=need.pk).update(is_demonstration=True)
        needs.submit(need, by=c.sokolova, at=self.ago(3))
        needs.check(need, by=c.kotova, at=self.ago(2))

    # Applications -------------------------------------------------------------------------

    def apply(self, need: Need, company: str, title: str, *, at: datetime) -> Application:
        c = self.cast
        person, organisation = c.people[company], c.companies[company]
        draft = applications.begin(need, by=person, organisation=organisation, title=title, at=at)
        Application.objects.filter(pk=draft.pk).update(is_demonstration=True)
        for section, values in ANSWERS.items():
            applications.keep(draft, section, values, revision=0, by=person, at=at)
        return draft

    def submit(self, draft: Application, *, at: datetime) -> Application:
        person = draft.contact
        return applications.submit(draft, by=person, consents=CONSENTS, missing=0, at=at)

    def screen(self, application: Application, *, at: datetime) -> Application:
        applications.start_screening(application, by=self.cast.ermakov, at=at)
        return applications.screen(application, by=self.cast.ermakov, eligibility=PASSED, at=at)

    def ask_experts(self, application: Application, *, at: datetime) -> Application:
        c = self.cast
        for expert, part in ((c.titov, "technology"), (c.belova, "operation")):
            asked = reviews.offer(application, by=c.kotova, expert=expert, part=part, at=at)
            reviews.accept(asked, by=expert, at=at + timedelta(hours=5))
        return reviews.send(application, by=c.ermakov, at=at + timedelta(hours=6))

    def review(self, application: Application, score: int, *, at: datetime) -> None:
        reasons = {
            5: "Число и источник названы.",
            4: "Работает у других.",
            3: "Не всё ясно.",
            2: "Не подтверждено.",
        }
        for n, assignment in enumerate(application.assignments.filter(state="accepted")):
            one = max(2, min(5, score - n % 2))
            scores = {
                code: {"score": one, "reason": reasons[one]}
                for code in ("benefit", "readiness", "price")
            }
            reviews.hand_in(
                assignment, by=assignment.expert, at=at + timedelta(hours=n), scores=scores, confidence=4,
                probability=20 * one - 10, recommendation="accept" if one > 3 else "refuse",
                question="", closed_note="",
            )  # fmt: skip
        reviews.note_quorum(application, at=at + timedelta(days=1))

    def decide(self, application: Application, *, accepted: bool, at: datetime) -> Application:
        application.refresh_from_db()
        words = (
            "Польза подтверждена, начинаем пилот." if accepted else "Польза не подтверждена числом."
        )
        return reviews.decide(
            application, by=self.cast.zhukov, is_accepted=accepted, reason=words, at=at
        )

    def lead(
        self, need: Need, company: str, title: str, stage: str, *, at: datetime, score: int = 4
    ) -> Application:
        """Lead an application to a stage; later stages go through the earlier ones."""
        application = self.apply(need, company, title, at=at)
        if stage == "draft":
            return application
        self.submit(application, at=at + timedelta(hours=3))
        if stage == "submitted":
            return application
        self.screen(application, at=at + timedelta(days=1))
        if stage == "screening":
            return application
        if stage == "clarification":
            return applications.ask(
                application, by=self.cast.ermakov, question="Кто из клиентов может подтвердить число?",
                at=at + timedelta(days=2),
            )  # fmt: skip
        self.ask_experts(application, at=at + timedelta(days=2))
        if stage == "in_review":
            return application
        self.review(application, score, at=at + timedelta(days=5))
        if stage == "reviewed":
            return application
        return self.decide(application, accepted=stage == "accepted", at=at + timedelta(days=8))

    # Pilots -------------------------------------------------------------------------------

    def agreement(self, company: str, *, starts: date, at: datetime) -> Agreement:
        c = self.cast
        made = agreements.begin(
            c.city, by=c.nikitin, at=at, kind="pilot", title_ru="Соглашение о пилоте",
            title_en="Agreement on a pilot", text_ru="Стороны проводят пилот по плану оценки.",
            text_en="The parties hold a pilot by the evaluation plan.", starts_on=starts,
        )  # fmt: skip
        Agreement.objects.filter(pk=made.pk).update(is_demonstration=True)
        for organisation in (c.companies[company], c.post):
            agreements.add_party(made, by=c.nikitin, organisation=organisation, at=at)
        agreements.send(made, by=c.nikitin, at=at)
        agreements.sign(made, by=c.people[company], organisation=c.companies[company], at=at)
        agreements.sign(made, by=c.lebedeva, organisation=c.post, at=at)
        agreements.conclude(made, by=SYSTEM, at=at)
        return agreements.enter_into_force(made, by=SYSTEM, at=self._at(starts))

    def plan(self, trial: Trial, sites: list[Site], start: date) -> Protocol:
        """The plan over offices, or over parcels drawn one by one."""
        need = texts.fields(trial.need)
        document = {
            "schema": "pochin-plan/1",
            "question": trial.question,
            "purpose": "prove",
            "estimand": {"target": "unit-average"},
            "periods": {"start": start.isoformat(), "length": "week", "baseline": 2, "run": 4,
                        "maturity_days": 0},
            "data_rules": {"missing": {"max_share": 0.1, "max_difference": 0.05}},
            "metrics": [
                {"code": "main", "name": need["metric_ru"], "role": "primary", "kind": "mean",
                 "direction": "lower", "unit": need["metric_unit_ru"], "threshold": trial.threshold,
                 "detectable": trial.threshold * 0.9},
                {"code": "complaints", "name": "Доля жалоб", "role": "guardrail", "kind": "mean",
                 "direction": "lower", "unit": "%", "margin": 0.5},
            ],
            "decision": {"scope": "network"},
            "stop_reasons": ["пострадал человек", "очередь стоит дольше часа"],
        }  # fmt: skip
        if trial.claim:
            document["decision"]["prior"] = {"claim": trial.claim}
        if trial.worth:
            document |= comparisons.money(trial.worth)
        units = [str(site.number) for site in sites]
        whole = Protocol.parse(document | comparisons.of(trial, units, start))
        if trial.parcels:
            return whole
        seed = f"{random.Random(trial.title_en).getrandbits(128):032x}"
        return Protocol.parse(planning.with_lot(whole, seed))

    def pilot(self, trial: Trial, application: Application, place: int) -> Pilot:
        """Lead one pilot to where it stands today."""
        c = self.cast
        monday = self._monday(trial.weeks_ago)
        before = self._at(monday - timedelta(days=21))
        pilot = pilots.open_for(application, by=SYSTEM, at=before)
        Pilot.objects.filter(pk=pilot.pk).update(
            title_ru=trial.title_ru, title_en=trial.title_en, is_demonstration=True
        )
        pilot.refresh_from_db()
        pilots.appoint(
            pilot, by=c.kotova, at=before, manager=c.morozov, methodologist=c.vlasova, analyst=c.vlasova,
            decision_owner=c.lebedeva, decision_date=monday + timedelta(days=81),
        )  # fmt: skip
        pilots.begin_design(pilot, by=c.kotova, at=before)
        sites = [self.offices[(place * 7 + i) % READY] for i in range(LENGTH)]
        self._design(pilot, trial, sites, monday, before)
        for stage in ("lock", "confirm", "start", "close", "show", "judge", "decide"):
            if trial.until in (pilot.state, stage):
                return pilot
            getattr(self, f"_{stage}")(pilot, trial, monday)
            pilot.refresh_from_db()
        return pilot

    def _design(
        self, pilot: Pilot, trial: Trial, sites: list[Site], monday: date, at: datetime
    ) -> None:
        c = self.cast
        protocol = self.plan(trial, sites, monday)
        guesses = _history(protocol, trial).to_dict()
        pilots.write_plan(pilot, by=c.morozov, protocol=protocol, guesses=guesses, at=at)
        pairs = [*IN_BOTH, {"ru": trial.question, "en": trial.question_en}]
        pilots.put_into_words(pilot, by=c.morozov, pairs=pairs, at=at)
        for site in sites:
            slot = pilots.propose_site(
                pilot, by=c.morozov, site=site, starts_on=monday, ends_on=monday + timedelta(days=41),
                twin_words="Решения стоят на разных участках.", at=at,
            )  # fmt: skip
            pilots.agree(slot, by=c.fomin, at=at + timedelta(days=2))
        pilots.submit_plan(pilot, by=c.morozov, at=at + timedelta(days=5))

    def _lock(self, pilot: Pilot, trial: Trial, monday: date) -> None:
        c, at = self.cast, self._at(monday - timedelta(days=12))
        for signer in (c.vlasova, pilot.need.owner, c.people[trial.company]):  # type: ignore[union-attr]
            pilots.sign_plan(pilot, by=signer, at=at)
        pilot.refresh_from_db()

    def _confirm(self, pilot: Pilot, trial: Trial, monday: date) -> None:
        c, at = self.cast, self._at(monday - timedelta(days=6))
        for slot in pilot.slots.all():
            pilots.confirm(slot, by=c.fomin, at=at)
        pilots.confirm_feed(pilot, by=c.morozov, at=at)
        pilots.begin_baseline(pilot, by=c.morozov, at=self._at(monday))

    def _start(self, pilot: Pilot, trial: Trial, monday: date) -> None:
        c, at = self.cast, self._at(monday + timedelta(days=14))
        self._send(pilot, trial, monday, weeks=range(2), at=at)
        for slot in pilot.slots.all():
            pilots.sign_start(slot, by=c.fomin, at=at)
        for check in pilot.checks.all():
            pilots.tick(pilot, by=c.morozov, check=check, at=at)
        agreement = self.agreement(
            trial.company, starts=monday, at=self._at(monday - timedelta(days=10))
        )
        pilots.link_agreement(pilot, by=c.morozov, agreement=agreement, at=at)
        pilots.start(pilot, by=c.morozov, at=at + timedelta(hours=1))
        weeks = [w for w in range(2, 6) if monday + timedelta(days=7 * w + 6) < self.now.date()]
        if weeks:
            last = self._at(monday + timedelta(days=7 * weeks[-1] + 7))
            self._send(pilot, trial, monday, weeks=weeks, at=last)

    def _close(self, pilot: Pilot, trial: Trial, monday: date) -> None:
        at = self._at(monday + timedelta(days=44))
        pilots.life.make("reach_end", pilot, by=SYSTEM, at=at)
        pilots.close_data(pilot, by=SYSTEM, at=at)
        pilots.begin_evaluation(pilot, by=self.cast.vlasova, at=at + timedelta(days=1))
        evaluations.compute(pilot, by=self.cast.vlasova, at=at + timedelta(days=1))

    def _show(self, pilot: Pilot, trial: Trial, monday: date) -> None:
        at = self._at(monday + timedelta(days=47))
        evaluations.release(pilot.evaluations.get(), by=self.cast.vlasova, at=at)

    def _judge(self, pilot: Pilot, trial: Trial, monday: date) -> None:
        c, at = self.cast, self._at(monday + timedelta(days=47))
        for side in (c.fomin, c.people[trial.company], pilot.need.owner):  # type: ignore[union-attr]
            pilot.refresh_from_db()
            pilots.comment(pilot, by=side, is_dissent=False, words="", at=at + timedelta(days=2))

    def _decide(self, pilot: Pilot, trial: Trial, monday: date) -> None:
        at = self._at(monday + timedelta(days=55))
        decision = decisions.prepare(
            pilot, by=self.cast.lebedeva, outcome=trial.outcome, words=trial.words, at=at
        )
        decision = decisions.sign(decision, by=self.cast.lebedeva, at=at + timedelta(hours=2))
        if all(guard.stands(decision, {}) for guard in decisions.CERTIFIED):
            decisions.issue(decision, by=self.cast.lebedeva, at=at + timedelta(days=1))
        if trial.told:
            told = decisions.results.ask(
                decision, by=self.cast.kotova, words_ru=trial.told, words_en=trial.told_en,
                at=at + timedelta(days=1),
            )  # fmt: skip
            signer = self.cast.people[trial.company]
            decisions.results.agree(told, by=signer, at=at + timedelta(days=2))
        pilot.refresh_from_db()
        if trial.lesson:
            pilots.tell_lesson(
                pilot, by=self.cast.morozov, tried=trial.title_ru, why=trial.lesson,
                at=at + timedelta(days=4),
            )  # fmt: skip

    def _send(self, pilot: Pilot, trial: Trial, monday: date, *, weeks: Any, at: datetime) -> None:
        """Send the readings of some weeks as a file, as a person would."""
        content = self.readings(pilot, trial, monday, weeks)
        upload = SimpleUploadedFile(f"readings-{pilot.number}-{min(weeks)}.csv", content)
        batch = readings.send(pilot, upload, by=self.cast.morozov, at=at)
        readings.check(batch, by=self.cast.morozov, at=at)
        readings.take_in(batch, at=at)
        pilot.refresh_from_db()
        watching.look_over(pilot, at=at)

    def readings(self, pilot: Pilot, trial: Trial, monday: date, weeks: Any) -> bytes:
        """Invented readings: five days a week in every office, both metrics."""
        rows = ["unit;at;metric;value"]
        take = self._of_parcels if trial.parcels else self._of_offices
        for unit, moment, value, complaints in take(pilot, trial, monday, list(weeks)):
            rows.append(f"{unit};{moment};main;{value:.3f}")
            rows.append(f"{unit};{moment};complaints;{max(0.0, complaints):.3f}")
        return "\n".join([*rows, ""]).encode()

    def _of_offices(
        self, pilot: Pilot, trial: Trial, monday: date, weeks: list[int]
    ) -> Iterator[tuple[str, str, float, float]]:
        plan = pilot.locked_plan()
        begun = comparisons.weeks_with(plan.protocol)  # type: ignore[union-attr]
        for n, (unit, first) in enumerate(sorted(begun.items())):
            own = random.Random(f"{pilot.number} {unit}")
            level = trial.level + own.gauss(0, trial.spread)
            for week in weeks:
                gain = trial.effect if week >= first else 0.0
                if trial.design == "stepped-wedge":
                    # Weeks of an office differ, or there is nothing for the model to tell.
                    gain += own.gauss(0, trial.spread * 0.5)
                for day in range(5):
                    moment = f"{monday + timedelta(days=7 * week + day)}T{9 + n % 8:02}:00"
                    value = level + gain + own.gauss(0, trial.spread * 0.6)
                    yield unit, moment, value, 2 + own.gauss(0, 0.3)

    def _of_parcels(
        self, pilot: Pilot, trial: Trial, monday: date, weeks: list[int]
    ) -> Iterator[tuple[str, str, float, float]]:
        """Parcel by parcel; one arm got more of them than the lot should have given it."""
        own = random.Random(f"{pilot.number} {weeks}")
        assert trial.parcels is not None
        for arm, count in zip(("control", "treatment"), trial.parcels, strict=True):
            for n in range(count * len(weeks) // 6):
                day = monday + timedelta(days=7 * weeks[n % len(weeks)] + n // len(weeks) % 5)
                gain = trial.effect if arm == "treatment" else 0.0
                # No two parcels of an arm stand on the scales in the same second.
                clock = datetime.combine(day, time(9)) + timedelta(seconds=n * 37 % 32_400)
                yield (
                    arm,
                    clock.isoformat(),
                    trial.level + gain + own.gauss(0, trial.spread),
                    own.gauss(2, 1),
                )

    def _monday(self, weeks_ago: int) -> date:
        today = self.now.date()
        return today - timedelta(days=today.weekday() + 7 * weeks_ago)

    def _at(self, day: date) -> datetime:
        return self._day(day, minutes=(day.toordinal() * 37) % 230)


SITE_COST = 150_000  # roubles


def _history(protocol: Protocol, trial: Trial) -> Guesses:
    """What an invented history says of the readings: as much spread as the plan can bear."""
    readings = sum(trial.parcels) / 6 if trial.parcels else 5.0
    alike = Guesses(sd=1.0, icc=(0.5, 0.7, 0.8), cac=(0.8, 0.9, 0.95), readings=readings)
    shown = judge(protocol, alike).promised
    assert shown is not None, "the offices of the demonstration are enough for a lot"
    wanted = protocol.primary.detectable or trial.threshold
    site_cost = SITE_COST if trial.claim else 0.0
    return replace(alike, sd=float(f"{wanted / shown:.3g}"), site_cost=site_cost)
