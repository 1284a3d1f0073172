"""Days as they are typed in Russian."""

from pochin.ui.typed import DAYS, MOMENTS

DATE_INPUT_FORMATS = [*DAYS, "%d.%m.%y"]
DATETIME_INPUT_FORMATS = MOMENTS
