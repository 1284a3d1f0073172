"""Counts that the database keeps: moves at once neither wait for each other nor lose a count."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools import prepared

ROOT = Path(__file__).resolve().parents[2]
# Four people move applications at once, while the worker adds up what they did.
AT_ONCE = """
import random, sys, threading
from datetime import UTC, date, datetime
import django; django.setup()
from django.db import OperationalError, connection, transaction
from pochin.applications.models import Application, State
from pochin.core import tallies
from pochin.core.models import Tally
from pochin.needs.models import Need
from pochin.participants.models import Organisation, Person, Programme

now = datetime.now(UTC)
post = Organisation.objects.create(name_ru="Post", name_en="Post")
anna = Person.objects.create(email="anna@example.org", name_ru="Anna")
city = Programme.objects.create(code="city", centre=post, starts_on=date(2026, 1, 1))
need = Need.objects.create(programme=city, number=1, unit=post, owner=anna, title_ru="Need")
Application.objects.bulk_create(
    Application(programme=city, need=need, organisation=post, number=100000 + n, title="A",
                contact=anna, begun_at=now, submitted_at=now, state=State.SUBMITTED)
    for n in range(40)
)
keys = list(Application.objects.values_list("pk", flat=True))
assert tallies.gather() == 39
states, done, faults = [State.SUBMITTED, State.SCREENING, State.IN_REVIEW], [], []

def patiently(act):
    while True:
        try:
            return act()
        except OperationalError as busy:
            if "locked" not in str(busy):
                raise

def move(seed):
    lot = random.Random(seed)
    @transaction.atomic
    def some():
        for key in lot.sample(keys[seed::4], 3):
            Application.objects.filter(pk=key).update(state=lot.choice(states))
        if lot.random() < 0.2:
            transaction.set_rollback(True)
    for _turn in range(25):
        patiently(some)
    done.append(seed)
    connection.close()

def gather():
    while len(done) < 4 and threading.main_thread().is_alive():
        patiently(tallies.gather)
        faults.extend(patiently(lambda: list(tallies.faults())))
    connection.close()

people = [threading.Thread(target=move, args=(seed,)) for seed in range(4)]
people.append(threading.Thread(target=gather))
for one in people: one.start()
for one in people: one.join()
assert len(done) == 4
faults += tallies.faults()
counted = dict(Tally.objects.of("applications"))
assert sum(counted.values()) == 40, counted
for state in states:
    assert counted.get(state, 0) == Application.objects.filter(state=state).count()

if connection.vendor == "postgresql":
    # One waits before the end of its transaction: another moves and ends all the same.
    def other():
        Application.objects.filter(pk=keys[1]).update(state=State.ACCEPTED)
        done.append("other")
        connection.close()
    with transaction.atomic():
        Application.objects.filter(pk=keys[0]).update(state=State.ACCEPTED)
        beside = threading.Thread(target=other)
        beside.start()
        beside.join(60)
        assert done[-1] == "other"
    assert dict(Tally.objects.of("applications"))["accepted"] == 2
print(len(faults), *faults[:5])
"""


def test_moves_at_once_lose_no_count(tmp_path):
    url = prepared.home_database(tmp_path, "tallies_at_once")
    environment = {
        **{n: v for n, v in os.environ.items() if not n.startswith(("POCHIN_", "PYTEST"))},
        "DJANGO_SETTINGS_MODULE": "pochin.settings",
        "POCHIN_HOME": str(tmp_path),
        "POCHIN_DATABASE_URL": url,
    }
    command = [sys.executable, "-c", AT_ONCE]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "0"
