"""DOCX from a template that people edit in their word processor: fields, repetition, choice.

A template is a program, so it is read before it is kept: it may name fields, repeat and choose,
and nothing else; what it names must exist. It is filled in a sandbox without functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils.translation import gettext as _
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pochin.core.lifecycle import Refused

# What a template may consist of.
ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const,
    nodes.For, nodes.If, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand,
)  # fmt: skip


class Sandbox(ImmutableSandboxedEnvironment):
    """Reads every part of a template before it runs, heads, feet and properties too."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in _nodes(tree):
            if not isinstance(node, ALLOWED):
                raise Refused(
                    _(
                        "The template does more than name fields, repeat and choose (%(what)s)."
                        " The one in use was kept."
                    )
                    % {"what": type(node).__name__.lower()}
                )
        return tree


def _environment() -> Sandbox:
    made = Sandbox(autoescape=True, undefined=StrictUndefined)
    # No functions, filters or tests: nothing that could be called.
    made.globals.clear()
    made.filters.clear()
    made.tests.clear()
    return made


def check(template: bytes, known: dict[str, Any]) -> None:
    """Refuse a template that cannot be filled, with one sentence that says where it errs.

    Args:
        template: The bytes of a DOCX file.
        known: An example of the data: which fields there are, and of what kind.
    """
    try:
        trees = [_environment().parse(text) for text in _texts(template)]
    except TemplateSyntaxError as error:
        words = _("The template cannot be read: %(why)s. The one in use was kept.")
        raise Refused(words % {"why": error.message}) from error
    for tree in trees:
        _check_names(tree, dict(known))
    fill(template, known)


def fill(template: bytes, data: dict[str, Any]) -> bytes:
    """The document with the fields of `data` in it; what people wrote is never read as markup."""
    document = DocxTemplate(BytesIO(template))
    document.render(data, jinja_env=_environment(), autoescape=True)
    out = BytesIO()
    document.save(out)
    return steady(out.getvalue())


def steady(document: bytes) -> bytes:
    """The same document with its parts dated alike, so that equal calls give equal bytes."""
    out = BytesIO()
    with ZipFile(BytesIO(document)) as given, ZipFile(out, "w", ZIP_DEFLATED) as kept:
        for name in given.namelist():
            part = ZipInfo(name)
            part.compress_type = ZIP_DEFLATED
            kept.writestr(part, given.read(name))
    return out.getvalue()


def _texts(template: bytes) -> Iterator[str]:
    """The text of the page, of its heads and its feet, as the sandbox will read it."""
    document = DocxTemplate(BytesIO(template))
    document.init_docx()
    yield document.patch_xml(document.get_xml())
    for uri in (document.HEADER_URI, document.FOOTER_URI):
        for _key, part in document.get_headers_footers(uri):
            yield document.patch_xml(document.get_part_xml(part))


def _nodes(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _nodes(child)


def _check_names(node: nodes.Node, known: dict[str, Any]) -> None:
    """Walk the template with the names that are known at each place."""
    if isinstance(node, nodes.For):
        rows = _look_up(node.iter, known)
        example = rows[0] if isinstance(rows, list) and rows else {}
        name = node.target.name if isinstance(node.target, nodes.Name) else ""
        inner = {**known, name: example}
        for child in node.body:
            _check_names(child, inner)
        return
    if isinstance(node, nodes.Name | nodes.Getattr):
        _look_up(node, known)
        return
    for child in node.iter_child_nodes():
        _check_names(child, known)


def _look_up(node: nodes.Node, known: Any) -> Any:
    if isinstance(node, nodes.Name):
        return _take(node.name, node.name, known)
    if isinstance(node, nodes.Getattr):
        return _take(node.attr, _written(node), _look_up(node.node, known))
    return None


def _take(name: str, written: str, known: Any) -> Any:
    if not isinstance(known, dict) or name not in known:
        names = ", ".join(sorted(known)) if isinstance(known, dict) else "—"
        raise Refused(
            _(
                "The template asks for “%(field)s”, which is not known here. Known are: %(known)s."
                " The one in use was kept."
            )
            % {"field": written, "known": names}
        )
    return known[name]


def _written(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_written(node.node)}.{node.attr}"
    return getattr(node, "name", "")
