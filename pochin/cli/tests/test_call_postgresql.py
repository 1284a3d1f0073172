"""PostgreSQL's own programs learn the password where nobody else of the machine reads it."""

from __future__ import annotations

import pytest

from pochin.cli.backup import postgresql_url, run_client


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            "postgresql://u:p%40ss@h:5433/n?sslmode=require",
            "postgresql://u@h:5433/n?sslmode=require",
        ),
        ("postgresql://u@h/n", "postgresql://u@h/n"),
        ("postgresql:///n?host=/run/pg", "postgresql:///n?host=/run/pg"),
        ("postgresql://postgres@/n?host=/run/pg", "postgresql://postgres@/n?host=/run/pg"),
    ],
)
def test_the_address_a_program_is_begun_with_holds_no_password(settings, given, told):
    settings.DATABASE_URL = given

    assert postgresql_url() == told


def test_the_password_comes_through_the_environment(settings, tmp_path):
    settings.DATABASE_URL = "postgresql://u:p%40ss@h/n"
    written = tmp_path / "said"

    run_client("sh", "-c", f'printf %s "$PGPASSWORD" > {written}')

    assert written.read_text() == "p@ss"
