"""Whoever comes to the demonstration finds a task for each role, and a button that leads there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

# Nobody else's journey uses these up.
LASTING = {
    "titov": "Review",
    "vlasova": "Smart heating of offices",
    "danilov": "Reading addresses on crumpled labels",
    "nikitin": "Cooperation agreement",
    "larina": "Exports",
    "orlov": "Describe a need",
}


@pytest.mark.parametrize("who", sorted(LASTING))
def test_a_task_is_one_click_away(who, enter):
    page = enter()
    page.goto("/demo/")

    row = page.locator("li", has=page.locator(f'input[value="{who}@demo.example"]'))
    row.get_by_role("button", name="Try it").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(LASTING[who])


def test_on_a_phone_every_task_can_be_read_and_pressed(enter):
    page = enter(viewport={"width": 320, "height": 640})
    page.goto("/demo/")

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.get_by_role("button", name="Try it").count() > 20
