"""From the locked plan to the first day: consents, a tested feed, the baseline, the lot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.agreements.models import Agreement
from pochin.core.lifecycle import NOW, STAY, Refused
from pochin.core.policy import SYSTEM, system
from pochin.pilots.lifecycle.course import life
from pochin.pilots.lifecycle.evidence import Completeness
from pochin.pilots.lifecycle.guards import preparing, stopping
from pochin.pilots.models import AFTER_THE_RUN, BEFORE_RUNNING, DECIDED, Check, Pilot, State
from pochin.pilots.policy import designer, keeper, manager, methodologist

# What must be done before a run, by track; the manager adds what the case asks for.
CHECKLIST = (
    ("safety", "Инструктаж по безопасности проведён", "People are instructed in safety"),
    ("security", "Служба безопасности согласовала доступ", "Security has agreed to the access"),
    ("contract", "Договор о пилоте подписан", "The agreement on the pilot is signed"),
    ("procurement", "Путь закупки выбран", "The procurement route is chosen"),
    ("rights", "Права на результаты распределены", "Rights to the results are settled"),
    ("training", "Работники площадок обучены", "The sites' people are trained"),
)


@life.move(
    State.LOCKED,
    to=State.PREPARATION,
    who=system,
    label=_("Begin the preparation"),
    done=_("The preparation began"),
)
def prepare(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Contract, security, procurement, rights and training go on side by side."""
    _list(pilot, CHECKLIST)


@life.move(
    State.LOCKED,
    to=State.RUNNING,
    who=system,
    label=_("Take in the readings"),
    done=_("The readings of the archive may be sent in"),
)
def open_archive(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """The trial is long over; its readings may now be sent in."""
    pilot.started_at = pilot.end_reached_at = at


@life.follows("lock")
def _go_on_after_lock(pilot: Pilot, at: datetime) -> None:
    (open_archive if pilot.is_archive else prepare)(pilot, by=SYSTEM, at=at)


# What is owed once it is over.
OWED = (
    ("equipment", "Оборудование возвращено или передано по акту",
     "Equipment is returned or handed over by an act"),
    ("personal", "Персональные данные удалены или возвращены",
     "Personal data are deleted or given back"),
    ("access", "Доступы и пропуска компании закрыты",
     "The company's access and passes are closed"),
)  # fmt: skip


@life.follows("end_early", "scale", "scale_with_conditions", "rework", "stop")
def _note_what_is_owed(pilot: Pilot, at: datetime) -> None:
    if not pilot.is_archive and not pilot.checks.filter(kind__in=AFTER_THE_RUN).exists():
        _list(pilot, OWED)


def _list(pilot: Pilot, lines: tuple[tuple[str, str, str], ...]) -> None:
    Check.objects.bulk_create(
        Check(pilot=pilot, number=n, kind=kind, words_ru=ru, words_en=en)
        for n, (kind, ru, en) in enumerate(lines, start=pilot.checks.count() + 1)
    )


@life.move(
    State.PREPARATION,
    State.BASELINE,
    State.ENDED_EARLY,
    State.DATA_CLOSING,
    State.EVALUATION,
    State.AWAITING,
    *DECIDED,
    to=STAY,
    who=manager | keeper,
    label=_("Tick the checklist"),
    done=_("A line of the checklist was done"),
    guards=[stopping.trial_is_held_now],
)
def tick(pilot: Pilot, *, by: Any, check: Check, note: str = "", at: datetime = NOW) -> None:
    """Say that a line of the checklist is done."""
    if check.pilot_id != pilot.pk:
        raise Refused(_t("This line belongs to another pilot."))
    check.done_by_id, check.done_at, check.note = by.pk, at, note
    check.save()


@life.move(
    State.PREPARATION,
    State.BASELINE,
    to=STAY,
    who=manager,
    label=_("Add to the checklist"),
    done=_("A line was added to the checklist"),
)
def add_check(
    pilot: Pilot, *, by: Any, kind: str, words_ru: str, words_en: str = "", at: datetime = NOW
) -> None:
    """Add what this pilot needs besides."""
    number = pilot.checks.count() + 1
    Check.objects.create(
        pilot=pilot, number=number, kind=kind, words_ru=words_ru, words_en=words_en
    )


@life.move(
    State.PREPARATION,
    State.BASELINE,
    to=STAY,
    who=system | manager | keeper,
    label=_("Confirm that the data feed works"),
    done=_("The data feed was confirmed"),
)
def confirm_feed(pilot: Pilot, *, by: Any, note: str = "", at: datetime = NOW) -> None:
    """A trial file or feed from the sites was read without faults."""
    pilot.feed_tested_at = at


@life.move(
    State.PREPARATION,
    to=State.BASELINE,
    who=manager,
    label=_("Begin the baseline"),
    done=_("The baseline began"),
    guards=[preparing.site_consents_are_signed, preparing.data_feed_is_tested],
)
def begin_baseline(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Measure how it is without the solution."""


@life.move(
    State.PREPARATION,
    State.BASELINE,
    State.RUNNING,
    State.SUSPENDED,
    State.ENDED_EARLY,
    to=STAY,
    who=system,
    label=_("Note which readings arrived"),
    done=_("Readings arrived"),
)
def note_data(pilot: Pilot, *, by: Any, data: Completeness, at: datetime = NOW) -> None:
    """Remember what arrived of what the plan expects, as counted by the room of the readings."""
    pilot.data = data.to_dict()


@life.move(
    State.PREPARATION,
    State.BASELINE,
    to=STAY,
    who=methodologist,
    label=_("Enter the drawn number"),
    done=_("The drawn number was entered"),
    guards=[preparing.lot_is_not_drawn, preparing.seed_is_the_committed_one],
    is_final=True,
)
def draw(pilot: Pilot, *, by: Any, seed: str, at: datetime = NOW) -> None:
    """Say which number was drawn; who works with the solution follows from it."""
    pilot.seed = seed


@life.move(
    State.BASELINE,
    to=State.RUNNING,
    who=manager,
    label=_("Start the run"),
    done=_("The run began"),
    guards=[
        preparing.checklist_is_done,
        preparing.baseline_is_sufficient,
        preparing.decision_is_owned,
        preparing.agreement_is_in_force,
        preparing.treatment_is_assigned,
        preparing.sites_signed_the_start,
    ],
    is_final=True,
)
def start(pilot: Pilot, *, by: Any, at: datetime = NOW) -> None:
    """Start by the act the sites have signed; who works with the solution is as drawn."""
    pilot.started_at = at


@life.move(
    *BEFORE_RUNNING,
    to=STAY,
    who=designer,
    label=_("Link the agreement"),
    done=_("The agreement was linked"),
)
def link_agreement(pilot: Pilot, *, by: Any, agreement: Agreement, at: datetime = NOW) -> None:
    """Name the agreement under which the pilot runs."""
    if agreement.programme_id != pilot.programme_id:
        raise Refused(_t("This agreement belongs to another programme."))
    pilot.agreement = agreement
