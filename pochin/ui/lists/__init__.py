"""Lists: every table of the product is declared once as a `Listing` and behaves the same.

Search, filters, sort and page live in the address; an unknown parameter is refused with the
same words always; what is taken out as CSV, XLSX or JSON is what is seen.
"""

from pochin.ui.lists.asking import PAGE, Bulk, View
from pochin.ui.lists.columns import Column
from pochin.ui.lists.filters import Days, Filter, Flag, NotAList, Numbered, midnight, this_minute
from pochin.ui.lists.listing import Listing
from pochin.ui.lists.paging import LIMIT, Ranked

__all__ = [
    "LIMIT",
    "PAGE",
    "Bulk",
    "Column",
    "Days",
    "Filter",
    "Flag",
    "Listing",
    "NotAList",
    "Numbered",
    "Ranked",
    "View",
    "midnight",
    "this_minute",
]
