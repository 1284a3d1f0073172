"""What a certificate says: its document for machines, its sentence, its paper."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from pochin import papers
from pochin.core import seals
from pochin.core.checkpoints import signing_key
from pochin.decisions.models import Certificate, Decision
from pochin.evaluations import words
from pochin.evaluations.models import verdict_key
from pochin.pilots import shown, wording
from pochin.pilots import words as plan_words
from pochin.pilots.models import Pilot
from pochin.ui import charts, formats

FORMAT = "pochin-certificate/1"
LANGUAGES = ("ru", "en")


def document(decision: Decision, *, number: str, at: datetime) -> dict[str, Any]:
    """Everything that is certified, sealed with the centre's key (`pochin-certificate/1`)."""
    said = {
        "format": FORMAT,
        "number": number,
        "issued_at": timezone.localtime(at).isoformat(timespec="seconds"),
        "check": check_url(number),
        **told(decision),
        "decision_sha256": decision.sha256,
    }
    return seals.seal(said, signing_key())


def told(decision: Decision) -> dict[str, Any]:
    """What a pilot has shown: whose, where, when, by which plan, with what result."""
    pilot, evaluation = decision.pilot, decision.evaluation
    protocol, result = evaluation.plan.protocol, evaluation.result
    row = words.primary_row(result)
    metric, effect = row["metric"], row["effect"]
    plan, slots = evaluation.plan, pilot.slots.select_related("site").order_by("site__number")
    company, locked_at = pilot.organisation, plan.locked_at
    assert company is not None, "a guard asks for it"
    assert locked_at is not None, "a guard asks for it"
    versions = [one for one in shown.versions_of_plan(pilot) if one.at <= locked_at]
    return {
        "demonstration": pilot.is_demonstration,
        "issuer": _named(pilot.programme.centre),
        "programme": _named(pilot.programme),
        "company": _named(company) | {"inn": company.inn},
        "solution": _named(pilot.solution) if pilot.solution_id else None,
        "pilot": {
            "number": pilot.number,
            "ru": pilot.title_ru,
            "en": pilot.title_en or pilot.title_ru,
            "from": _iso(pilot.starts_on),
            "until": _iso(pilot.ends_on),
            "sites": [_site(slot) for slot in slots if slot.took_part or pilot.is_archive],
            "design": protocol.kind,
            "plan_locked_at": versions[0].at.isoformat(timespec="seconds"),
            "decided_on": _iso(timezone.localdate(decision.signed_at)),
            **_changes(pilot, versions[1:]),
        },
        "metric": {
            "code": metric["code"],
            "name": metric["name"] or metric["code"],
            "unit": metric["unit"],
            "direction": metric["direction"],
            "threshold": metric["threshold"],
            **_in_both(metric, pilot),
        },
        "result": {
            "estimate": effect["estimate"],
            "intervals": effect["intervals"],
            **_bounds(row, protocol),
            "p_value": row["p_value"],
            "method": effect["method"],
            "units": effect["n_units"],
            "verdict": result["decision"]["verdict"],
            "evidence_class": result["decision"]["evidence_class"],
        },
        "plan_sha256": plan.sha256,
        "data_sha256": evaluation.snapshot.sha256,
        "result_sha256": evaluation.sha256,
    }


def _bounds(row: dict[str, Any], protocol: Any) -> dict[str, Any]:
    """By what the rule judged, with its level; nothing where no interval exists."""
    estimate = words.judged_of(row, protocol)
    if estimate is None or (bounds := estimate.bounds) is None:
        return {}
    return {"bounds": {"low": bounds.low, "high": bounds.high, "level": bounds.level}}


def _site(slot: Any) -> dict[str, Any]:
    """A site as the document names it; of one that left the run for good also its last day."""
    left = {"left_on": _iso(slot.left_on)} if slot.left_on else {}
    return {"number": slot.site.number} | _named(slot.site) | left


def _changes(pilot: Pilot, later: list[shown.Version]) -> dict[str, Any]:
    """What keeps a plan from being the one written before the run; nothing where it was."""
    found: dict[str, Any] = {"plan_after_data": True} if pilot.is_archive else {}
    if later:
        found["amendments"] = [
            {"number": one.number, "locked_at": one.at.isoformat(timespec="seconds"),
             "after_data": one.is_late, "sha256": one.sha256}
            for one in later
        ]  # fmt: skip
    return found


