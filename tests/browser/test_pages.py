"""Pages for everybody: axe finds nothing serious, a narrow phone shows everything."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

ABSENT = "/nothing-here/"
PAGES = {
    "": [
        "/", "/needs/", "/needs/9/", "/solutions/", "/news/", "@news", "/decisions/check/",
        "@certificate", "/accounts/login/", "/accounts/signup/", ABSENT,
    ],
    "optika": ["/", "/applications/", "/applications/to/10/", "/participants/me/"],
    "titov": ["/", "/reviews/", "@desk"],
    "kotova": [
        "/", "/applications/", "@application", "/pilots/", "/portfolio/", "/sites/",
        "/coordination/", "@meeting", "/coordination/tasks/", "@task", "/deals/", "@deal",
        "/participants/organisations/", "/find/?q=адрес",
    ],
    "larina": ["/", "/exports/", "@project", "/markets/", "/markets/check/"],
    "lebedeva": ["/", "/pilots/1/", "/decisions/4/new/"],
    "morozov": ["/pilots/6/", "/pilots/6/plan/", "/measurements/6/", "/pilots/6/log/"],
    "vlasova": [
        "/", "/evaluations/1/1/", "/pilots/5/", "/pilots/9/", "/evaluations/10/1/",
        "/evaluations/11/1/", "/evaluations/12/1/", "/evaluations/13/1/", "/evaluations/14/1/",
        "/evaluations/15/1/",
    ],
    "danilov": ["/"],
    "rybakova": ["/", "/portfolio/"],
    "sokolova": ["/", "/needs/9/"],
    "ermakov": ["/"],
    "zhukov": ["/"],
    "nikitin": ["/", "/agreements/", "@agreement", "/agreements/commitments/", "@promise"],
    "fomin": ["/", "/sites/"],
    "admin": ["/"],
}  # fmt: skip
# Things whose numbers the demonstration draws: the page, and how its words are found.
ONE_OF = {
    "@news": ("/news/{}/", "SELECT number FROM news_piece WHERE state = 'published'"),
    "@certificate": ("/decisions/check/{}/", "SELECT number FROM decisions_certificate"),
    "@meeting": (
        "/coordination/meetings/{}/{}/",
        "SELECT p.code, m.number FROM coordination_meeting m"
        " JOIN participants_programme p ON p.id = m.programme_id WHERE p.code = 'city'",
    ),
    "@task": (
        "/coordination/tasks/{}/{}/",
        "SELECT p.code, t.number FROM coordination_task t"
        " JOIN participants_programme p ON p.id = t.programme_id WHERE p.code = 'city'",
    ),
    "@deal": (
        "/deals/{}/{}/",
        "SELECT p.code, d.number FROM deals_deal d"
        " JOIN participants_programme p ON p.id = d.programme_id",
    ),
    "@project": (
        "/exports/{}/{}/",
        "SELECT p.code, e.number FROM exports_project e"
        " JOIN participants_programme p ON p.id = e.programme_id",
    ),
    "@agreement": (
        "/agreements/{}/{}/",
        "SELECT p.code, a.number FROM agreements_agreement a"
        " JOIN participants_programme p ON p.id = a.programme_id",
    ),
    "@promise": (
        "/agreements/{}/{}/commitments/{}/",
        "SELECT p.code, a.number, c.number FROM agreements_commitment c"
        " JOIN agreements_agreement a ON a.id = c.agreement_id"
        " JOIN participants_programme p ON p.id = a.programme_id",
    ),
}
SERIOUS = {"serious", "critical"}


@pytest.fixture
def addresses(ask):
    """The addresses of one person's pages; what has a number drawn by lot is looked up."""

    def of(who):
        desk = ask(
            "SELECT a.number FROM reviews_assignment a JOIN participants_person e "
            "ON e.id = a.expert_id WHERE a.state = 'accepted' AND e.email = ?",
            f"{who}@demo.example",
        )
        application = ask(
            "SELECT number FROM applications_application WHERE state = 'in_review' ORDER BY number"
        )
        known = {"@application": f"/applications/{application[0][0]}/"}
        if desk:
            known["@desk"] = f"/reviews/{desk[-1][0]}/"
        for name, (page, asked) in ONE_OF.items():
            if name in PAGES[who]:
                known[name] = page.format(*ask(asked)[0])
        return [known.get(path, path) for path in PAGES[who]]

    return of


