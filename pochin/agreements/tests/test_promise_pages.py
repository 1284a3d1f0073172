"""The pages of commitments, amendments, versions and evidence."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from conftest import NOON, plain
from pochin.agreements import lifecycle
from pochin.agreements.lifecycle import amendments, commitments
from pochin.agreements.models import Agreement, Amendment, Commitment, CommitmentKind
from pochin.agreements.tests.conftest import CLAUSE, PROMISE
from pochin.core.policy import SYSTEM
from pochin.search import index

FORM = {
    "kind": "number", "text_ru": "Провести 20 пилотов", "target": "20", "starts_on": "2026-03-01",
    "due_on": "2026-06-30",
}  # fmt: skip


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("reader", ["anna", "vera", "kira", "rita", "nina"])
def test_both_sides_see_the_same_promises(reader, language, active, cast, signed_in):
    browser = signed_in(getattr(cast, reader), language)
    title = {"ru": "Провести 20 пилотов", "en": "Hold 20 pilots"}[language]
    urls = [
        active.agreement.get_absolute_url(),
        active.get_absolute_url(),
        "/agreements/commitments/",
    ]

    pages = [browser.get(url) for url in urls]

    assert [(p.status_code, title in p.content.decode()) for p in pages] == [(200, True)] * 3


@pytest.mark.parametrize("stranger", ["gleb", "ulyana", "boris", "zakhar"])
def test_for_others_they_are_absent(stranger, active, cast, signed_in):
    browser = signed_in(getattr(cast, stranger))

    hidden = browser.get(active.get_absolute_url())
    absent = browser.get("/agreements/city/99/commitments/1/")

    assert (hidden.status_code, plain(hidden)) == (404, plain(absent))
    assert "Hold 20 pilots" not in browser.get("/agreements/commitments/").content.decode()


def test_a_public_agreement_shows_promises_but_no_evidence(active, cast, signed_in):
    paper = SimpleUploadedFile("act.txt", "Акт".encode(), "text/plain")
    vera, gleb = signed_in(cast.vera), signed_in(cast.gleb)
    url = active.get_absolute_url()
    vera.post(f"{url}add_evidence/", {"words": "Акт № 2", "document": paper})
    Agreement.objects.update(is_public=True)

    page = gleb.get(url).content.decode()

    assert ("Hold 20 pilots" in page, "Акт № 2" in page) == (True, False)
    assert gleb.get(f"{url}evidence/1/").status_code == 404
    assert gleb.get(f"{active.agreement.get_absolute_url()}versions/").status_code == 404
    kept = vera.get(f"{url}evidence/1/")
    assert b"".join(kept.streaming_content).decode() == "Акт"


def test_it_is_written_reported_and_confirmed_in_the_browser(
    draft, cast, olga, signed_in, django_capture_on_commit_callbacks
):
    vera, anna = signed_in(cast.vera), signed_in(cast.anna)
    url = draft.get_absolute_url()
    made = vera.post(f"{url}commitments/new/", {**FORM, "owes": cast.post.pk, "to": cast.amber.pk})
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.send(Agreement.objects.get(), by=cast.vera, at=NOON)
        lifecycle.sign(Agreement.objects.get(), by=cast.anna, organisation=cast.amber, at=NOON)
        lifecycle.sign(Agreement.objects.get(), by=olga, organisation=cast.post, at=NOON)
    vera.post(f"{made.url}add_evidence/", {"words": "Отчёт", "link": "https://example.org/a"})
    vera.post(f"{made.url}report/", {"completion": "complete", "value": "20", "words": "Всё."})
    anna.post(f"{made.url}confirm/")

    assert Commitment.objects.get().state == "complete"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"due_on": "2026-02-01"}, "It is due before it begins."),
        ({"target": "двадцать"}, "This is not a number; write it like 1 200 000,50."),
        ({"target": ""}, "A number to reach needs its target."),
        ({"starts_on": "2026-02-30"}, "Enter a valid date."),
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence_and_nothing_is_lost(changes, why, draft, cast, signed_in):
    given = {**FORM, "owes": cast.post.pk, "to": cast.amber.pk, **changes}

    page = signed_in(cast.vera).post(f"{draft.get_absolute_url()}commitments/new/", given)

    said = page.content.decode()
    assert why in said
    assert FORM["text_ru"] in said
    assert not Commitment.objects.exists()


def test_the_same_party_twice_is_said_at_the_field(draft, cast, signed_in):
    page = signed_in(cast.vera).post(
        f"{draft.get_absolute_url()}add_party/", {"inn": cast.amber.inn, "signs_ru": "Иванов"}
    )

    said = page.content.decode()
    assert "Amber is already a party." in said
    assert "Иванов" in said


def test_reversed_terms_are_said_at_the_field(cast, signed_in):
    given = {
        "kind": "framework", "title_ru": "О сотрудничестве", "text_ru": "Да.",
        "starts_on": "2026-05-01", "ends_on": "2026-04-01",
    }  # fmt: skip

    page = signed_in(cast.vera).post("/agreements/new/city/", given).content.decode()

    assert "The term must not end before it begins." in page
    assert "О сотрудничестве" in page


def test_an_amendment_is_proposed_read_and_signed(
    active, cast, olga, signed_in, django_capture_on_commit_callbacks
):
    given = {"text_ru": PROMISE["text_ru"], "text_en": PROMISE["text_en"], "target": "25",
             "due_on": "2026-06-30", "reason": "Кластер вырос."}  # fmt: skip
    anna, post = signed_in(cast.anna), signed_in(olga)
    url = anna.post(f"{active.get_absolute_url()}change/", given).url
    assert "25" in anna.get(url).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        anna.post(f"{url}sign/", {"organisation": cast.amber.pk, "has_read": "on"})
        post.post(f"{url}sign/", {"organisation": cast.post.pk, "has_read": "on"})

    assert Commitment.objects.get().target == 25
    assert Amendment.objects.get().changes == {"target": "25"}


def test_nothing_changed_is_no_amendment(active, cast, signed_in):
    given = {"text_ru": PROMISE["text_ru"], "text_en": PROMISE["text_en"], "target": "20",
             "due_on": "2026-06-30", "reason": "Так."}  # fmt: skip

    page = signed_in(cast.anna).post(f"{active.get_absolute_url()}change/", given)

    assert "Nothing was changed." in page.content.decode()
    assert not Amendment.objects.exists()


FORMS = ["commitments/new/"] + [
    f"commitments/1/{name}/"
    for name in ("change", "withdrawal", "report", "add_evidence", "name_responsible")
]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_form_of_a_commitment_opens(path, language, active, cast, signed_in):
    url = f"{active.agreement.get_absolute_url()}{path}"

    assert signed_in(cast.vera, language).get(url).status_code == 200
    assert signed_in(cast.gleb, language).get(url).status_code == 404


def test_versions_are_compared_on_a_page(draft, cast, signed_in):
    lifecycle.write_clause(draft, by=cast.vera, at=NOON, place=1, **CLAUSE)
    lifecycle.propose(draft, by=cast.vera, at=NOON)
    changed = {**CLAUSE, "text_ru": "Стороны проводят 25 пилотов в год."}
    lifecycle.write_clause(draft, by=cast.vera, at=NOON, place=1, **changed)
    url = f"{draft.get_absolute_url()}versions/"

    page = signed_in(cast.anna).get(url).content.decode()

    assert "<del>20</del><ins>25</ins>" in page
    assert signed_in(cast.anna).get(f"{url}?from=9").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(
    rows, active, cast, signed_in, django_assert_num_queries
):
    for n in range(rows - 1):
        commitments.add(
            active.agreement, by=SYSTEM, at=NOON, owes=cast.post,
            to=cast.amber, **{**PROMISE, "text_ru": f"Ещё {n}"},
        )  # fmt: skip
    browser = signed_in(cast.vera)

    with django_assert_num_queries(6):
        page = browser.get("/agreements/commitments/").content.decode()

    assert page.count('<th scope="row">') == rows


def test_late_ones_are_found(active, vera, signed_in):
    browser = signed_in(vera)

    asked = ("", "late=yes", "state=active", f"owes={active.owes_id}", "counter=answered")
    found = [
        browser.get(f"/agreements/commitments/?{one}").context["listing"].total for one in asked
    ]

    assert found == [1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("words", "count"),
    [("пилоты участников", 1), ("pilots", 1), ("Amber", 1), ("о пилоте", 1), ("С-001.1", 1),
     ("C-1.1", 1), ("самокат", 0)],
)  # fmt: skip
def test_a_promise_is_found_by_its_words_sides_and_number(words, count, active, cast, signed_in):
    index.reindex(Commitment)
    page = signed_in(cast.vera).get("/agreements/commitments/", {"q": words})
    hidden = signed_in(cast.gleb).get("/agreements/commitments/", {"q": words})

    assert page.context["listing"].total == count
    assert hidden.context["listing"].total == 0


def test_what_the_agreement_does_not_allow_is_said_on_the_form_and_the_words_are_kept(
    draft, cast, signed_in
):
    """The agreement begins on 1 March 2026; a promise cannot begin before it."""
    browser, url = signed_in(cast.vera), f"{draft.get_absolute_url()}commitments/new/"
    sides = {"owes": cast.post.pk, "to": cast.amber.pk}

    answer = browser.post(url, {**FORM, **sides, "starts_on": "2026-02-01"})
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "before the term of the agreement" in page
    assert "Провести 20 пилотов" in page
    assert 'name="text_ru"' in page
    assert not Commitment.objects.exists()
    assert browser.post(url, {**FORM, **sides}).status_code == 302


def test_the_day_by_which_it_is_owed_is_called_so(active):
    """The state of a payment that is still ahead is another word in Russian."""
    with translation.override("ru"):
        assert str(Commitment._meta.get_field("due_on").verbose_name) == "срок"


def test_an_amendment_names_the_kind_of_a_commitment_in_words(signed, cast, signed_in):
    made = amendments.propose(
        signed, by=cast.vera, at=NOON, reason="Форум",
        changes={"owes": str(cast.amber.pk), "to": str(cast.post.pk), "kind": "event",
                 "text_ru": "Показ", "starts_on": "2026-04-01", "due_on": "2026-05-01"},
    )  # fmt: skip

    page = signed_in(cast.anna).get(made.get_absolute_url())

    kinds = [after for label, _before, after in page.context["changes"] if str(label) == "kind"]
    assert kinds == [str(CommitmentKind.EVENT.label)]
