"""What follows from an entry about a site: its words are kept up to date."""

from __future__ import annotations

from pochin.core.models import Entry
from pochin.core.reactions import reacts_to
from pochin.sites import finding
from pochin.sites.models import Site


@reacts_to("sites.nominate", "sites.edit")
def keep_words(entry: Entry) -> None:
    """Let the site be found by what it is called now."""
    finding.remember(Site.objects.filter(pk=entry.thing_id))
