"""An agreement on paper: PDF by typst, DOCX by the template of the centre or the shipped one."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from pochin.agreements.models import Agreement, PaperTemplate
from pochin.core import tongue
from pochin.files import store
from pochin.papers import pdf, word
from pochin.ui import formats

# What a template may name; the first of each list shows what a row holds.
EXAMPLE: dict[str, Any] = {
    "number": "", "title": "", "kind": "", "programme": "", "place": "", "event": "", "day": "",
    "starts": "", "ends": "", "term": "", "renewal": "", "coordination": "", "text": "",
    "fingerprint": "",
    "state": "", "mark": "",
    "parties": [{"name": "", "inn": "", "signs": "", "post": "", "grounds": "", "signed": ""}],
    "clauses": [{"number": "", "heading": "", "text": "", "summary": ""}],
    "commitments": [{"number": "", "who": "", "to": "", "text": "", "measure": "", "target": "",
                     "starts": "", "due": ""}],
    "annexes": [{"number": "", "title": ""}],
}  # fmt: skip

# What each name stands for, told to who edits a template.
MEANINGS: dict[str, Any] = {
    "number": _l("number of the agreement"),
    "title": _l("title"),
    "kind": _l("kind of agreement"),
    "programme": _l("programme"),
    "place": _l("where it is signed"),
    "event": _l("event at which it is signed"),
    "day": _l("day of the last signature"),
    "starts": _l("first day of the term"),
    "ends": _l("last day of the term"),
    "term": _l("the term in one sentence"),
    "renewal": _l("whether it goes on by itself"),
    "coordination": _l("who coordinates"),
    "text": _l("words before the clauses"),
    "fingerprint": _l("fingerprint of what is signed"),
    "state": _l("state"),
    "mark": _l("that the data are made up to show the product, where they are"),
    "parties[].name": _l("name of a party"),
    "parties[].inn": _l("INN of a party"),
    "parties[].signs": _l("who signs for a party"),
    "parties[].post": _l("post of who signs"),
    "parties[].grounds": _l("grounds on which they sign"),
    "parties[].signed": _l("when a party signed"),
    "clauses[].number": _l("number of a clause"),
    "clauses[].heading": _l("heading of a clause"),
    "clauses[].text": _l("text of a clause"),
    "clauses[].summary": _l("a clause in plain words"),
    "commitments[].number": _l("number of a commitment"),
    "commitments[].who": _l("who owes it"),
    "commitments[].to": _l("to whom it is owed"),
    "commitments[].text": _l("what is promised"),
    "commitments[].measure": _l("how it is measured"),
    "commitments[].target": _l("target with its unit"),
    "commitments[].starts": _l("since when"),
    "commitments[].due": _l("until when"),
    "annexes[].number": _l("number of an annex"),
    "annexes[].title": _l("title of an annex"),
}


def content(agreement: Agreement, language: str) -> dict[str, Any]:
    """Everything a paper may say, written as people read it in this language."""
    with translation.override(language), formats.kept():
        said = {
            "number": agreement.code,
            "title": str(agreement),
            "kind": str(agreement.get_kind_display()),
            "programme": str(agreement.programme),
            "place": agreement.told("place"),
            "event": agreement.told("event"),
            "day": _signed_on(agreement),
            "starts": formats.day(agreement.starts_on),
            "ends": formats.day(agreement.term_ends_on) if agreement.term_ends_on else "",
            "renewal": str(agreement.get_renewal_display()),
            "coordination": agreement.told("coordination"),
            "text": agreement.told("text"),
            "fingerprint": agreement.sha256,
            "state": str(agreement.get_state_display()),
            "mark": _mark() if agreement.is_demonstration else "",
            "parties": [_party(party) for party in _parties(agreement)],
            "clauses": [
                {"number": str(c.place), "heading": c.told("heading"), "text": c.told("text"),
                 "summary": c.told("summary")}
                for c in agreement.clauses.order_by("place")
            ],
            "commitments": [_commitment(c) for c in _commitments(agreement)],
            "annexes": [
                {"number": str(a.place), "title": str(a)}
                for a in agreement.annexes.order_by("place")
            ],
        }  # fmt: skip
        return {**tongue.throughout(said), "term": _term(said)}


def _parties(agreement: Agreement) -> Any:
    parties = agreement.party_set.select_related("organisation", "signed_by", "agreement")
    return parties.order_by("pk")


def _commitments(agreement: Agreement) -> Any:
    promised = agreement.commitments.exclude(state="withdrawn").select_related("owes", "to")
    return promised.order_by("number")


def _signed_on(agreement: Agreement) -> str:
    """The day of the last signature, as it was in Moscow; empty where it is not signed."""
    at = agreement.signed_at
    return formats.day(timezone.localdate(at)) if at else ""


def _mark() -> str:
    return _("demonstration data")


def _party(party: Any) -> dict[str, str]:
    signed = formats.moment(party.signed_at) if party.signed_at else ""
    if party.agreement.is_on_paper and not signed:
        signed = _("on paper, %(day)s") % {"day": _signed_on(party.agreement)}
    return {
        "name": str(party.organisation),
        "inn": party.organisation.inn,
        "signs": str(party.signed_by or party.told("signs") or party.signatory or ""),
        "post": party.told("post"),
        "grounds": party.grounds,
        "signed": signed,
    }


def _commitment(commitment: Any) -> dict[str, str]:
    target = ""
    if commitment.target is not None:
        target = f"{formats.number(commitment.target)} {commitment.told('unit')}".strip()
    # A promise made up to show the product never stands as a real one under real signatures.
    mark = f" ({_mark()})" if commitment.is_demonstration else ""
    return {
        "number": str(commitment.number),
        "who": str(commitment.owes),
        "to": str(commitment.to),
        "text": f"{tongue.own(str(commitment))}{mark}",
        "measure": commitment.told("measure"),
        "target": target,
        "starts": formats.day(commitment.starts_on),
        "due": formats.day(commitment.due_on),
    }


def print_pdf(agreement: Agreement, language: str) -> bytes:
    """The agreement as PDF/A; equal words give equal bytes."""
    said = content(agreement, language)
    with translation.override(language), formats.kept():
        data = {
            **said,
            "centre": str(agreement.programme.centre),
            "demonstration": agreement.is_demonstration,
            "words": {
                "parties": _("Parties"),
                "commitments": _("Commitments"),
                "annexes": _("Annexes"),
                "signatures": _("Signatures"),
                "coordination": _("Coordination"),
                "term": said["term"],
                "inn": _("INN"),
                "grounds": _("acting on the grounds of"),
                "who": _("Who owes it"),
                "what": _("What is promised"),
                "target": _("Target"),
                "due": _("Due"),
                "hand": _("signature"),
            },
        }
    return pdf("agreements/agreement", data, language=language, at=agreement.signed_at)


def _term(said: dict[str, Any]) -> str:
    if not said["ends"]:
        return _("In force from %(first)s, without an end.") % {"first": said["starts"]}
    words = _("In force from %(first)s until %(last)s; %(renewal)s.")
    return words % {"first": said["starts"], "last": said["ends"], "renewal": said["renewal"]}


def print_docx(agreement: Agreement, language: str) -> bytes:
    """The agreement by the template of the centre, or by the shipped one."""
    return word.fill(template_of(agreement, language), content(agreement, language))


def template_of(agreement: Agreement, language: str) -> bytes:
    """The bytes of the template in use for this kind of agreement."""
    chosen = PaperTemplate.objects.filter(
        programme_id=agreement.programme_id, kind=agreement.kind, language=language, is_in_use=True
    ).first()
    if chosen is None:
        return shipped(language)
    with store.open_bytes(chosen.file.sha256) as file:
        return file.read()


def shipped(language: str) -> bytes:
    """The template that comes with the product, made by code; a centre edits it further."""
    with translation.override(language), formats.kept():
        document = Document()
        _page(document, language)
        _head(document)
        _body(document)
        out = BytesIO()
        document.save(out)
    return word.steady(out.getvalue())


FONT = "Times New Roman"
TONGUES = {"ru": "ru-RU", "en": "en-GB"}


def _page(document: Any, language: str) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2)
    normal = document.styles["Normal"]
    normal.font.size = Pt(11)
    for level in (1, 2):
        heading = document.styles[f"Heading {level}"]
        heading.font.size = Pt(15 if level == 1 else 12)
        heading.font.color.rgb = RGBColor(0, 0, 0)
        _in_one_font(heading)
    _in_one_font(normal)
    # So that a word processor checks the spelling of the language that is written.
    for marked in document.styles.element.iter(qn("w:lang")):
        marked.set(qn("w:val"), TONGUES[language])
    properties = document.core_properties
    properties.author = properties.comments = properties.title = ""


def _in_one_font(style: Any) -> None:
    """Set the font for every script; the fonts of the theme would rule over it otherwise."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)


