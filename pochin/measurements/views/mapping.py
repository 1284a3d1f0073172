"""Saying which column of a table holds what, where its headings do not."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.measurements import lifecycle
from pochin.measurements.intake.schema import COLUMNS, column_of
from pochin.measurements.models import Batch, State
from pochin.measurements.words import PARTS
from pochin.pilots import wording
from pochin.pilots.shown import marks
from pochin.ui import access
from pochin.ui.shortcuts import page, visible_or_404


class ColumnsForm(forms.Form):
    """A question for each heading, and what all rows say of a column the table does not have."""

    unit = forms.CharField(
        label=_("All rows are about this unit"), required=False, max_length=200,
        help_text=_("Only where no column names the unit."),
    )  # fmt: skip
    metric = forms.ChoiceField(label=_("All values are of this metric"), required=False)

    def __init__(self, *args: Any, look: Any, metrics: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(metric.code, metric.name or metric.code) for metric in metrics]
        metric = cast(forms.ChoiceField, self.fields["metric"])
        metric.choices = [("", "—"), *named]
        two_part = {metric.code for metric in metrics if metric.two_part}
        choices: list[tuple[str, Any]] = [("", _("is not used")), *PARTS.items()]
        choices += [(f"wide {code}", _t("readings of “%(name)s”") % {"name": name})
                    for code, name in named]  # fmt: skip
        choices += [(f"under {code}", _t("denominator of “%(name)s”") % {"name": name})
                    for code, name in named if code in two_part]  # fmt: skip
        self.heads = list(look.heads)[:200]
        kept = {**{head: name for name, head in look.dialect.columns.items()},
                **{head: f"wide {code}" for head, code in look.dialect.wide.items()},
                **{head: f"under {code}" for code, head in look.dialect.under.items()}}  # fmt: skip
        codes = {name.lower(): code for code, name in named} | {code: code for code, _n in named}
        for place, head in enumerate(self.heads):
            guess = kept.get(head) or column_of(head) or ""
            if not guess and head.strip().lower() in codes:
                guess = f"wide {codes[head.strip().lower()]}"
            self.fields[f"h{place}"] = forms.ChoiceField(
                label=head or "—", choices=choices, required=False, initial=guess
            )
        self.order_fields([*(f"h{place}" for place in range(len(self.heads))), "unit", "metric"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        mapping: dict[str, dict[str, str]] = {"columns": {}, "wide": {}, "under": {}, "fixed": {}}
        for place, head in enumerate(self.heads):
            kind, _sep, code = (said.get(f"h{place}") or "").partition(" ")
            part, name = {"wide": ("wide", head), "under": ("under", code)}.get(
                kind, ("columns", kind)
            )
            if not kind:
                continue
            if name in mapping[part]:
                self.add_error(f"h{place}", _t("Another column holds this already."))
            mapping[part][name] = code if part == "wide" else head
        mapping["fixed"] = {name: said[name] for name in ("unit", "metric") if said.get(name)}
        self._complain(mapping)
        self.mapping = mapping
        return said

    def _complain(self, mapping: dict[str, dict[str, str]]) -> None:
        given = {*mapping["columns"], *mapping["fixed"]}
        if mapping["wide"]:
            given |= {"metric", "value"}
            if "value" in mapping["columns"]:
                self.add_error(
                    None, _t("Either a column holds all values, or each metric has its own.")
                )
        missing = [str(PARTS[name]) for name in COLUMNS[:4] if name not in given]
        if missing:
            self.add_error(
                None, _t("Say which column holds: %(what)s.") % {"what": ", ".join(missing)}
            )


@access.shows(Batch)
def columns(request: HttpRequest, pilot: int, number: int) -> HttpResponse:
    """Say what each heading of a table means; tables like it are read so from now on."""
    found = Batch.objects.select_related("pilot", "file")
    batch = visible_or_404(found, request.user, pilot__number=pilot, number=number)
    if batch.sent_by_id != request.user.pk or batch.state != State.RECEIVED:
        raise Http404
    plan = batch.pilot.locked_plan()
    metrics = wording.of(batch.pilot).plan(plan.protocol).metrics if plan is not None else ()
    look = lifecycle.look_at(batch)
    form = ColumnsForm(request.POST or None, look=look, metrics=metrics)
    if form.is_valid():
        said: dict[str, Any] = form.mapping
        lifecycle.map_columns(batch, by=request.user, **said)
        return redirect(batch)
    return page(
        request, "measurements/columns.html", status=422 if form.is_bound else 200,
        batch=batch, marks=marks(batch.pilot), form=form, look=look,
    )  # fmt: skip
