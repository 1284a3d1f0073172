"""How a pilot of the demonstration was led to where it stands: every step is a real move."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from pochin.agreements import lifecycle as agreements
from pochin.agreements.models import Agreement
from pochin.applications.models import Application
from pochin.core.policy import SYSTEM
from pochin.decisions import lifecycle as decisions
from pochin.demo import comparisons, invented
from pochin.demo import needs as texts
from pochin.demo.story import Story
from pochin.demo.trials import LENGTH, READY, Trial
from pochin.evaluations import lifecycle as evaluations
from pochin.lab.protocol import Protocol
from pochin.measurements import lifecycle as readings
from pochin.measurements import watching
from pochin.pilots import lifecycle as pilots
from pochin.pilots import planning
from pochin.pilots.models import Pilot
from pochin.sites.models import Site

# What the plans say beside the metric of their need, in both languages.
IN_BOTH = [
    {"ru": "Доля жалоб", "en": "Share of complaints"},
    {"ru": "отделение", "en": "office"},
    {"ru": "посылка", "en": "parcel"},
    {"ru": "пострадал человек", "en": "a person was hurt"},
    {"ru": "очередь стоит дольше часа", "en": "a queue stands for more than an hour"},
]


class Piloting:
    """Leads pilots through their stages, with the people and the days of a story."""

    def __init__(self, story: Story) -> None:
        self.story, self.cast, self.offices, self.now = story, story.cast, story.offices, story.now

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
        document: dict[str, Any] = {
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
        guesses = invented.history(protocol, trial).to_dict()
        pilots.write_plan(pilot, by=c.morozov, protocol=protocol, guesses=guesses, at=at)
        pairs = [*IN_BOTH, {"ru": trial.question, "en": trial.question_en}]
        pilots.put_into_words(pilot, by=c.morozov, pairs=pairs, at=at)
        for site in sites:
            slot = pilots.propose_site(
                pilot, by=c.morozov, site=site, starts_on=monday, ends_on=monday + timedelta(days=41),
                twin_words="Решения стоят на разных участках. // The solutions stand in different parts of the site.", at=at,
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
            last = min(self._at(monday + timedelta(days=7 * weeks[-1] + 7)), self.now)
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
            for check in pilot.checks.filter(done_at__isnull=True):
                pilots.tick(pilot, by=self.cast.morozov, check=check, at=at + timedelta(days=3))
            pilots.tell_lesson(
                pilot, by=self.cast.morozov, tried=f"{trial.title_ru} // {trial.title_en}", why=trial.lesson,
                at=at + timedelta(days=4),
            )  # fmt: skip

    def _send(self, pilot: Pilot, trial: Trial, monday: date, *, weeks: Any, at: datetime) -> None:
        """Send the readings of some weeks as a file, as a person would."""
        content = invented.readings(pilot, trial, monday, weeks)
        upload = SimpleUploadedFile(f"readings-{pilot.number}-{min(weeks)}.csv", content)
        batch = readings.send(pilot, upload, by=self.cast.morozov, at=at)
        readings.check(batch, by=self.cast.morozov, at=at)
        readings.take_in(batch, at=at)
        pilot.refresh_from_db()
        watching.look_over(pilot, at=at)

    def _monday(self, weeks_ago: int) -> date:
        today = self.now.date()
        return today - timedelta(days=today.weekday() + 7 * weeks_ago)

    def _at(self, day: date) -> datetime:
        return self.story.morning(day, minutes=(day.toordinal() * 37) % 230)
