"""What the environment says of an installation; what cannot be is refused in one sentence."""

from __future__ import annotations

import os
import re
import secrets
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """A word; one that is set to nothing is not set."""
    return os.environ.get(name) or default


def flag(name: str) -> bool:
    """Yes or no; no where nothing is said.

    Raises:
        ImproperlyConfigured: It is neither.
    """
    given = text(name).lower()
    if given not in YES | NO:
        raise ImproperlyConfigured(f"{name} is “{given}”; write 1 for yes or 0 for no.")
    return given in YES


def number(name: str, default: int, *, most: int = 1_000_000) -> int:
    """A whole number from 0 on."""
    given = text(name, str(default))
    if not given.isascii() or not given.isdecimal() or len(given) > 9:
        raise ImproperlyConfigured(f"{name} must be a whole number, not “{given}”.")
    if int(given) > most:
        raise ImproperlyConfigured(f"{name} is {given}; the largest is {most}.")
    return int(given)


def needed(name: str, why: str) -> str:
    """A word that another setting asks for."""
    if not text(name):
        raise ImproperlyConfigured(f"{name} must be set where {why} is.")
    return text(name)


def address(name: str, default: str = "") -> str:
    """An address of the web, without a slash at its end."""
    given = text(name, default)
    if given and not _is_address(given):
        raise ImproperlyConfigured(
            f"{name} is “{given}”; write a whole address, for example https://pochin.example."
        )
    return given.rstrip("/")


def addresses(name: str) -> list[str]:
    """Addresses of the web, divided by spaces."""
    given = text(name).split()
    for one in given:
        if not _is_address(one) or "," in one:
            raise ImproperlyConfigured(
                f"{name} holds “{one}”; write whole addresses divided by spaces, for example "
                "https://pochin.example."
            )
    return given


def hosts(name: str, default: str) -> list[str]:
    """Names of hosts, divided by spaces."""
    given = text(name, default).split()
    for one in given:
        if re.search(r"[/,;@]", one):
            raise ImproperlyConfigured(
                f"{name} holds “{one}”; write bare names of hosts divided by spaces, for example "
                "pochin.example www.pochin.example."
            )
    return given


def place(name: str, default: Path) -> str:
    """A folder, or a prefix of an object store."""
    given = text(name, str(default))
    scheme, mark, rest = given.partition("://")
    if mark and (scheme != "s3" or not rest.strip("/")):
        raise ImproperlyConfigured(f"{name} is “{given}”; write a folder or s3://bucket/prefix.")
    return given


def scanner(name: str) -> str:
    """Where the virus scanner listens; empty means none."""
    given = text(name)
    if given and not re.fullmatch(r"unix:/.+|tcp:[^:]+:\d{1,5}", given):
        raise ImproperlyConfigured(
            f"{name} is “{given}”; write unix:/run/clamav/clamd.ctl or tcp:host:3310."
        )
    return given


def sender(name: str, default: str) -> str:
    """Whom letters are from."""
    given = text(name, default)
    if "@" not in parseaddr(given)[1] or "\n" in given:
        raise ImproperlyConfigured(
            f"{name} is “{given}”; write an address, for example Pochin <pochin@example.org>."
        )
    return given


def country(name: str, default: str) -> str:
    """A country by its three letters."""
    given = text(name, default)
    if not re.fullmatch(r"[A-Z]{3}", given):
        raise ImproperlyConfigured(f"{name} is “{given}”; write three letters, for example RUS.")
    return given


def home(name: str, default: Path) -> Path:
    """The folder of the installation; made where it is not there."""
    folder = Path(text(name, str(default))).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is {folder}, and that folder cannot be made ({error.strerror}); "
            "name one that this account may write to."
        ) from error
    return folder


def secret(name: str, folder: Path) -> str:
    """The secret key: given, or made once and kept beside the data, readable by the owner alone."""
    file = folder / "secret_key"
    if given := text(name):
        return given
    if not file.exists():
        _make_secret(file, folder)
    try:
        kept = file.read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{file} may not be read by this account ({error.strerror}); run as its owner."
        ) from error
    if not kept.strip():
        raise ImproperlyConfigured(f"{file} is empty; remove it, and a new key is made.")
    return kept


def _make_secret(file: Path, folder: Path) -> None:
    """Make the key whole or not at all: several processes may begin at the same moment."""
    draft = folder / f".secret_key-{secrets.token_hex(4)}"
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_urlsafe(50))
        _keep_first(draft, file)
    except OSError as error:
        raise ImproperlyConfigured(
            f"POCHIN_HOME is {folder}, and nothing can be written there ({error.strerror}); "
            "name a folder that this account may write to."
        ) from error
    finally:
        if os.path.lexists(draft):
            draft.unlink()


def _keep_first(draft: Path, file: Path) -> None:
    try:
        os.link(draft, file)
    except FileExistsError:
        return  # another process was first: its key counts
    except OSError:
        os.replace(draft, file)  # a file system without links


def _is_address(given: str) -> bool:
    try:
        parts = urlsplit(given)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
