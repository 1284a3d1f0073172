"""What opens something stays out of the logs; where something broke stays in them."""

from __future__ import annotations

import logging

import pytest
from django.conf import settings

from pochin.core.secrecy import Masked, masked

SECRET = "kQ3vX0aZ81bYw7Lr5tUe2NcM4pSdFgHj"


@pytest.mark.parametrize(
    "address",
    [
        f"/notices/calendar/{SECRET}.ics",
        f"/notices/off/WzEsImxhdGUiXQ:1tXyZa:{SECRET}/",
        f"/participants/invitations/{SECRET}/",
        f"/accounts/password/reset/key/1-{SECRET}/",
        f"/accounts/confirm-email/MQ:1tXyZa:{SECRET}/",
        f"/participants/tokens/{SECRET}/revoke/",
        f"/api/measurements/1/uploads/0f8fad5b-d9cb-469f-a165-70867728950e?token={SECRET}",
        f"/accounts/oidc/callback/?code={SECRET}&state=x1",
        "/decisions/check/7K2MP9QX/",
    ],
)
def test_secret_parts_of_an_address_are_masked(address):
    said = masked(f"Internal Server Error: {address}")

    assert SECRET not in said
    assert "7K2MP9QX" not in said
    assert "0f8fad5b" not in said
    assert "…" in said


@pytest.mark.parametrize(
    "address",
    ["/needs/42/edit/", "/deals/city/7/approvals/2/give/", "/measurements/3/12/rows/?sort=line",
     "/participants/organisations/amber/", "/static/ui/pochin.css"],
)  # fmt: skip
def test_addresses_that_open_nothing_stay(address):
    assert masked(f"Not Found: {address}") == f"Not Found: {address}"


def test_tokens_of_programs_are_masked_wherever_they_stand():
    assert masked(f"Authorization: Bearer {SECRET}") == "Authorization: Bearer …"
    assert SECRET not in masked(f"the token pochin_{SECRET} was sent")


def test_a_record_is_masked_with_its_values_and_its_trace():
    try:
        raise ValueError(f"/notices/calendar/{SECRET}.ics")
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, __file__, 1, "%s at %s", ("case", f"/notices/off/{SECRET}/"),
            __import__("sys").exc_info(),
        )  # fmt: skip

    assert Masked().filter(record)
    said = logging.Formatter().format(record)
    assert SECRET not in said
    assert "test_secrecy.py" in said
    assert "ValueError" in said


def test_every_way_out_of_the_logs_is_masked():
    handlers = settings.LOGGING["handlers"]

    assert all(handler["filters"] == ["masked"] for handler in handlers.values())
    assert any(
        isinstance(one, Masked) for handler in logging.getLogger().handlers
        for one in handler.filters
    )  # fmt: skip
    assert logging.getLogger("django").handlers == []


def test_who_asks_by_another_name_fills_no_log(capfd):
    logging.getLogger("django.security.DisallowedHost").error("Invalid HTTP_HOST header: x")

    assert capfd.readouterr().err == ""
