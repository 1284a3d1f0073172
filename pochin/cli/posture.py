"""Which settings of an installation leave a door open: a sentence each, with what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

# A key made by ourselves has 67 signs.
SHORT_KEY = 40
KNOWN_KEYS = ("django-insecure", "secret", "changeme", "change-me", "pochin", "test")
UNSENT = {
    "console": "printed to the console",
    "filebased": "written into files on this machine",
    "locmem": "kept in memory",
    "dummy": "thrown away",
}


def warnings(settings: Any, given: Mapping[str, str]) -> Iterator[str]:
    """Each thing to put right before people come.

    Args:
        settings: Those of the framework, or anything with the same names.
        given: The environment they were read from.
    """
    address = urlsplit(settings.SITE_URL)
    is_public = not is_local(address.hostname or "")
    if settings.DEMO:
        yield (
            "POCHIN_DEMO is on: anybody signs in as anybody, without a password or a second "
            "factor; take it out of the environment before people come."
        )
    if settings.DEBUG:
        yield (
            "POCHIN_DEBUG is on: a page that breaks shows settings and data to whoever broke it; "
            "take it out of the environment."
        )
    if is_public and address.scheme != "https":
        yield (
            f"POCHIN_URL is {settings.SITE_URL}: passwords and documents travel in plain sight; "
            "put a proxy with a certificate in front and write the address with https."
        )
    yield from _proxies(settings, given, behind=is_public or address.scheme == "https")
    if is_weak(settings.SECRET_KEY):
        yield (
            "POCHIN_SECRET_KEY is short or known: whoever guesses it signs in as anybody; remove "
            "it, and a strong one is made and kept in POCHIN_HOME (everybody signs in anew)."
        )
    kind = settings.EMAIL_BACKEND.split(".")[-2]
    if kind in UNSENT:
        yield (
            f"Letters are {UNSENT[kind]} and reach nobody; name a mail server in "
            "POCHIN_MAIL_HOST (and leave POCHIN_DEMO out)."
        )


def _proxies(settings: Any, given: Mapping[str, str], *, behind: bool) -> Iterator[str]:
    if not behind:
        return
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT == 0:
        yield (
            "POCHIN_PROXIES is 0 though a proxy stands in front: limits of sign-in count all "
            "readers as one, so a single one shuts everybody out; set it to how many there are."
        )
    elif "POCHIN_PROXIES" not in given:
        yield (
            "POCHIN_PROXIES is not set and one proxy is supposed: where there are others, limits "
            "of sign-in can be walked around; set it to how many stand in front."
        )


def is_local(host: str) -> bool:
    """Whether only this very machine is reached by the name.

    >>> is_local("127.0.0.1"), is_local("localhost"), is_local("10.0.0.7")
    (True, True, False)
    """
    if host in ("", "localhost") or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_weak(key: str) -> bool:
    """Whether a key is short, made of few signs, or one that everybody knows.

    >>> is_weak("django-insecure-" + "x7Qp" * 20), is_weak("aaaa" * 20)
    (True, True)
    """
    few = len(set(key)) < 10
    return len(key) < SHORT_KEY or few or key.lower().startswith(KNOWN_KEYS)