def show(page, path):
    """Open a page that is there, or the one page that is not."""
    assert page.goto(path).status == (404 if path == ABSENT else 200), path


def faults_of(page, colours):
    """What axe calls serious on this page in light or dark."""
    page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    found = Axe().run(page).response["violations"]
    return [
        f"{colours} {page.url} {fault['id']}: {node['html'][:160]} {node['target']}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


WIDER = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("who", PAGES)
def test_axe_finds_nothing_serious_in_light_and_dark(enter, addresses, who):
    page = enter(who)
    faults = []
    for path in addresses(who):
        show(page, path)
        faults += faults_of(page, "light") + faults_of(page, "dark")

    assert faults == []


@pytest.mark.parametrize("who", PAGES)
def test_nothing_scrolls_sideways_on_a_narrow_phone(enter, addresses, who):
    page = enter(who, viewport={"width": 320, "height": 640})
    faults = {}
    for path in addresses(who):
        show(page, path)
        if wider := page.evaluate(WIDER):
            faults[path] = wider

    assert faults == {}


# Words that go on in the next line without a hyphen of their own, and words of a picture that
# stand upon each other. Fingerprints and codes are no words; heads of tables are said aloud only.
ILL_SET = """() => {
  const found = [];
  const nodes = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const node = nodes.currentNode;
    if (node.parentElement.closest('svg, thead, .vh, .mono, .print, .fingerprint, code')) continue;
    for (const word of node.data.matchAll(/\\p{L}{4,}/gu)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const tops = [...range.getClientRects()].filter(box => box.width).map(box => box.top);
      if (Math.max(...tops) - Math.min(...tops) > 5) found.push(word[0]);
    }
  }
  for (const picture of document.querySelectorAll('svg.chart[role=img]')) {
    const words = [...picture.querySelectorAll('text')]
      .map(word => [word.textContent, word.getBoundingClientRect()])
      .filter(([_said, box]) => box.width);
    words.forEach(([said, one], n) => words.slice(n + 1).forEach(([other, box]) => {
      const wide = Math.min(one.right, box.right) - Math.max(one.left, box.left);
      const high = Math.min(one.bottom, box.bottom) - Math.max(one.top, box.top);
      if (wide > 3 && high > 5) found.push(`${said} | ${other}`);
    }));
  }
  return found;
}"""


@pytest.mark.parametrize("who", PAGES)
def test_on_a_phone_words_stay_whole_and_pictures_legible(enter, addresses, who):
    page = enter(who, "ru", viewport={"width": 390, "height": 844})
    faults = {}
    for path in addresses(who):
        show(page, path)
        if found := page.evaluate(ILL_SET):
            faults[path] = found

    assert faults == {}


@pytest.mark.parametrize("path", ["/pilots/", "/applications/", "/coordination/turns/"])
def test_a_wide_list_stays_in_its_card_on_a_small_laptop(enter, path):
    page = enter("kotova", viewport={"width": 1100, "height": 700})
    show(page, path)

    assert page.evaluate(WIDER) == 0


def test_a_list_drawn_anew_keeps_the_keyboard_where_it_was(enter):
    page = enter("kotova")
    show(page, "/pilots/")

    page.locator("details.rare > summary").press("Enter")
    page.locator("#pilots-archive").press("Enter")
    for key in ("Tab", "Space", "Tab", "Enter"):
        page.keyboard.press(key)

    expect(page.locator("#pilots .active")).to_be_visible()
    expect(page.locator("#pilots-archive")).to_be_focused()
    page.locator("#pilots thead a").first.press("Enter")
    expect(page.locator("#pilots thead [aria-sort=ascending] a")).to_be_focused()


def test_a_list_drawn_anew_answers_at_once(enter):
    page = enter("kotova")
    show(page, "/pilots/?archive=yes")
    page.evaluate(
        """() => {
          window.same = true;
          const press = () => setTimeout(() => document.querySelector("#pilots thead a").click());
          document.addEventListener("htmx:afterSwap", press, { once: true });
        }"""
    )

    page.locator("#pilots thead a").first.press("Enter")

    page.wait_for_url("**sort=number")
    assert page.evaluate("window.same"), "the link just drawn loaded a whole page"