def _in_both(metric: dict[str, Any], pilot: Pilot) -> dict[str, str]:
    """What the metric and its unit are called in the language the plan was not written in."""
    kept = wording.joined(wording.of_the_need(pilot.need), pilot.wording or [])
    found = {}
    for language in LANGUAGES:
        told = wording.Wording({text: one[language] for one in kept for text in one.values()})
        for name in ("name", "unit"):
            if (said := told.said(metric[name])) != metric[name]:
                found[f"{name}_{language}"] = said
    return found


def _named(thing: Any) -> dict[str, str]:
    return {"ru": thing.name_ru, "en": thing.name_en or thing.name_ru}


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def check_url(number: str) -> str:
    """Where anybody checks a certificate."""
    return settings.SITE_URL.rstrip("/") + reverse("decisions:certificate", args=[number])


def in_language(pair: dict[str, str] | None) -> str:
    """One of the two names, by the language of the page."""
    return pair[formats.language()] if pair else ""


def finding(said: dict[str, Any]) -> str:
    """What was shown, in a sentence."""
    metric, estimate = said["metric"], _estimate(said)
    unit, places = _unit_of_change(metric), _places(said)
    told = (
        _("%(name)s changed by %(by)s; the likely effect is %(span)s")
        if words.has_comparison(said["result"])
        else _("%(name)s changed by %(by)s; the likely change is %(span)s")
    )
    return told % {
        "name": metric_name(metric),
        "by": formats.with_unit(said["result"]["estimate"], unit, places=places, sign=True),
        "span": estimate.span_words(unit, places, sign=True) if estimate else formats.DASH,
    }


def _estimate(said: dict[str, Any]) -> charts.Estimate | None:
    """The estimate; documents signed before the bounds were told have none."""
    estimate, bounds = words.estimate_of(said["result"]), said["result"].get("bounds")
    if estimate is None or bounds is None:
        return estimate
    return replace(estimate, bounds=charts.Bounds(**bounds))


def share(said: dict[str, Any]) -> charts.Estimate | None:
    """The effect as a share of its threshold: 0 no difference, 1 the threshold."""
    estimate = _estimate(said)
    return None if estimate is None else estimate.over(threshold(said))


def metric_name(metric: dict[str, Any]) -> str:
    """The metric in the reader's language, where the document knows it, else as the plan does."""
    return _in_language(metric, "name")


def _in_language(metric: dict[str, Any], field: str) -> str:
    return metric.get(f"{field}_{formats.language()}", metric[field])


def _unit(metric: dict[str, Any]) -> str:
    return "" if metric["unit"] == "1" else _in_language(metric, "unit")


def _unit_of_change(metric: dict[str, Any]) -> str:
    return formats.unit_of_change(_unit(metric))


def _places(said: dict[str, Any]) -> int:
    estimate = _estimate(said)
    wide = estimate.high - estimate.low if estimate else None
    return words.places_of(wide, said["metric"]["threshold"])


def threshold(said: dict[str, Any]) -> float:
    """The threshold on the side of the improvement."""
    return (-1 if said["metric"]["direction"] == "lower" else 1) * said["metric"]["threshold"]


def picture(said: dict[str, Any]) -> Any:
    """The finding over its three zones."""
    estimate = _estimate(said)
    if estimate is None:
        return ""
    return charts.finding(
        estimate,
        threshold=threshold(said),
        unit=_unit_of_change(said["metric"]),
        places=_places(said),
    )


def facts(said: dict[str, Any]) -> list[tuple[Any, Any]]:
    """What is certified, as names and values."""
    with formats.kept():
        return _facts(said)


def _facts(said: dict[str, Any]) -> list[tuple[Any, Any]]:
    pilot, unit = said["pilot"], _unit(said["metric"])
    sites = [in_language(site) for site in pilot["sites"]]
    named = ", ".join(sites[:6]) + ("…" if len(sites) > 6 else "")
    rows: list[tuple[Any, Any]] = [(_("Company"), _company(said["company"]))]
    if said["solution"]:
        rows.append((_("Solution"), in_language(said["solution"])))
    rows += [
        (_("Pilot"), f"{_pilot_code(pilot)} {in_language(pilot)}"),
        (_("Days of the run"), f"{_day(pilot['from'])} – {_day(pilot['until'])}"),
        (_("Sites"), f"{formats.number(len(sites))}: {named}"),
        *(
            (_("Left for good during the run"), f"{in_language(site)}, {_day(site['left_on'])}")
            for site in pilot["sites"]
            if site.get("left_on")
        ),
        (_("Design"), plan_words.KINDS[pilot["design"]]),
        (_("Metric"), f"{metric_name(said['metric'])}{f', {unit}' if unit else ''}"),
        (
            _threshold_words(pilot),
            formats.with_unit(
                threshold(said), _unit_of_change(said["metric"]), places=_places(said), sign=True
            ),
        ),
        *_judged_by(said),
        (_("Verdict"), words.VERDICTS[verdict_key(said["result"]["verdict"])][0]),
        (_("Evidence"), words.EVIDENCE[said["result"]["evidence_class"]]),
        (_("Plan locked"), formats.moment(datetime.fromisoformat(pilot["plan_locked_at"]))),
        *((_("Plan changed"), change) for change in amended(said)),
        (_("Decision signed"), _day(pilot["decided_on"])),
    ]
    return rows


