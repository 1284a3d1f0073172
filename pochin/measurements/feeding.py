"""A folder that is watched for a pilot: what appears in it is sent in somebody's name, once.

The folder stands under POCHIN_INBOX, a directory or a prefix of an object store, and is named by
the number of the pilot.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from pyarrow import fs

from pochin.core.lifecycle import Refused
from pochin.core.policy import Forbidden
from pochin.measurements import lifecycle
from pochin.measurements.models import Batch, Feed, FeedFile, Source, State
from pochin.measurements.policy import sender, watcher
from pochin.pilots.models import Pilot

BLOCK = 1 << 20
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")
MOST = 1_000  # files sent at one look


def place(pilot: Pilot) -> str:
    """Where files of a pilot are put."""
    return f"{str(settings.INBOX).rstrip('/')}/{pilot.number}"


def watch(pilot: Pilot, *, by: Any, at: datetime) -> Feed:
    """Send what appears in the folder of a pilot in the name of `by`.

    Raises:
        Refused: It is watched in the name of somebody else, who may still send.
    """
    watcher.demand(by, pilot)
    held = Feed.objects.filter(pilot=pilot, is_on=True).select_related("sent_by").first()
    if held is not None and held.sent_by_id != by.pk and sender(held.sent_by, pilot):
        raise Refused(
            _("The folder is watched in the name of %(who)s. End that first.")
            % {"who": held.sent_by}
        )
    feed, _new = Feed.objects.update_or_create(
        pilot=pilot, defaults={"sent_by_id": by.pk, "since": at, "is_on": True, "problem": ""}
    )
    return feed


def rest(feed: Feed, *, by: Any) -> None:
    """Look into the folder no more."""
    watcher.demand(by, feed.pilot)
    Feed.objects.filter(pk=feed.pk).update(is_on=False)


def watched() -> list[int]:
    """The keys of the folders that are looked into."""
    return list(Feed.objects.filter(is_on=True).values_list("pk", flat=True))


def look(feed_id: int, *, at: datetime) -> list[Batch]:
    """Send the files that appeared and did not change since the look before.

    A file that is still being written changes from look to look, and waits.
    """
    feed = Feed.objects.select_related("pilot", "sent_by").get(pk=feed_id)
    store, root = _open(place(feed.pilot))
    try:
        found = _files(store, root)
        problem = ""
    except OSError:
        found, problem = [], _("The folder cannot be opened.")
    Feed.objects.filter(pk=feed.pk).update(looked_at=at, problem=problem)
    sent = []
    for info in found[:MOST]:
        mark = f"{info.size} {info.mtime_ns}"
        seen, is_new = FeedFile.objects.get_or_create(
            feed=feed, name=info.base_name[:1000], defaults={"mark": mark, "seen_at": at}
        )
        if seen.mark != mark:
            FeedFile.objects.filter(pk=seen.pk).update(mark=mark, seen_at=at, is_done=False)
        elif not seen.is_done and not is_new:
            batch = _send(feed, store, info, seen, at)
            sent += [batch] if batch is not None else []
    return sent


def _open(address: str) -> tuple[fs.FileSystem, str]:
    if "://" not in address:
        return fs.LocalFileSystem(), address
    scheme, _sep, path = address.partition("://")
    if scheme != "s3":
        raise Refused(_("Only folders and s3:// addresses are watched."))
    endpoint = os.environ.get("POCHIN_S3_ENDPOINT", "")
    more = {}
    if endpoint:
        scheme, _sep, host = endpoint.partition("://")
        more = {"endpoint_override": host, "scheme": scheme}
    return fs.S3FileSystem(region=os.environ.get("AWS_REGION", "us-east-1"), **more), path


def _files(store: fs.FileSystem, root: str) -> list[fs.FileInfo]:
    """Whole files of the folder itself, the oldest first; no links, nothing hidden."""
    chosen = fs.FileSelector(root, allow_not_found=True)
    found = [
        info
        for info in store.get_file_info(chosen)
        if info.type == fs.FileType.File
        and not info.base_name.startswith((".", "_"))
        and not info.base_name.lower().endswith(UNFINISHED)
        and not (isinstance(store, fs.LocalFileSystem) and os.path.islink(info.path))
    ]
    return sorted(found, key=lambda info: (info.mtime_ns, info.base_name))


def _send(
    feed: Feed, store: fs.FileSystem, info: fs.FileInfo, seen: FeedFile, at: datetime
) -> Batch | None:
    batch, problem = None, ""
    try:
        batch = lifecycle.send(
            feed.pilot, _File(store, info), by=feed.sent_by, at=at, source=Source.FOLDER,
            origin=_("watched folder"),
        )  # fmt: skip
        if batch.state == State.RECEIVED:
            batch = lifecycle.check(batch, by=feed.sent_by, at=at)
    except lifecycle.Known as known:
        batch = known.batch
    except (Refused, Forbidden) as refusal:
        problem = str(refusal)
    FeedFile.objects.filter(pk=seen.pk).update(is_done=True, batch=batch, problem=problem)
    return batch


class _File:
    """A file of the folder, as `lifecycle.send` reads an uploaded one."""

    def __init__(self, store: fs.FileSystem, info: fs.FileInfo) -> None:
        self.name = info.base_name
        self.size = info.size
        self._store, self._path = store, info.path

    def chunks(self) -> Iterator[bytes]:
        with self._store.open_input_stream(self._path) as file:
            while block := file.read(BLOCK):
                yield block
