"""How a published result is cited: its lasting address, its day and its fingerprint."""

from __future__ import annotations

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from pochin.decisions.certificates import in_language
from pochin.decisions.models import PublishedResult

# What the language of reference lists would take for a command.
ESCAPED = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#",
    "_": r"\_", "$": r"\$", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
})  # fmt: skip


def address(told: PublishedResult) -> str:
    """The address of a result, which never changes."""
    return settings.SITE_URL.rstrip("/") + told.get_absolute_url()


def bibtex(told: PublishedResult) -> str:
    """The entry of a published result for a list of references; empty before it is published."""
    if told.published_at is None:
        return ""
    said, day = told.document, localtime(told.published_at).date()
    number = said["pilot"]["number"]
    title = _("%(title)s: result of pilot %(code)s") % {
        "title": in_language(said["pilot"]),
        "code": told.code,
    }
    entry = {
        "title": f"{{{title.translate(ESCAPED)}}}",
        "author": f"{{{in_language(said['issuer']).translate(ESCAPED)}}}",
        "date": day.isoformat(),
        "year": str(day.year),
        "url": address(told),
        "note": f"SHA-256 {told.sha256}",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in entry.items()]
    return "\n".join([f"@misc{{pochin-pilot-{number}-result-{told.number},", *lines, "}"])
