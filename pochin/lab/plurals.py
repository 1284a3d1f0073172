"""One unit, two units: English sentences with a count of one put into the singular."""

from __future__ import annotations

import re

NOUNS = (
    "assignment", "block", "cell", "coefficient", "column", "day", "donor", "lot", "metric",
    "outcome", "pair", "period", "pilot", "reading", "row", "site", "subject", "time", "unit",
    "value",
)  # fmt: skip
VERBS = {
    "adjust": "adjusts", "are": "is", "do": "does", "have": "has", "hold": "holds",
    "lack": "lacks", "lie": "lies", "name": "names", "repeat": "repeats", "send": "sends",
    "stand": "stands", "were": "was",
}  # fmt: skip
# After these the count is no subject: “blocks of 1 period are shorter”.
BEFORE_OBJECTS = {"of", "with", "to", "than", "for", "needs", "in", "but", "lists"}
COUNT = re.compile(
    r"(?P<before>\S+ )?(?<![\d.,–-])\b1 (?P<which>(?:[a-z-]+ ){0,2}?)(?P<noun>" + "|".join(NOUNS)
    + r")s\b(?P<of>(?: of (?:the )?[a-z]+(?: and [a-z]+ units)?)?)"
    + r"(?: (?P<verb>" + "|".join(VERBS) + r")\b)?"
)  # fmt: skip
OF_MANY = re.compile(
    r"\b1 of (?P<many>\d+ (?:[a-z]+ )*?)(?P<verb>" + "|".join(VERBS) + r")\b(?= |$)"
)
TAILS = (
    (" and are left out", " and is left out"),
    ("; they were ", "; it was "),
    (" or were received before they ", " or was received before it "),
    ("exclude them ", "exclude it "),
    ("what they show is", "what it shows is"),
    ("repeats others", "repeats another"),
)


def numbered(text: str) -> str:
    """An English sentence with every count of one in the singular.

    Args:
        text: With its numbers written in.

    Example:
        >>> numbered("1 rows name units that the plan does not know; they were set aside.")
        '1 row names units that the plan does not know; it was set aside.'
        >>> numbered("There are 1 units; below 12, read the randomisation p-value.")
        'There is 1 unit; below 12, read the randomisation p-value.'
        >>> numbered("Blocks of 1 periods are shorter than twice the carryover of 21.")
        'Blocks of 1 period are shorter than twice the carryover of 21.'
    """
    told = COUNT.sub(_one, text)
    told = OF_MANY.sub(lambda one: f"1 of {one['many']}{VERBS[one['verb']]}", told)
    told = told.replace("There are 1 ", "There is 1 ")
    if told == text:
        return text
    for many, single in TAILS:
        told = told.replace(many, single)
    return told


def _one(found: re.Match[str]) -> str:
    before, verb = found["before"] or "", found["verb"]
    if before == "and ":  # “Arms of 9 and 1 units are”: the two together are many.
        return found[0]
    said = f"{before}1 {found['which']}{found['noun']}{found['of']}"
    if not verb:
        return said
    plain = before.strip().lower() in BEFORE_OBJECTS
    return f"{said} {verb if plain else VERBS[verb]}"