def _judged_by(said: dict[str, Any]) -> list[tuple[Any, Any]]:
    """The bound the rule compared with the threshold, where the document tells it."""
    estimate, line = _estimate(said), threshold(said)
    end = None if estimate is None else estimate.toward(-line)
    if end is None:
        return []
    unit, places = _unit_of_change(said["metric"]), _places(said)
    places = words.places_apart(places, [end], (line, 0.0))
    return [(_("Bound of the rule"), formats.with_unit(end, unit, places=places, sign=True))]


def _threshold_words(pilot: dict[str, Any]) -> str:
    if pilot.get("plan_after_data"):
        return _("Threshold, written down after the data")
    if pilot.get("amendments"):
        return _("Threshold by the changed plan")
    return _("Threshold written down before the start")


def amended(said: dict[str, Any]) -> list[str]:
    """When the plan was changed after its lock, and what was known by then, one by one."""
    return [
        (
            _("%(moment)s, after outcome data were seen")
            if one["after_data"]
            else _("%(moment)s, before outcome data were seen")
        )
        % {"moment": formats.moment(datetime.fromisoformat(one["locked_at"]))}
        for one in said["pilot"].get("amendments", ())
    ]


def _pilot_code(pilot: dict[str, Any]) -> str:
    return f"{'П' if formats.language() == 'ru' else 'P'}-{pilot['number']:03}"


def _company(company: dict[str, str]) -> str:
    inn = _("INN %(inn)s") % {"inn": company["inn"]} if company["inn"] else ""
    return ", ".join(filter(None, (in_language(company), inn)))


def _day(iso: str) -> str:
    return formats.day(date.fromisoformat(iso)) if iso else formats.DASH


def prints(said: dict[str, Any]) -> list[tuple[Any, str]]:
    """The fingerprints of what the certificate stands on, and the key of its seal."""
    return [
        (_("Plan, SHA-256"), said["plan_sha256"]),
        (_("Readings, SHA-256"), said["data_sha256"]),
        (_("Result, SHA-256"), said["result_sha256"]),
        (_("Decision, SHA-256"), said["decision_sha256"]),
        (_("Public key of the seal"), said["key"]),
    ]


def as_json(certificate: Certificate) -> str:
    """The twin for machines, as it is handed out."""
    return json.dumps(certificate.document, ensure_ascii=False, indent=1, sort_keys=True)


def pdf(certificate: Certificate, *, language: str) -> bytes:
    """The certificate on one sheet, with the twin for machines inside."""
    said = certificate.document
    with translation.override(language), formats.kept():
        data = {
            "title": _("Certificate of pilot testing"),
            "number": certificate.number,
            "number_words": _("No. %(number)s") % {"number": certificate.number},
            "centre": in_language(said["issuer"]),
            "programme": in_language(said["programme"]),
            "demonstration": said["demonstration"],
            "notices": [_("Demonstration data: this certificate certifies nothing.")]
            if said["demonstration"]
            else [],
            "lead": _(
                "The centre certifies that this solution was tried in a pilot whose plan was "
                "locked before the run, and that the result passed the threshold of that plan."
            ),
            "finding": finding(said),
            "charts": papers.drawings(str(picture(said))),
            "facts": [[str(name), str(value)] for name, value in facts(said)],
            "prints": [[str(name), value] for name, value in prints(said)],
            "issued": _("Issued on %(day)s")
            % {"day": formats.day(timezone.localdate(certificate.issued_at))},
            "check_words": _("Check this certificate: point a camera at the code, or open"),
            "check": said["check"],
            "offline": _("Without a network:") + " pochin verify certificate.json",
            "qr": _qr(said["check"]),
            "qr_words": _("Code that leads to %(address)s") % {"address": said["check"]},
        }
    return papers.pdf(
        "decisions/certificate",
        data,
        language=language,
        at=certificate.issued_at,
        attached={"certificate.json": as_json(certificate)},
    )


def _qr(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", scale=4, border=2, xmldecl=False, dark="#13211F"
    )
    return out.getvalue().decode()
