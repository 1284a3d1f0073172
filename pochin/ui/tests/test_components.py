import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from pochin.ui import parts, pieces


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def _render(source, **context):
    return Template("{% load ui %}" + source).render(Context(context)).strip()


def test_badge_escapes_its_text():
    assert _render("{% badge word tone='plain' %}", word="<b>") == (
        '<span class="tag plain">&lt;b&gt;</span>'
    )


def test_card_holds_what_stands_inside_it():
    html = _render("{% card title='Pilot' %}<p>{{ word }}</p>{% endcard %}", word="a<b")

    assert html == (
        '<section class="card"><header><h2>Pilot</h2></header>'
        '<div class="body"><p>a&lt;b</p></div></section>'
    )


def test_a_card_with_a_heading_alone_has_no_empty_body():
    html = _render("{% card title='State' end='open' %}\n  \n{% endcard %}")

    assert html == (
        '<section class="card"><header><h2>State</h2><div class="end muted">open</div></header>'
        "</section>"
    )


def test_an_unknown_prop_is_an_error():
    with pytest.raises(TemplateSyntaxError, match="unexpected keyword argument 'colour'"):
        _render("{% badge 'x' colour='red' %}")


def test_an_unknown_tone_is_an_error():
    with pytest.raises(KeyError, match="pink"):
        parts.badge("x", tone="pink")


@pytest.mark.parametrize(
    ("page", "text", "html"),
    [
        ("en", "Почта", '<span lang="ru">Почта</span>'),
        ("ru", "Почта", "Почта"),
        ("ru", "Post", '<span lang="en">Post</span>'),
        ("en", "118", "118"),
        ("en", "<Почта>", '<span lang="ru">&lt;Почта&gt;</span>'),
    ],
)
def test_words_in_the_other_language_are_marked(page, text, html):
    with translation.override(page):
        assert parts.said(text) == html


SENTENCE = "Ставим прибор за один день."


def test_a_sentence_in_the_other_language_says_so_where_everybody_sees_it():
    with translation.override("en"):
        assert parts.said(SENTENCE) == (
            f'<span lang="ru">{SENTENCE}</span> <span class="muted small">in Russian</span>'
        )
    with translation.override("ru"):
        assert parts.said(SENTENCE) == SENTENCE
        assert parts.said("Put in within a day.") == (
            '<span lang="en">Put in within a day.</span> '
            '<span class="muted small">на английском</span>'
        )


def test_a_sentence_in_both_languages_is_shown_in_one_and_bears_no_mark():
    with translation.override("en"):
        assert parts.said(f"{SENTENCE} // Put in within a day.") == "Put in within a day."
    with translation.override("ru"):
        assert parts.said(f"{SENTENCE} // Put in within a day.") == SENTENCE


def test_a_pair_falls_back_to_the_other_language():
    assert parts.pair("Почта", "Post") == "Post"
    assert parts.pair("Почта", "") == '<span lang="ru">Почта</span>'


def test_an_index_number_is_drawn_and_said():
    html = _render("{% index_number 'П-118' %}")

    assert html.startswith('<span class="index"><span class="vh">П-118</span><svg ')
    assert html.count('class="strokes"') == 1


class QuestionForm(forms.Form):
    title = forms.CharField(label="Title", help_text="As a postman says it")
    stage = forms.ChoiceField(choices=[("a", "Idea")], widget=forms.RadioSelect, label="Stage")
    agree = forms.BooleanField(label="I agree", required=False)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def test_a_number_is_asked_without_the_zeros_of_its_column():
    class Asked(forms.Form):
        ceiling = forms.DecimalField()

    def html(value):
        return _render("{% field form.ceiling %}", form=Asked(initial={"ceiling": value}))

    assert 'value="400000"' in html(Decimal("400000.00"))
    assert 'value="0.5"' in html(Decimal("0.5000"))
    assert 'value="0"' in html(Decimal("0.00"))


def test_no_choice_is_said_in_words():
    class Asked(forms.Form):
        kind = forms.ChoiceField(choices=[("", "---------"), ("a", "A")])

    html = _render("{% field form.kind %}", form=Asked())

    assert '<option value="" selected>Not chosen</option>' in html
    assert "---" not in html


def test_what_is_begun_in_one_programme_is_a_button_and_in_several_a_list():
    city, region = (SimpleNamespace(code=code) for code in ("city", "region"))
    source = "{% begin_in programmes 'needs:begin' 'Describe' tone='primary' %}"

    one = _render(source, programmes=[city])
    two = _render(source, programmes=[city, region])

    assert one.startswith('<a class="btn primary" href="/needs/new/city/">')
    assert two.startswith('<details class="menu"><summary class="btn primary">')
    assert two.count("/needs/new/") == 2
    assert _render(source, programmes=[]) == ""


def test_a_field_names_its_help_and_its_mistake():
    html = _render("{% field form.title %}", form=QuestionForm({}))

    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert '<div class="help" id="id_title_helptext">As a postman says it</div>' in html
    assert 'id="id_title_error"' in html
    assert 'aria-invalid="true"' in html


def test_choices_stand_under_one_legend():
    html = _render("{% field form.stage %}", form=QuestionForm())

    assert "<legend>Stage</legend>" in html
    assert "<label for=" not in html


def test_fields_draws_the_hidden_ones_too():
    html = _render("{% fields form %}", form=QuestionForm())

    assert html.count('<div class="field') == 3
    assert html.startswith('<input type="hidden" name="token"')