def _head(document: Any) -> None:
    title = document.add_heading("{{ title }}", level=1)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    number = document.add_paragraph("{{ kind }} · {{ number }}")
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph("{%p if mark %}")
    document.add_paragraph("{{ mark }}").alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{% if place %}{{ place }}, {% endif %}{{ day }}")
    document.add_paragraph("{%p for party in parties %}")
    document.add_paragraph(
        "{{ party.name }}{% if party.inn %}, " + _("INN") + " {{ party.inn }}{% endif %}"
        "{% if party.signs %}, {{ party.post }} {{ party.signs }}{% endif %}"
        "{% if party.grounds %}, " + _("acting on the grounds of") + " {{ party.grounds }}"
        "{% endif %}"
    )
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{{ text }}")


def _body(document: Any) -> None:
    document.add_paragraph("{%p for clause in clauses %}")
    document.add_heading("{{ clause.number }}. {{ clause.heading }}", level=2)
    document.add_paragraph("{{ clause.text }}")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{{ term }}")
    document.add_paragraph("{%p if commitments %}")
    document.add_heading(_("Commitments"), level=2)
    _table(document)
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if annexes %}")
    document.add_heading(_("Annexes"), level=2)
    document.add_paragraph("{%p for annex in annexes %}")
    document.add_paragraph("{{ annex.number }}. {{ annex.title }}")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endif %}")
    document.add_heading(_("Signatures"), level=2)
    document.add_paragraph("{%p for party in parties %}")
    document.add_paragraph("{{ party.name }}")
    document.add_paragraph("{{ party.post }}")
    document.add_paragraph("_____________________ {{ party.signs }} {{ party.signed }}")
    document.add_paragraph("{%p endfor %}")


def _table(document: Any) -> None:
    table = document.add_table(rows=4, cols=4, style="Table Grid")
    heads = [_("Who owes it"), _("What is promised"), _("Target"), _("Due")]
    for cell, words in zip(table.rows[0].cells, heads, strict=True):
        cell.paragraphs[0].add_run(words).bold = True
    heading = OxmlElement("w:tblHeader")  # stands again at the top of the next page
    table.rows[0]._tr.get_or_add_trPr().append(heading)
    table.rows[1].cells[0].text = "{%tr for commitment in commitments %}"
    fields = ["who", "text", "target", "due"]
    for cell, field in zip(table.rows[2].cells, fields, strict=True):
        cell.text = "{{ commitment." + field + " }}"
    table.rows[3].cells[0].text = "{%tr endfor %}"
