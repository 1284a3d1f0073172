"""The first page, the menu, «Ждут вас», the search box."""
