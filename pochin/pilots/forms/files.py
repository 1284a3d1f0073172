"""A plan from a file, and what is changed in one that is locked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pochin.lab.canonical import load_json
from pochin.lab.protocol import PlanFaults, Protocol
from pochin.lab.result import LabError
from pochin.pilots.lab_words import faults
from pochin.ui.widgets import area

MOST_BYTES = 2_000_000


class PlanUploadForm(forms.Form):
    """A plan as a document, from a file or pasted."""

    file = forms.FileField(
        label=_("File plan.json"), required=False,
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )  # fmt: skip
    text = forms.CharField(
        label=_("or its text"), required=False, widget=area(16), strip=False,
        max_length=MOST_BYTES,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        given["protocol"] = self._read(given)
        return given

    def _read(self, given: dict[str, Any]) -> Protocol | None:
        file = given.get("file")
        if file is not None and file.size > MOST_BYTES:
            self.add_error("file", _t("The file is larger than 2 MB; a plan is not that long."))
            return None
        source = file.read() if file is not None else given.get("text", "")
        if not source:
            raise forms.ValidationError(_t("Choose a file or paste the text of the plan."))
        try:
            return Protocol.parse(load_json(source))
        except PlanFaults as problem:
            for fault in problem.faults[:50]:
                self.add_error(None, faults.fault_of(fault))
        except LabError as problem:
            self.add_error(None, _t(str(problem)))
        return None


class VerifyForm(forms.Form):
    """A plan somebody has, to be compared with the locked one."""

    file = forms.FileField(label=_("Your plan.json"), required=False)
    text = forms.CharField(
        label=_("or its text, or a fingerprint of 64 characters"), required=False, widget=area(8),
        strip=False, max_length=MOST_BYTES,
    )  # fmt: skip
