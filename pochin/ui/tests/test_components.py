import pytest
from django.template import Context, Template, TemplateSyntaxError


def _render(source, **context):
    return Template("{% load ui %}" + source).render(Context(context))


def test_badge_escapes_its_text():
    html = _render("{% badge word tone='plain' %}", word="<b>")

    assert html == '<span class="tag plain">&lt;b&gt;</span>'


def test_card_holds_what_stands_inside_it():
    html = _render("{% card title='Pilot' %}<p>{{ word }}</p>{% endcard %}", word="a<b")

    assert html.strip() == (
        '<section class="card"><header><h2>Pilot</h2></header>'
        '<div class="body"><p>a&lt;b</p></div></section>'
    )


def test_an_unknown_prop_is_an_error():
    with pytest.raises(TemplateSyntaxError, match="unexpected keyword argument 'colour'"):
        _render("{% badge 'x' colour='red' %}")
