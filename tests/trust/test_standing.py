"""`pochin check` names what the owner of the database changed behind the journal's back."""

import pytest
from django.db import connection

from conftest import on
from pochin.core import imprints, journal, standing
from pochin.core.models import Entry, EntryText
from pochin.decisions import lifecycle as decisions
from pochin.decisions.models import Decision
from pochin.needs.models import Need


@pytest.fixture
def settled(cast, city_story):
    """The story as if all of it, what the fixture put beside it too, had come about by moves."""
    for thing in vars(city_story).values():
        if hasattr(thing, "state"):
            said = {"before": thing.state, "imprint": imprints.of(thing)}
            journal.write("story.settled", thing, by=cast.vera, at=on(5, 6), **said)
    return city_story


@pytest.fixture
def signed(cast, settled):
    """A decision that binds, over a locked plan and a shown result."""
    decision = settled.decision
    decisions.sign(decision, by=cast.kira, at=on(5, 7))
    return decision


def behind_the_guards(table, sql, *params):
    """What only the owner of the database can do: lift the triggers, change rows, put them back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(sql, params)
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
        )
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(sql, params)
        for _name, create in triggers:
            cursor.execute(create)


def told() -> list[str]:
    return list(standing.faults())


def test_what_came_about_by_moves_stands_as_it_was_led(signed):
    assert told() == []


def test_a_state_changed_without_a_move_is_named(signed, need):
    Need.objects.filter(pk=need.pk).update(state="withdrawn")

    assert told() == [
        f"needs.need:{need.pk} stands in “withdrawn”, and its last move led to “collecting”."
    ]


def test_a_move_cut_off_the_end_of_a_story_is_named_without_any_checkpoint(signed):
    last = Entry.objects.filter(verb="decisions.sign").latest("pk")
    untie = "UPDATE core_entry SET cause_id = NULL WHERE cause_id = %s"
    behind_the_guards("core_entry", untie, last.pk)
    EntryText.objects.filter(entry=last)._raw_delete("default")
    behind_the_guards("core_entry", "DELETE FROM core_entry WHERE id = %s", last.pk)

    assert told() == [
        f"decisions.decision:{signed.pk} stands in “signed”, and its last move led to “prepared”."
    ]


@pytest.mark.parametrize(
    ("table", "column", "value", "named"),
    [
        ("decisions_decision", "words", "Другие слова.", "decisions.decision:{decision}"),
        ("decisions_decision", "outcome", "stop", "decisions.decision:{decision}"),
        ("pilots_plan", "canonical", "{}", "pilots.plan:{plan}"),
        ("evaluations_evaluation", "sha256", "0" * 64, "evaluations.evaluation:{evaluation}"),
    ],
)
def test_what_was_signed_and_then_rewritten_is_named(signed, table, column, value, named):
    keys = {
        "decision": signed.pk,
        "plan": signed.evaluation.plan_id,
        "evaluation": signed.evaluation_id,
    }
    key = keys[table.partition("_")[2]]
    behind_the_guards(table, f"UPDATE {table} SET {column} = %s WHERE id = %s", value, key)

    assert f"{named.format(**keys)} is not what was signed or issued." in told()


def test_a_signed_decision_stays_whole_when_its_owner_changes_the_address(signed, cast):
    cast.kira.email = "kira@elsewhere.example"
    cast.kira.save()

    assert Decision.objects.get(pk=signed.pk).is_whole
    assert told() == []


def test_a_guard_that_was_taken_away_is_named(db):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE core_entry DISABLE TRIGGER core_entry_append_only")
        else:
            cursor.execute("DROP TRIGGER core_entry_no_update")

    said = told()

    assert said[0] == "The guard that refuses to update rows of core_entry is gone."


# What is rewritten, of which thing of the story, and whose imprint tells of it.
REWRITTEN = [
    ("agreements_agreement", "text_ru", "Другое.", "agreement", "agreements.agreement"),
    ("agreements_clause", "text_ru", "Другое.", "agreement", "agreements.agreement"),
    ("agreements_party", "grounds", "Устав", "agreement", "agreements.agreement"),
    ("agreements_commitment", "due_on", "2031-01-01", "commitment", "agreements.commitment"),
    ("coordination_meeting", "minutes_ru", "Другое.", "meeting", "coordination.meeting"),
    ("coordination_agendaitem", "title_ru", "Другое.", "meeting", "coordination.meeting"),
    ("coordination_task", "due_on", "2031-01-01", "task", "coordination.task"),
    ("deals_deal", "amount", "1.00", "deal", "deals.deal"),
    ("deals_delivery", "words", "Другое.", "deal", "deals.deal"),
    ("exports_contract", "amount", "1.00", "project", "exports.project"),
    ("exports_declaration", "content", "{}", "project", "exports.project"),
    ("reviews_review", "probability", "1", "assignment", "reviews.assignment"),
    ("applications_application", "title", "Другое.", "application", "applications.application"),
    ("applications_version", "content", "{}", "application", "applications.application"),
    ("core_signature", "sha256", "0" * 64, "need", "needs.need"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "value", "thing", "label"), REWRITTEN)
def test_a_row_rewritten_without_a_move_is_named(settled, table, column, value, thing, label):
    whole_before = told()
    thing = getattr(settled, thing)

    behind_the_guards(table, f"UPDATE {table} SET {column} = %s", value)

    assert whole_before == []
    assert f"{label}:{thing.pk} is not as its last move left it." in told()


def test_a_thing_that_was_put_in_without_a_move_is_named(settled, double):
    forged = double(settled.deal, number=77)

    assert told() == [f"deals.deal:{forged.pk} is there, and nothing tells how it came."]


def test_a_thing_that_went_without_a_move_is_named(settled):
    task = settled.task

    behind_the_guards("coordination_task", "DELETE FROM coordination_task WHERE id = %s", task.pk)

    assert told() == [f"coordination.task:{task.pk} is gone, and no move took it away."]