def test_the_error_summary_leads_to_each_field():
    html = _render("{% error_summary form %}", form=QuestionForm({}))

    assert '<a href="#id_title">Title: This field is required.</a>' in html
    assert '<a href="#id_stage_0">Stage: This field is required.</a>' in html
    assert "2 answers need your attention" in html


def test_a_question_in_the_error_summary_is_not_followed_by_a_colon():
    class Asked(forms.Form):
        why = forms.CharField(label="Why?")

    html = _render("{% error_summary form %}", form=Asked({}))

    assert ">Why? This field is required.</a>" in html


def test_a_fingerprint_shows_its_ends_and_holds_the_whole():
    html = _render("{% fingerprint told %}", told="0123456789abcdef" * 4)

    assert "<summary>01234567\u2009…\u200989abcdef</summary>" in html
    assert "0123456789abcdef" * 4 in html


def test_a_form_without_mistakes_has_no_summary():
    assert _render("{% error_summary form %}", form=QuestionForm()) == ""


def test_a_closed_button_says_why_and_sends_nothing():
    html = _render("{% action_button 'Delete' url='/x/' why_not='A decision exists.' %}")

    assert "A decision exists." in html
    assert "<form" not in html


def test_an_open_button_carries_a_key():
    html = _render("{% action_button 'Send' url='/x/' %}")

    assert '<form method="post" action="/x/" data-once>' in html
    assert html.count('name="request_key"') == 1


def test_the_key_of_a_page_is_kept_when_its_form_is_shown_again():
    html = _render("{% request_key %}", request_key="k1")

    assert html == '<input type="hidden" name="request_key" value="k1">'


def test_each_signature_shows_its_state():
    rows = [
        pieces.Signature(name="Anna", state="signed", at=dt.datetime(2019, 1, 1, tzinfo=dt.UTC)),
        pieces.Signature(name="Boris", state="yours"),
        pieces.Signature(name="Vera", state="waiting"),
        pieces.Signature(name="Gleb", state="abstains", note="Gleb declared a conflict."),
    ]
    html = _render("{% signatures rows %}", rows=rows)

    assert html.count('<div class="sign">') == 4
    assert html.count("your signature") == 1
    assert html.count("waited for") == 1
    assert html.count("Gleb declared a conflict.") == 1


def test_a_closed_task_is_no_link():
    tasks = [
        pieces.Task(title="Price", href="/price/", why_not="Section 4 comes first."),
        pieces.Task(title="Team", href="/team/", status="Done", done=True),
    ]
    html = _render("{% task_list tasks %}", tasks=tasks)

    assert "/price/" not in html
    assert "Section 4 comes first." in html
    assert '<a href="/team/">Team</a>' in html


@pytest.mark.parametrize("tag", ["attention_list", "history", "commitment_list", "reader_list"])
def test_an_empty_list_says_so(tag):
    html = _render(f"{{% {tag} items empty='Nothing so far.' %}}", items=[])

    assert "Nothing so far." in html


def test_a_signature_names_its_day_with_the_year_and_its_time():
    this_year = dt.datetime.now(dt.UTC).year
    at = dt.datetime(this_year, 1, 2, 9, 5, tzinfo=dt.UTC)
    signed = pieces.Signature(name="Kira", role="owner", state="signed", at=at)

    html = _render("{% signatures rows %}", rows=[signed])

    assert f"2\xa0January {this_year} at 12:05 Moscow time" in html
    assert "ago" not in html


def test_who_is_waited_for_says_what_for_where_it_is_too_early():
    early = pieces.Signature(name="Olga", note="after the approvals")
    asked = pieces.Signature(name="Anna")

    assert "after the approvals" in _render("{% signatures rows %}", rows=[early])
    assert "waited for" not in _render("{% signatures rows %}", rows=[early])
    assert "waited for" in _render("{% signatures rows %}", rows=[asked])


def test_a_moment_of_this_year_shows_the_year_only_where_it_is_kept():
    at = dt.datetime(dt.datetime.now(dt.UTC).year, 1, 2, 9, 5, tzinfo=dt.UTC)

    assert str(at.year) not in _render("{% moment at %}", at=at).split(">")[1]
    assert str(at.year) in _render("{% moment at kept=True %}", at=at).split(">")[1]


@pytest.mark.parametrize(("letters", "size"), [(110, ""), (111, ' class="long"')])
def test_a_title_that_would_fill_a_phone_is_set_smaller(letters, size):
    html = _render("{% page_head title=title %}{% endpage_head %}", title="A" * letters)

    assert f"<h1{size}>{'A' * letters}</h1>" in html


@pytest.mark.parametrize(
    ("control", "size"),
    [
        (forms.IntegerField(), "field short"),
        (forms.DateField(), "field short"),
        (forms.CharField(widget=forms.TextInput({"inputmode": "decimal"})), "field short"),
        (forms.CharField(), "field"),
    ],
)
def test_a_field_is_as_wide_as_its_answer(control, size):
    form = type("Asked", (forms.Form,), {"answer": control})()

    assert f'<div class="{size}">' in _render("{% field form.answer %}", form=form)


@pytest.mark.parametrize("written", ["77/26", "№ 77/26", "No. 77/26"])
def test_the_number_of_a_paper_has_its_sign_once_on_one_line(written):
    assert _render("{{ paper|numbered }}", paper=written) == "No.\xa077/26"
