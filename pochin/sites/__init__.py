"""Where a pilot can happen: post offices, sorting centres, routes, with status and capacity."""
