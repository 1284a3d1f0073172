"""Files of readings for a running pilot: twelve offices, six weeks, delay and complaints."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conftest import on
from pochin.measurements import lifecycle
from pochin.measurements.models import Batch

HEAD = "unit;at;metric;value"
OFFICES = [str(101001 + i) for i in range(12)]
MONDAYS = [date(2026, 3, 16) + timedelta(weeks=i) for i in range(6)]


def table(*rows: str, head: str = HEAD) -> bytes:
    """A file of these lines, as a person would save it."""
    return "\n".join([head, *rows, ""]).encode()


def week(monday: date, offices=OFFICES, *, delay: float = 10) -> list[str]:
    """A delay and a share of complaints for each office, on a Monday at noon."""
    rows = []
    for i, office in enumerate(offices):
        moment = f"{monday}T12:00"
        rows.append(f"{office};{moment};delay;{delay + i}")
        rows.append(f"{office};{moment};complaints;0.0{i % 10}")
    return rows


class Sender:
    """Sends files into a pilot: ``sending(pilot, lev, b"…")`` up to the end of the work."""

    def __init__(self, at):
        self.at = at

    def keep(self, pilot, who, content: bytes, name: str = "readings.csv", **more) -> Batch:
        upload = SimpleUploadedFile(name, content)
        return lifecycle.send(pilot, upload, by=who, at=self.at, **more)

    def __call__(self, pilot, who, content: bytes, name: str = "readings.csv", **more) -> Batch:
        batch = self.keep(pilot, who, content, name)
        lifecycle.check(batch, by=who, at=self.at, **more)
        return lifecycle.take_in(batch, at=self.at)


@pytest.fixture
def sending():
    """A hand that sends on the evening of 27 April, when all six weeks are over."""
    return Sender(on(4, 27, 20))
