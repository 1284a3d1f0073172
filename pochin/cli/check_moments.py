"""Compare the moments, counts and sketches beside the rows with a full recomputation from them."""

from __future__ import annotations

import argparse

from pochin.cli import Fault, named, ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "pilot",
        type=named.pilot,
        nargs="*",
        help="numbers of pilots, for example P-007 (default: all with readings)",
    )


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from pochin.measurements import upkeep
    from pochin.measurements.models import Batch
    from pochin.pilots.models import Pilot

    pilots = Pilot.objects.filter(pk__in=Batch.objects.values("pilot")).order_by("number")
    if args.pilot:
        pilots = pilots.filter(number__in=args.pilot)
    found = list(pilots)
    if args.pilot and len(found) < len(set(args.pilot)):
        raise Fault("Not every one of these pilots has readings.")
    status = 0
    for pilot in found:
        told = upkeep.compare(pilot)
        said = "equal" if told.is_equal else f"{len(told.unlike)} differ"
        print(
            f"{pilot.code}: {told.rows} rows, {told.cells} numbers, {said}; "
            f"the largest relative difference {told.largest:.1e}."
        )
        for where in told.unlike[:20]:
            print(f"  differs: {where}")
        status |= not told.is_equal
    return int(status)
