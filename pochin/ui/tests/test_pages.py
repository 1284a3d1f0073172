import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from pochin.ui import views

ROOM = Path(settings.BASE_DIR) / "pochin"
CSS = (ROOM / "ui/static/ui/pochin.css").read_text()
# Reports and letters are taken away: they carry their style with them, and no page shows them.
TAKEN_AWAY = {
    ROOM / "evaluations/templates/evaluations/report.html",
    ROOM / "ui/templates/ui/letter.html",
}
TEMPLATES = sorted(set(ROOM.glob("*/templates/**/*.html")) - TAKEN_AWAY)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_component_is_shown_in_both_languages(client, db, language):
    client.cookies["pochin_language"] = language
    answer = client.get("/ui/")

    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


def test_the_page_of_components_keeps_the_strict_policy(client, db):
    html = client.get("/ui/").content.decode()

    assert re.findall(r"<[^>]+\sstyle=", html) == []
    assert re.findall(r"<[^>]+\son\w+=", html) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOM)))
def test_no_template_holds_a_style_or_a_script(template):
    source = template.read_text()

    assert re.findall(r"\sstyle=", source) == []
    assert re.findall(r"<style|\son(?:click|change|submit|load)=", source) == []
    assert re.findall(r"<script(?![^>]*(?:\bsrc=|application/json))", source) == []


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 429, 500, 503])
def test_every_fault_has_its_page(client, db, status):
    answer = client.get(f"/ui/faults/{status}/")

    assert answer.status_code == status
    assert answer.content.decode().count("<h1>") == 1


def _without_token(answer):
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", answer.content)


def test_what_does_not_exist_looks_the_same_everywhere(client, db):
    first, second = client.get("/nothing/"), client.get("/ui/faults/418/")

    assert (first.status_code, second.status_code) == (404, 404)
    assert _without_token(first) == _without_token(second)


def test_the_colours_are_kept_in_the_browser_of_the_reader(client, db):
    answer = client.post(
        "/ui/theme/", {"theme": "dark"}, headers={"Referer": "http://testserver/ui/"}
    )

    assert (answer.status_code, answer.url) == (302, "http://testserver/ui/")
    assert answer.cookies["theme"].value == "dark"
    assert '<html lang="ru" data-theme="dark">' in client.get("/ui/").content.decode()


def test_unknown_colours_and_foreign_addresses_are_left_alone(client, db):
    answer = client.post(
        "/ui/theme/", {"theme": "pink"}, headers={"Referer": "https://evil.example/"}
    )

    assert answer.url == "/"
    assert "theme" not in answer.cookies


def test_our_fault_is_told_without_asking_the_database(rf):
    # No `db` here: a query would fail this test.
    with translation.override("en"):
        answer = views.broken(rf.get("/x/"))

    assert answer.status_code == 500
    assert re.search(r"Case [0-9A-F]{4}", answer.content.decode())


@pytest.mark.parametrize("host", ["evil.example", "testserver@evil.example", "a, b", ""])
def test_who_asks_by_the_name_of_another_host_gets_one_sentence(client, host):
    answer = client.get("/needs/", headers={"host": host})

    assert answer.status_code == 400
    assert answer.content.decode() == (
        "Этот запрос здесь не исполнить. Проверьте адрес в строке браузера."
    )
    assert "evil.example" not in str(answer.headers)


def test_by_its_own_name_the_house_answers(client, db):
    assert client.get("/needs/", headers={"host": "localhost"}).status_code == 200


def test_sign_in_wears_our_look(client, db):
    for address in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"):
        html = client.get(address).content.decode()

        assert "/static/ui/pochin.css" in html
        assert html.count("<main ") == 1
        assert html.count("<h1>") == 1


def test_the_style_sheet_stays_small():
    assert len(CSS.encode()) <= 52_000


# Contrast -----------------------------------------------------------------------------------

PAIRS = [
    ("text", "bg"), ("text", "surface"), ("muted", "bg"), ("muted", "surface"), ("muted", "sunken"),
    ("primary", "bg"), ("primary", "surface"),
    ("on-primary", "primary"), ("on-primary", "primary-h"),
    ("seal", "surface"), ("on-seal", "seal"), ("on-seal", "seal-h"), ("on-bad", "bad"),
    ("primary", "primary-soft"), ("seal", "seal-soft"), ("ok", "ok-soft"), ("warn", "warn-soft"),
    ("bad", "bad-soft"), ("ok", "surface"), ("warn", "surface"), ("bad", "surface"),
]  # fmt: skip
MARKS = [(mark, "surface") for mark in ("c-with", "c-without", "c-ochre", "c-brick", "c-plan")]
BORDERS = [("line-strong", "surface"), ("line-strong", "bg"), ("focus", "bg"), ("focus", "surface")]


COLOUR = re.compile(r"--([\w-]+): var\(--l,(#\w{6})\)var\(--d,(#\w{6})\);")


def _tokens():
    """The palette by day and the palette by night."""
    said = COLOUR.findall(CSS)
    return [
        ("day", {name: day for name, day, _night in said}),
        ("night", {name: night for name, _day, night in said}),
    ]


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_colour_says_its_shade_by_day_and_by_night():
    tokens = CSS[CSS.index(":root {") : CSS.index("@media")]

    assert re.findall(r"#\w+", COLOUR.sub("", tokens)) == []
    assert len(COLOUR.findall(tokens)) == len(_tokens()[0][1]) > 30


def test_night_begins_with_the_system_unless_the_reader_chose_and_never_on_paper():
    switch = "{ color-scheme: dark; --l: ; --d: initial; }"

    assert ":root {\n  color-scheme: light; --l: initial; --d: ;" in CSS
    assert re.findall(r"@media (.+?) { (:root\S+) " + re.escape(switch), CSS) == [
        ("screen and (prefers-color-scheme: dark)", ":root:not([data-theme=light])"),
        ("screen", ":root[data-theme=dark]"),
    ]


@pytest.mark.parametrize(("pairs", "least"), [(PAIRS, 4.5), (MARKS, 3.0), (BORDERS, 3.0)])
def test_words_and_marks_stand_out_from_their_ground(pairs, least):
    faint = [
        (palette, one, other, round(contrast, 2))
        for palette, tokens in _tokens()
        for one, other in pairs
        if (contrast := _contrast(tokens[one], tokens[other])) < least
    ]

    assert faint == []


CALLS = {"_", "gettext", "ngettext", "pgettext"}


def _hidden_words(source):
    """Lines where a call for a translation stands inside the braces of an f-string."""
    return [
        f"{source.relative_to(ROOM)}:{node.lineno}"
        for text in ast.walk(ast.parse(source.read_text()))
        if isinstance(text, ast.JoinedStr)
        for node in ast.walk(text)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS
    ]


def test_no_words_for_people_hide_from_the_translators():
    sources = [path for path in ROOM.glob("**/*.py") if "tests" not in path.parts]

    assert [line for source in sources for line in _hidden_words(source)] == []


def test_the_mark_is_found_by_its_old_name(client):
    answer = client.get("/favicon.ico")

    assert (answer.status_code, answer["Location"]) == (302, "/static/ui/icon.svg")
    assert answer["Cache-Control"] == "public, max-age=86400"


def test_every_banner_has_its_icon_before_its_words():
    # Its first column is as wide as an icon; words alone would stand in it letter by letter.
    bare = [
        str(template.relative_to(ROOM))
        for template in ROOM.glob("**/templates/**/*.html")
        for after in re.findall(r'class="banner[^>]*>(.{0,12})', template.read_text(), re.S)
        if not after.startswith(("{% icon", "<svg"))
    ]

    assert bare == []
