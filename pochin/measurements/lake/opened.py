"""Delta tables that stay open: a thread reads of each only what was written since it looked last.

Opening a table reads its log from the last checkpoint on, which with many small files costs more
than the work on one of them.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import Any

MOST = 8  # tables a thread keeps open
_here = threading.local()


def newest(path: str, options: dict[str, str] | None) -> Any:
    """The table at `path` as it stands now; None where there is none.

    The same object is handed out again and moves on with the table: whoever needs to know later
    which version it was notes the number.

    Args:
        path: A folder of this machine, or an address of an object store.
        options: How to reach that store.
    """
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError, TableNotFoundError

    tables, key = _tables(), _key(path, options)
    found = tables.pop(key, None)
    if found is not None:
        table, mark = found
        if mark != _mark(path, table.version()):
            found = None  # another table lies there now, such as one that was brought back
        else:
            try:
                table.update_incremental()
            except DeltaError:
                found = None
    if found is None:
        try:
            table = DeltaTable(path, storage_options=options)
        except TableNotFoundError:
            return None
    tables[key] = (table, _mark(path, table.version()))
    while len(tables) > MOST:
        tables.popitem(last=False)
    return table


def drop(path: str, options: dict[str, str] | None) -> None:
    """Open the table anew next time: what a change that failed left in memory is not relied on."""
    _tables().pop(_key(path, options), None)


def _tables() -> OrderedDict[Any, tuple[Any, Any]]:
    if getattr(_here, "process", None) != os.getpid():
        _here.process, _here.tables = os.getpid(), OrderedDict()
    tables: OrderedDict[Any, tuple[Any, Any]] = _here.tables
    return tables


def _key(path: str, options: dict[str, str] | None) -> Any:
    return path, tuple(sorted((options or {}).items()))


def _mark(path: str, version: int) -> Any:
    """By which a version of a table on a disk of ours is told from another's of that number."""
    if "://" in path:
        return None
    try:
        entry = os.stat(f"{path}/_delta_log/{version:020}.json")
    except FileNotFoundError:
        return ()
    return entry.st_ino, entry.st_mtime_ns
