"""Pages of coordination: whose turn it is, meetings, groups, tasks, conversations."""
