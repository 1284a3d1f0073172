"""How days and moments may be typed, by language: never month before day, ISO always."""

DAYS = ["%d.%m.%Y", "%Y-%m-%d"]
MOMENTS = [f"{day} {time}" for day in DAYS for time in ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f")]
MOMENTS += ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
