"""The server and the worker are killed at random moments: nothing confirmed is lost or half done.

A client writes down every answer it got; that journal, not the server's, is the judge. Whatever
was not answered is sent again with the same key, as a person does who presses the button again.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.utils import timezone

from conftest import PLAN, PilotMaker, on, plan_for
from pochin.cli.serve import command
from pochin.core.models import Signature
from pochin.pilots import lifecycle as pilots

ROOT = Path(__file__).resolve().parents[2]
TOKEN = secrets.token_hex(16)
KILLS = int(os.environ.get("POCHIN_KILLS", "200"))
KINDS = ("submit", "attach", "sign", "readings", "lock")


@dataclass
class Deed:
    """Something a person wants done, and whether the house has said that it is."""

    kind: str
    who: str
    path: str
    target: int
    words: dict[str, str] = field(default_factory=dict)
    file: tuple[str, str, bytes] | None = None
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    tries: int = 0
    is_confirmed: bool = False
    refusal: str = ""

    def body(self) -> tuple[bytes, str]:
        said = {"csrfmiddlewaretoken": TOKEN, "request_key": self.key, **self.words}
        if self.file is None:
            return urlencode(said).encode(), "application/x-www-form-urlencoded"
        name, file_name, content = self.file
        mark = "frontier" + self.key
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode()
            for n, v in said.items()
        ]
        head = f'Content-Disposition: form-data; name="{name}"; filename="{file_name}"'
        parts.append(
            f"--{mark}\r\n{head}\r\nContent-Type: text/plain\r\n\r\n".encode() + content + b"\r\n"
        )
        return b"".join([*parts, f"--{mark}--\r\n".encode()]), (
            f"multipart/form-data; boundary={mark}"
        )


class House:
    """A real server and a real worker on a copy of the test's database."""

    def __init__(self, folder: Path, cookies: dict[str, str], url: str) -> None:
        self.folder, self.cookies = folder, cookies
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "pochin.settings",
            "POCHIN_HOME": str(folder),
            "POCHIN_LAKE": str(folder / "lake"),
            "POCHIN_DATABASE_URL": url,
            "POCHIN_SECRET_KEY": settings.SECRET_KEY,
            "POCHIN_DEMO": "1",  # lets the staff in without a second factor
        }
        self.python("manage", "collectstatic", "--noinput", "--verbosity", "0")

    def python(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "pochin.cli", *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *words: str) -> subprocess.Popen:
        # A group of its own, so that the server dies with its children.
        return subprocess.Popen(
            words, cwd=ROOT, env=self.environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def server(self) -> subprocess.Popen:
        return self.start(*command("127.0.0.1", self.port, 1, 2))

    def worker(self) -> subprocess.Popen:
        return self.start(sys.executable, "-m", "pochin.cli", "worker")

    def is_up(self) -> bool:
        """Whether it answers; a server listens some seconds before it does."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            try:
                line.request("GET", "/lives/")
                line.getresponse().read()
            except (OSError, http.client.HTTPException):
                return False
        return True

    def send(self, deed: Deed) -> None:
        """Try once; only an answer that says so confirms the deed."""
        deed.tries += 1
        content, kind = deed.body()
        cookies = f"sessionid={self.cookies[deed.who]}; csrftoken={TOKEN}; pochin_language=en"
        headers = {"Content-Type": kind, "Cookie": cookies}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            try:
                line.request("POST", deed.path, body=content, headers=headers)
                answer = line.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException):
                return
        deed.is_confirmed = answer.status == 302
        if answer.status != 302:
            deed.refusal = f"{answer.status} {said[:300]!r}"


def die(process: subprocess.Popen) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def clients(house: House, deeds: list[Deed], hands: int = 2):
    """People who press buttons until everything is confirmed or the day is over."""
    over, lock, left = threading.Event(), threading.Lock(), list(deeds)

    def press():
        while not over.is_set():
            with lock:
                deed = left.pop(0) if left else None
            if deed is None:
                return
            while not over.is_set() and not deed.is_confirmed:
                house.send(deed)
                time.sleep(0.02 if deed.is_confirmed else 0.2)

    threads = [threading.Thread(target=press) for _hand in range(hands)]
    for thread in threads:
        thread.start()
    try:
        yield left
    finally:
        over.set()
        for thread in threads:
            thread.join()


class Ahead(PilotMaker):
    """Plans a pilot that is yet to begin for a server that lives by the clock on the wall."""

    FIRST_DAY = timezone.localdate() + timedelta(days=70 - timezone.localdate().weekday())
    DECISION_DATE = FIRST_DAY + timedelta(weeks=11)


@pytest.fixture
def planned(cast, offices, agreement, need):
    """A pilot of the coming months whose plan waits for the signature of the company."""
    periods = {**PLAN["periods"], "start": Ahead.FIRST_DAY.isoformat()}
    pilot = Ahead(cast, offices, agreement, need)(
        "plan_review", title_ru="Ждёт подписи", plan=plan_for(offices, periods=periods)
    )
    for signer in (cast.mila, cast.nina):
        pilots.sign_plan(pilot, by=signer, at=on(3, 3))
    return pilot


@pytest.fixture
def wishes(
    cast, draft, planned, pilot_at, offices, need_in_check, double, signed_in, copied, tmp_path
):
    """Calls for a house and so many deeds of each kind that are ready to be done in it."""
    now = timezone.now()
    type(draft.need).objects.filter(pk=draft.need.pk).update(
        opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=30)
    )
    running = pilot_at("running")
    # The server lives by the clock on the wall, which must not close its data meanwhile.
    type(running).objects.filter(pk=running.pk).update(ends_on=now.date() + timedelta(days=30))
    names = {"anna": cast.anna, "nina": cast.nina, "lev": cast.lev}
    cookies = {n: signed_in(p).cookies["sessionid"].value for n, p in names.items()}

    def make(each: int) -> SimpleNamespace:
        deeds = []
        for i in range(each):
            deeds += [
                submission(double, draft, i), signing(double, need_in_check, i),
                locking(double, planned, i), attaching(draft, i), sending(running, i),
            ]  # fmt: skip
        return SimpleNamespace(house=House(tmp_path, cookies, copied()), deeds=deeds)

    return make


def submission(double, draft, i) -> Deed:
    copy = double(draft, number=800_000 + i)
    for answer in draft.answers.all():
        double(answer, application=copy)
    for attachment in draft.attachments.all():
        double(attachment, application=copy)
    agreed = {"rules": "on", "personal": "on", "truth": "on"}
    return Deed("submit", "anna", f"/applications/{copy.number}/submit/", copy.pk, agreed)


def signing(double, need, i) -> Deed:
    copy = double(need, number=6000 + i)
    return Deed("sign", "nina", f"/needs/{copy.number}/sign/", copy.pk)


def locking(double, pilot, i) -> Deed:
    copy = double(pilot, number=6000 + i)
    plan = double(pilot.plan(), pilot=copy)
    for slot in pilot.slots.all():
        double(slot, pilot=copy)
    for signature in Signature.objects.filter(what="plan", thing_id=pilot.plan().pk):
        double(signature, thing_id=plan.pk)
    return Deed("lock", "anna", f"/pilots/{copy.number}/plan/sign/", copy.pk)


def attaching(draft, i) -> Deed:
    content = f"План {i} {secrets.token_hex(4)}".encode()
    path = f"/applications/{draft.number}/documents/"
    return Deed("attach", "anna", path, draft.pk, file=("document", f"plan{i}.txt", content))


def sending(pilot, i) -> Deed:
    rows = f"unit;at;metric;value\n101001;2026-03-31T{i // 60 % 24:02}:{i % 60:02};delay;{i}.5\n"
    path = f"/measurements/{pilot.number}/send/"
    return Deed("readings", "lev", path, pilot.pk, file=("file", f"r{i}.csv", rows.encode()))


# What became of each deed, asked of the database after everything has come to rest.
INSPECT = """
import hashlib, json, sys
from django.db.models import Count
from pochin.applications.models import Application, Attachment
from pochin.core import checkpoints, signatures
from pochin.core.models import Entry
from pochin.files import checking
from pochin.measurements.models import Batch
from pochin.needs.models import Need
from pochin.notices.models import Notice
from pochin.pilots.models import Pilot

def entries(thing, verb):
    return Entry.objects.filter(
        stream=f"{thing._meta.label_lower}:{thing.pk}", verb=verb
    ).count()

def submit(pk, _sha):
    a = Application.objects.get(pk=pk)
    return [a.state, a.versions.count(), entries(a, "applications.submit")]

def sign(pk, _sha):
    n = Need.objects.get(pk=pk)
    return [entries(n, "needs.sign"), signatures.of(n).count()]

def lock(pk, _sha):
    p = Pilot.objects.get(pk=pk)
    plan = p.plan()
    return [p.state, plan.locked_at is not None, signatures.of(plan).count(),
            entries(p, "pilots.sign_plan"), entries(p, "pilots.lock")]

def attach(pk, sha):
    return [Attachment.objects.filter(application_id=pk, file__sha256=sha).count()]

def readings(pk, sha):
    return [Batch.objects.filter(pilot_id=pk, sha256=sha).count()]

deeds = json.load(sys.stdin)
files = checking.check(is_deep=True)
print(json.dumps({
    "deeds": [globals()[kind](pk, sha) for kind, pk, sha in deeds],
    "faults": list(checkpoints.faults()),
    "missing": files.missing, "strange": files.strange, "changed": files.changed,
    "twice": Notice.objects.values("person", "entry").annotate(n=Count("pk"))
    .filter(n__gt=1).count(),
}))
"""
# What must be there once the house has confirmed a deed.
DONE = {
    "submit": ["submitted", 1, 1],
    "sign": [1, 1],
    "lock": ["preparation", True, 3, 1, 1],
    "attach": [1],
    "readings": [1],
}
# What may be there while it has not: nothing at all, or all of it.
UNDONE = {
    "submit": ["draft", 0, 0],
    "sign": [0, 0],
    "lock": ["plan_review", False, 2, 0, 0],
    "attach": [0],
    "readings": [0],
}


def inspected(house: House, deeds: list[Deed]) -> dict:
    asked = [
        (d.kind, d.target, hashlib.sha256(d.file[2]).hexdigest() if d.file else "") for d in deeds
    ]
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{INSPECT}"],
        cwd=ROOT, env=house.environment, input=json.dumps(asked),
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def complaints(house: House, deeds: list[Deed]) -> list[str]:
    """Where the house and the client's journal do not agree."""
    found = inspected(house, deeds)
    said = [f"{name}: {found[name]}" for name in ("faults", "missing", "changed") if found[name]]
    said += [f"{found['twice']} notices stand twice"] if found["twice"] else []
    for deed, state in zip(deeds, found["deeds"], strict=True):
        fits = [DONE[deed.kind]] if deed.is_confirmed else [DONE[deed.kind], UNDONE[deed.kind]]
        if state not in fits:
            said.append(f"{deed.kind} {deed.path}: {state}, confirmed: {deed.is_confirmed}")
    return said


def killed(house: House, deeds: list[Deed], kills: int) -> None:
    """Kill the server, and at times the worker, while people press buttons."""
    lot = random.Random(kills)
    server, worker = house.server(), house.worker()
    try:
        with clients(house, deeds) as left:
            for kill in range(kills):
                if not left:
                    raise AssertionError(f"all was done after {kill} kills; ask for more deeds")
                wait_until(house.is_up)
                time.sleep(lot.uniform(0.05, 1.5))
                if kill % 4 == 3:
                    die(worker)
                    worker = house.worker()
                else:
                    die(server)
                    server = house.server()
            # On a slow machine little is done between kills: let something of each kind be.
            wait_until(lambda: {d.kind for d in deeds if d.is_confirmed} == set(KINDS), 180)
    finally:
        die(server)
        die(worker)


def wait_until(holds, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "the server did not come back, or did nothing"
        time.sleep(0.05)


def finished(house: House, deeds: list[Deed]) -> None:
    """Everybody presses once more what was not confirmed, and nobody kills any more."""
    server = house.server()
    try:
        wait_until(house.is_up)
        for deed in deeds:
            for _try in range(5):
                if not deed.is_confirmed:
                    house.send(deed)
    finally:
        die(server)
    house.python("worker", "--once")


def proven(wishes, *, kills: int, each: int) -> None:
    world = wishes(each)
    killed(world.house, world.deeds, kills)
    assert complaints(world.house, world.deeds) == []
    confirmed = [deed for deed in world.deeds if deed.is_confirmed]
    assert {deed.kind for deed in confirmed} == set(KINDS)
    begun = [deed for deed in world.deeds if deed.tries]

    finished(world.house, begun)

    assert [f"{d.kind} {d.path}: {d.refusal}" for d in begun if not d.is_confirmed] == []
    assert complaints(world.house, world.deeds) == []
    assert inspected(world.house, [])["strange"] == []
    assert sum(deed.tries > 1 for deed in begun) >= kills // 10
    print(f"{kills} kills, {len(begun)} deeds, {len(confirmed)} confirmed between kills, 0 lost")


@pytest.mark.slow
def test_a_few_kills_lose_nothing_confirmed(wishes):
    proven(wishes, kills=8, each=60)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_kills_lose_nothing_confirmed(wishes):
    proven(wishes, kills=KILLS, each=3 * KILLS)
