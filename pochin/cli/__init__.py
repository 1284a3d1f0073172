"""The `pochin` command: run the product, look after it, bring data in, check what it promised."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pochin.keeping.tables import Tables

# Each command is a module of this room with `add(parser)` and `run(args) -> exit status`.
COMMANDS = {
    "demo": "set up a demonstration and serve it",
    "serve": "serve the product",
    "worker": "do background work",
    "migrate": "bring the database to this version",
    "init": "create the first programme, its coordinator and an administrator",
    "reset-factor": "take the second factor off an account whose phone is lost",
    "import-sites": "bring in a register of post offices and other sites",
    "import-organisations": "bring in an extract of the register of legal persons",
    "import-nomenclature": "bring in codes of goods and their duties",
    "import-trade": "bring in trade flows, distances, logistics, tariffs, countries",
    "import-rates": "bring in rates of currencies",
    "design": "show what a plan of a pilot can decide, before anybody signs it",
    "seed": "make a number for a lot that nobody can guess, and its seal for the plan",
    "evaluate": "judge readings by a plan",
    "measurements": "send files of readings to a server",
    "verify": "recompute a pilot's bundle and check its signatures",
    "recheck": "compute a pilot's evaluations anew from every row, and say equal or not",
    "check-moments": "compare what stands beside the readings with all the rows",
    "check": "check the journal, its checkpoints, the kept files and the kept counts",
    "recount": "count anew what the database counts as things move",
    "checkpoint": "write a signed checkpoint of the journal now",
    "backup": "write everything into one archive",
    "restore": "bring an archive back into an empty home",
    "lifecycles": "print how every thing lives, as diagrams",
    "manage": "run a command of the framework",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; mistakes of the caller get one sentence and status 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pochin.settings")
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="pochin", description="The operating platform of an innovation centre."
    )
    kinds = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = words[0] if words and words[0] in COMMANDS else None
    runners: dict[str, Callable[[argparse.Namespace], int]] = {}
    for name, help_text in COMMANDS.items():
        kind = kinds.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        # Only the command that was asked for is loaded: `pochin --help` stays quick.
        if name == wanted:
            module = import_module(f"pochin.cli.{name.replace('-', '_')}")
            module.add(kind)
            runners[name] = module.run
    args = parser.parse_args(words)
    try:
        return runners[args.command](args)
    except Fault as fault:
        print(f"pochin {args.command}: {fault}", file=sys.stderr)
        return fault.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read us has read enough; what is left in the buffer must not be tried again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        if (sentence := _from_outside(error)) is None:
            raise
        print(f"pochin {args.command}: {sentence}", file=sys.stderr)
        return 2


class Fault(Exception):
    """What the caller can put right, in one sentence."""

    def __init__(self, words: str, *, status: int = 2) -> None:
        super().__init__(words)
        self.status = status


def _from_outside(error: Exception) -> str | None:
    """What the machine refused us, in a sentence; None for a mistake of our own."""
    from django.db import DatabaseError, OperationalError

    # A file that is no database is a plain DatabaseError; its other kinds are for the programmer.
    if isinstance(error, OperationalError) or type(error) is DatabaseError:
        return f"The database does not answer: {_first_line(error)}"
    if type(error).__module__.startswith("botocore."):
        return f"The object store does not answer as it should: {_first_line(error)}"
    if isinstance(error, PermissionError) and error.filename:
        return f"{error.filename} is closed to this account ({error.strerror})."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return f"Nothing more can be written here: {error.strerror}."
    return None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def ready(*, with_tables: bool = False) -> None:
    """Load the house; what is wrong with its settings is said in one sentence.

    `with_tables` asks for a database of this version as well.
    """
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise Fault(str(error)) from error
    from django.utils import translation

    translation.activate("en")
    if with_tables:
        _find_tables()


def has_tables() -> bool:
    """Whether there is a database of this version; for commands that do without one."""
    try:
        _find_tables()
    except Fault:
        return False
    return True


def _find_tables() -> None:
    if _tables().lacks_any:
        raise Fault(LACKING)


def refuse_newer() -> None:
    """Keep an older program from a database that a later one has changed."""
    from django.db import connection

    if connection.vendor != "sqlite" or _is_there(str(connection.settings_dict["NAME"])):
        _tables()


LACKING = "The database is not of this version. Run `pochin migrate` first."
NEWER = (
    "The database is of a later version than this program (%s). Start the program of that "
    "version, or restore the backup from before it; nothing was changed."
)


def _tables() -> Tables:
    from django.db import DatabaseError, connection

    from pochin.keeping.tables import tables

    # Asking SQLite would make an empty file where there is none.
    if connection.vendor == "sqlite" and not _is_there(str(connection.settings_dict["NAME"])):
        raise Fault(LACKING)
    try:
        found = tables()
    except DatabaseError as error:
        raise Fault(f"The database does not answer: {_first_line(error)}") from error
    if found.newer:
        raise Fault(NEWER % ", ".join(found.newer))
    return found


def _is_there(name: str) -> bool:
    return "mode=memory" in name or os.path.exists(name)


if __name__ == "__main__":
    sys.exit(main())
