"""Days as they are typed in English on pages whose other readers write 15.12.2026."""

from pochin.ui.typed import DAYS, MOMENTS

DATE_INPUT_FORMATS = [*DAYS, "%d %b %Y", "%d %B %Y"]
DATETIME_INPUT_FORMATS = MOMENTS
