"""What happened in the demonstration before you came: every step is a real move."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from pochin.applications import lifecycle as applications
from pochin.applications.models import Application
from pochin.core.policy import SYSTEM
from pochin.demo import needs as texts
from pochin.demo.people import Cast
from pochin.needs import lifecycle as needs
from pochin.needs.models import Need
from pochin.reviews import lifecycle as reviews
from pochin.sites.models import Site

ANSWERS = {
    "solution": {"summary": "Ставим за день, работает без связи. // Put in within a day, works without a network.", "works": "Прибор стоит у окна и помогает оператору. // The device stands at the counter and helps the clerk.",
                 "differs": "Быстрее и дешевле того, что есть. // Faster and cheaper than what there is.", "level": "7"},
    "evidence": {"used_by": "Три склада с 2024 года. // Three warehouses since 2024.", "measured": "На складе время сократилось на восьмую часть. // In a warehouse the time fell by an eighth."},
    "data": {"personal": "no", "data": "Журнал операций, хранится у почты. // The log of operations, kept by the post.", "safety": "Прибор выключается одной кнопкой. // The device is switched off by one button."},
    "pilot": {"sites": "12", "weeks": "6", "effect_low": "1", "effect_high": "3", "idea": "Половина отделений с решением, половина без. // Half of the offices with the solution, half without."},
    "team": {"team": "Инженер и внедренец. // An engineer and somebody who puts it in.", "ties": "no", "ties_words": ""},
    "price": {"pilot_price": "0", "scale_price": "12 000 ₽ за отделение в месяц. // RUB 12,000 an office a month.", "asked": "Доступ к журналу и место у окна. // Access to the log and a place at the counter."},
}  # fmt: skip
CONSENTS = {"rules": "yes", "personal": "yes", "truth": "yes"}
PASSED = {"answers_need": True, "complete": True, "may_take_part": True, "no_duplicate": True}


class Story:
    """Tells what happened, `now` being the day on which somebody looks."""

    def __init__(self, cast: Cast, offices: list[Site], *, now: datetime) -> None:
        self.cast, self.offices, self.now = cast, offices, now
        self.minutes = 0

    def ago(self, days: float) -> datetime:
        """Some morning minute of the day so long ago; people work, they do not act at once."""
        self.minutes = (self.minutes * 37 + 11) % 230
        return self.morning(self.now.date() - timedelta(days=days), minutes=self.minutes)

    def evening(self, days: int) -> datetime:
        """Six o'clock in Moscow so many days from now: when an intake closes."""
        return datetime.combine(self.now.date() + timedelta(days=days), time(15), UTC)

    @staticmethod
    def morning(day: date, *, minutes: int) -> datetime:
        """A minute of the working day in Moscow, counted from ten past nine."""
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
            5: "Число и источник названы. // The number and its source are named.",
            4: "Работает у других. // It works elsewhere.",
            3: "Не всё ясно. // Not everything is clear.",
            2: "Не подтверждено. // Not confirmed.",
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
            "Польза подтверждена, начинаем пилот. // The benefit is confirmed, we begin a pilot."
            if accepted
            else "Польза не подтверждена числом. // No number confirms the benefit."
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
                application, by=self.cast.ermakov, question="Кто из клиентов может подтвердить число? // Which of your customers can confirm the number?",
                at=at + timedelta(days=2),
            )  # fmt: skip
        self.ask_experts(application, at=at + timedelta(days=2))
        if stage == "in_review":
            return application
        self.review(application, score, at=at + timedelta(days=5))
        if stage == "reviewed":
            return application
        return self.decide(application, accepted=stage == "accepted", at=at + timedelta(days=8))
