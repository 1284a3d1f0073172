"""Two people begin the same at the same moment: one effect, and a sentence for the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tools import prepared

ROOT = Path(__file__).resolve().parents[2]
# Two signatories of a company invite the same colleagues; one presses twice with one key; both
# leave the company.
AT_ONCE = """
import json, threading
from datetime import date
import django; django.setup()
from django.db import connection
from pochin.core import once
from pochin.core.lifecycle import Refused
from pochin.participants.lifecycle import seats
from pochin.participants.models import Invitation, Organisation, Person, Seat

amber = Organisation.objects.create(name_ru="Amber", name_en="Amber")
anna, alla = (Person.objects.create(email=f"{n}@example.org", name_ru=n) for n in ("anna", "alla"))
for one in (anna, alla):
    Seat.objects.create(person=one, organisation=amber, may_sign=True, since=date(2026, 1, 1))

def at_once(*acts):
    said, gate = [], threading.Barrier(len(acts))
    def run(act):
        gate.wait()
        try:
            said.append(str(act() and "done"))
        except Refused:
            said.append("refused")
        except Exception as error:
            said.append(type(error).__name__)
        connection.close()
    both = [threading.Thread(target=run, args=(act,)) for act in acts]
    for one in both: one.start()
    for one in both: one.join()
    return sorted(said)

def invites(by, name, key=""):
    def act():
        who = Person.objects.get(pk=by.pk)
        with once.request(key, "the same words"):
            return seats.invite(amber, by=who, email=f"{name}@example.org")
    return act

def leaves(by):
    return lambda: seats.end(Seat.objects.get(person=by), by=Person.objects.get(pk=by.pk))

print(json.dumps({
    "other keys": [at_once(invites(anna, f"olga{n}"), invites(alla, f"olga{n}")) for n in range(8)],
    "one key": [at_once(*[invites(anna, f"oleg{n}", f"key {n}")] * 2) for n in range(8)],
    "invited": Invitation.objects.count(),
    "leave": at_once(leaves(anna), leaves(alla)),
    "stay": Seat.objects.held().count(),
}))
"""


def test_the_same_begun_twice_at_once_begins_once(tmp_path):
    environment = {
        **{n: v for n, v in os.environ.items() if not n.startswith(("POCHIN_", "PYTEST"))},
        "DJANGO_SETTINGS_MODULE": "pochin.settings",
        "POCHIN_HOME": str(tmp_path),
        "POCHIN_DATABASE_URL": prepared.home_database(tmp_path, "begun_at_once"),
    }
    command = [sys.executable, "-c", AT_ONCE]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "other keys": [["done", "refused"]] * 8,
        "one key": [["done", "done"]] * 8,
        "invited": 16,
        "leave": ["done", "refused"],
        "stay": 1,
    }
