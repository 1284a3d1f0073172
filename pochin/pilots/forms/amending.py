"""What is changed in a locked plan, and why: in words, or as a whole document."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.lab.protocol import PlanFaults, Protocol
from pochin.lab.result import LabError
from pochin.pilots import lab_words
from pochin.pilots.forms.fields import Number, Percent
from pochin.pilots.forms.files import PlanUploadForm
from pochin.pilots.lab_words import faults
from pochin.pilots.models import Plan
from pochin.ui import formats
from pochin.ui.widgets import area

# More periods than these are not ticked one by one.
MOST_TICKED = 60


class AmendForm(PlanUploadForm):
    """A changed plan: what people change most is asked in words, the rest comes as a file.

    The questions stand for places of the plan that binds; whatever is not asked stays as it is.
    """

    why = forms.CharField(
        label=_("Why does the plan change?"), max_length=4000, widget=area(3),
        help_text=_("Everybody who reads the result will read this too."),
    )  # fmt: skip

    def __init__(self, *args: Any, plan: Plan, periods: int | None = None, **kwargs: Any) -> None:
        """Asks about this plan; `periods` is how many its run needs, where a decision says so."""
        super().__init__(*args, **kwargs)
        self.plan = plan
        self.places: dict[str, tuple[Any, ...]] = {}
        for name, place, field in self._questions(plan.protocol, periods):
            self.fields[name], self.places[name] = field, place
            field.disabled = self._gives_a_whole
        self.fields["file"].label = _t("The whole changed plan as a file plan.json")

    def _questions(
        self, protocol: Protocol, periods: int | None
    ) -> Iterator[tuple[str, tuple[Any, ...], forms.Field]]:
        content = protocol.document
        yield "question", ("question",), forms.CharField(
            label=_t("The question of the pilot"), max_length=2000, widget=area(2),
            initial=content["question"],
        )  # fmt: skip
        for n, metric in enumerate(content["metrics"]):
            for limit, label in (
                ("threshold", _t("%(metric)s: threshold, %(unit)s")),
                ("margin", _t("%(metric)s: may get worse by at most, %(unit)s")),
            ):
                if limit in metric:
                    which = {"metric": metric.get("name") or metric["code"], "unit": metric["unit"]}
                    yield (
                        f"{limit}_{n}",
                        ("metrics", n, limit),
                        Number(label=label % which, min_value=0, initial=metric[limit]),
                    )
        yield "run", ("periods", "run"), forms.IntegerField(
            label=_t("Periods of the run"), min_value=1, max_value=100_000,
            initial=periods or content["periods"]["run"],
            help_text=_t("Now %(run)d.") % {"run": content["periods"]["run"]},
        )  # fmt: skip
        if 0 < len(protocol.period_ids) <= MOST_TICKED:
            yield "exclude", ("periods", "exclude"), forms.MultipleChoiceField(
                label=_t("Periods that do not count"), required=False,
                widget=forms.CheckboxSelectMultiple,
                choices=[(one, _period(one)) for one in protocol.period_ids],
                initial=content["periods"].get("exclude", []),
            )  # fmt: skip
        missing = content.get("data_rules", {}).get("missing", {})
        yield "max_share", ("data_rules", "missing", "max_share"), Percent(
            label=_t("How many readings may be missing, %"), min_value=0, max_value=1,
            required=False, initial=missing.get("max_share"),
        )  # fmt: skip
        yield "stop_reasons", ("stop_reasons",), forms.CharField(
            label=_t("Reasons to end early, one in a line"), required=False, max_length=4000,
            widget=area(3), initial="\n".join(content.get("stop_reasons", [])),
        )  # fmt: skip

    @property
    def _gives_a_whole(self) -> bool:
        """Whether a whole plan was given, so that the questions do not count."""
        return bool(self.files.get("file") or str(self.data.get("text", "")).strip())

    @property
    def asked(self) -> list[forms.BoundField]:
        """The questions in words."""
        return [self[name] for name in self.places]

    @property
    def whole(self) -> list[forms.BoundField]:
        """The other way: a whole plan."""
        return [self["file"], self["text"]]

    def _read(self, given: dict[str, Any]) -> Protocol | None:
        if self._gives_a_whole:
            return super()._read(given)
        try:
            return Protocol.parse(self._changed(given))
        except PlanFaults as problem:
            for fault in problem.faults[:50]:
                self.add_error(None, faults.fault_of(fault))
        except LabError as problem:
            self.add_error(None, lab_words.reason(str(problem)))
        return None

    def _changed(self, given: dict[str, Any]) -> dict[str, Any]:
        """The plan with the answers in their places; an answer left as it was changes nothing."""
        content = copy.deepcopy(self.plan.content)
        for name, place in self.places.items():
            value = given.get(name)
            if name == "stop_reasons":
                value = [line.strip() for line in str(value or "").splitlines() if line.strip()]
            if value != _at(content, place) and (value or _at(content, place)):
                _put(content, place, value)
        return content


def _period(name: str) -> str:
    """A period as people call it: from its first day on; a name of its own stays."""
    try:
        return _t("from %(day)s") % {"day": formats.day(date.fromisoformat(name))}
    except ValueError:
        return name


def _at(content: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        try:
            content = content[step]
        except (KeyError, IndexError):
            return None
    return content


def _put(content: Any, place: tuple[Any, ...], value: Any) -> None:
    """Write the value in its place; nothing takes the place away."""
    *way, last = place
    for step in way:
        content = content.setdefault(step, {}) if isinstance(step, str) else content[step]
    if value or value == 0:
        content[last] = value
    else:
        content.pop(last, None)
