"""The pictures of the readmes, drawn anew from a running demonstration.

    make demo                                  # in one window
    .venv/bin/python tools/pictures.py         # in another; --site names another address

Each page is drawn as its reader sees it, in both languages, into docs/images.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
# The file, who looks, at which page, and how much of it in points.
PICTURES = (
    ("pilot", "kotova", "/pilots/1/", (1280, 907)),
    ("portfolio", "kotova", "/portfolio/", (1440, 900)),
)
ENDINGS = {"en": "png", "ru": "ru.png"}


def draw(browser: Browser, site: str, language: str) -> None:
    """Draw every picture in one language."""
    for name, who, path, (width, height) in PICTURES:
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            color_scheme="light",
        )
        context.add_cookies([{"name": "pochin_language", "value": language, "url": site}])
        page = context.new_page()
        page.goto("/demo/")
        row = page.locator("li", has=page.locator(f'input[value="{who}@demo.example"]'))
        row.locator("button").first.click()
        page.goto(path, wait_until="networkidle")
        page.screenshot(path=IMAGES / f"{name}.{ENDINGS[language]}")
        context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", default="http://127.0.0.1:8000", help="where the demo runs")
    parser.add_argument("--browser", default="/usr/bin/chromium", help="program of the browser")
    given = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=given.browser, args=["--no-sandbox", "--disable-gpu"]
        )
        for language in ENDINGS:
            draw(browser, given.site, language)
        browser.close()


if __name__ == "__main__":
    main()
