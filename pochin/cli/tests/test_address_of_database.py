"""The address of the database: what cannot be is named, what PostgreSQL is asked for reaches it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from pochin import settings


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://x/y", "begins with “mysql:”"),
        ("postgresql://", "names no database"),
        ("postgresql://user@host/", "names no database"),
        ("postgresql://host/name?sslmood=require", "what PostgreSQL does not know"),
        ("postgresql://host:99999/name", "is not a number of a port"),
    ],
)
def test_an_address_of_no_database_is_named(url, words):
    with pytest.raises(ImproperlyConfigured, match=words):
        settings._database(url)


def test_what_postgresql_is_asked_for_reaches_it():
    url = "postgresql://u:p%40@h:5433/n?sslmode=verify-full&sslrootcert=/etc/ca.pem&host=/run/pg"

    read = settings._database(url)

    assert (read["HOST"], read["PORT"], read["PASSWORD"]) == ("/run/pg", 5433, "p@")
    assert read["OPTIONS"] == {
        "connect_timeout": "10", "sslmode": "verify-full", "sslrootcert": "/etc/ca.pem",
    }  # fmt: skip
