"""The metric of the pilot goes on being measured after it, and shows what the roll-out brings."""

import gzip
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conftest import on
from pochin.core.lifecycle import Refused
from pochin.deals import lifecycle, receiving, shown
from pochin.deals.models import Realised, RollOut, Wave, WaveSite
from pochin.sites.models import Site

HEAD = "unit;at;metric;value"
FIRST, BEGAN = date(2026, 5, 4), date(2026, 6, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(56)]
LATE = on(7, 6)


@pytest.fixture
def rolling(decided, offices):
    """Two offices that begin on 1 June, three that wait; none of them was in the pilot."""
    places = Site.objects.bulk_create(
        Site(
            number=102001 + n, postcode=str(102001 + n), kind="post_office",
            name_ru=f"Отделение {n}",
            programme=decided.programme, owner=decided.buyer, state="nominated",
        )
        for n in range(5)
    )  # fmt: skip
    roll_out = RollOut.objects.create(deal=decided, state="waves")
    for number, sites in ((1, places[:2]), (2, places[2:])):
        wave = Wave.objects.create(roll_out=roll_out, number=number, planned_on=BEGAN)
        WaveSite.objects.bulk_create(
            WaveSite(wave=wave, site=site, adopted_on=BEGAN if number == 1 else None)
            for site in sites
        )
    return roll_out


def level(site: int, day: date, effect: float = -3.0) -> float:
    """Every office slows down by a twentieth of a minute a day; two gain from 1 June on."""
    gain = effect - 0.2 * (site % 2) if site < 102003 and day >= BEGAN else 0
    return 30 + site % 10 + 0.05 * (day - FIRST).days + gain


def table(sites=range(102001, 102006), days=DAYS, extra=()) -> bytes:
    rows = [f"{site};{day};delay;{level(site, day):.3f}" for site in sites for day in days]
    return "\n".join([HEAD, *rows, *extra, ""]).encode()


def send(roll_out, by, content: bytes, name="june.csv", at=LATE):
    kept, taken = receiving.readings(roll_out, SimpleUploadedFile(name, content), at=at)
    return lifecycle.send_readings(roll_out, by=by, kept=kept, taken=taken, at=at)


def whole(roll_out) -> Realised:
    return roll_out.realised.get(is_whole=True)


def test_the_benefit_is_computed_from_what_went_on_being_sent(rolling, cast, signed_in):
    browser, url = signed_in(cast.vera), rolling.get_absolute_url()

    sent = browser.post(
        f"{url}send_readings/", {"table": SimpleUploadedFile("june.csv", table())}, follow=True
    )
    line, page = whole(rolling), sent.content.decode()

    assert (line.way, line.sites, line.comparison) == ("beside", 2, 3)
    assert (line.first_day, line.last_day) == (BEGAN, DAYS[-1])
    assert float(line.effect) == pytest.approx(-3.1, abs=1e-6)
    assert line.low < line.effect < line.high
    assert '−3.1\u00a0min<span class="cap">' in page
    assert "310%" in page
    assert "beside 3 without it" in page
    assert "−3.1\u00a0min" in browser.get(rolling.deal.get_absolute_url()).content.decode()


def test_without_sites_beside_it_is_said_that_it_is_before_against_after(rolling, cast):
    send(rolling, cast.vera, table(sites=(102001, 102002)))
    line = shown.realised(rolling)[0]

    # The drift of four weeks and more is in the number now.
    assert (line.line.way, line.line.comparison) == ("alone", 0)
    assert float(line.line.effect) == pytest.approx(-3.1 + 0.05 * 28, abs=1e-3)
    assert "whatever else changed is in this number too" in line.warning


def test_without_days_before_nothing_is_computed_and_it_is_said_why(rolling, cast, signed_in):
    send(rolling, cast.vera, table(days=[day for day in DAYS if day >= BEGAN]))
    rolling.refresh_from_db()

    assert not rolling.realised.exists()
    assert rolling.gap == "no_past"
    assert "both from before it began" in (
        signed_in(cast.vera).get(rolling.get_absolute_url()).content.decode()
    )


def test_a_later_wave_and_a_withdrawn_file_change_the_number(rolling, cast):
    send(rolling, cast.vera, table())
    first = whole(rolling)
    lifecycle.note_adoption(
        rolling, by=cast.vera, wave=rolling.waves.get(number=2), adopted_on=date(2026, 6, 15),
        numbers=[102003], at=LATE,
    )  # fmt: skip
    second = whole(rolling)
    lifecycle.withdraw_readings(
        rolling, by=cast.vera, follow_up=rolling.follow_ups.get(), reason="Не те.", at=LATE
    )

    assert (first.sites, first.comparison) == (2, 3)
    assert (second.sites, second.comparison) == (3, 2)
    assert not rolling.realised.exists()
    assert rolling.gap == "no_readings"


def test_the_offices_of_the_pilot_stand_beside_with_what_they_sent_in_it(rolling, cast):
    after = [day for day in DAYS if day >= date(2026, 5, 11)]
    rows = [f"101001;{day};delay;30.5" for day in after]
    tried = [f"101002;{day};delay;1" for day in after]  # had it in the pilot; nobody noted it kept
    send(rolling, cast.vera, table(extra=[*rows, *tried]))

    assert (whole(rolling).sites, whole(rolling).comparison) == (2, 4)


def test_a_typed_number_stays_and_is_marked(rolling, cast, signed_in):
    lifecycle.note_benefit(
        rolling, by=cast.vera, first_day=BEGAN, last_day=date(2026, 6, 30), sites=2,
        effect=Decimal("-2.5"), source="Отчёт", at=LATE,
    )  # fmt: skip
    send(rolling, cast.vera, table())
    lines = shown.realised(rolling)

    assert [line.is_typed for line in lines] == [False, True]
    assert "typed by hand" in signed_in(cast.vera).get(rolling.get_absolute_url()).content.decode()


def test_the_same_file_counts_once_and_a_day_comes_once(rolling, cast):
    send(rolling, cast.vera, table())
    before = whole(rolling).effect
    with pytest.raises(Refused, match="came with file 1"):
        send(rolling, cast.vera, table() + b"\n")
    send(rolling, cast.vera, table(extra=["102001;2026-06-29;delay;26"]), name="more.csv")
    second = rolling.follow_ups.get(number=2)

    assert (second.accepted, second.by_reason) == (1, {"told": len(DAYS) * 5})
    assert whole(rolling).effect != before


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("999999;2026-06-01;delay;3", "neither in a wave nor in the pilot"),
        ("102001;2026-06-01;speed;3", "does not know this metric"),
        ("102001;2026-06-01;complaints;0.1", "only its first metric is followed: delay"),
        ("102001;2026-08-01;delay;3", "too long ago or not yet"),
        ("102001;2019-08-01;delay;3", "too long ago"),
        ("102001;June;delay;3", "not a day or a time"),
        ("102001;2026-06-01;delay;fast", "not a number"),
        ("101001;2026-03-30;delay;30", "The pilot itself measured this site"),
    ],
)
def test_a_row_that_is_wrong_is_set_aside_with_its_reason(row, sentence, rolling, cast, signed_in):
    send(rolling, cast.vera, table(extra=[row]))
    sent = rolling.follow_ups.get()
    page = signed_in(cast.vera).get(rolling.get_absolute_url()).content.decode()

    assert (sent.received, sent.set_aside) == (5 * len(DAYS) + 1, 1)
    assert sentence in page


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (gzip.compress(table(), mtime=0)[:-40], "june.csv.gz", "The packed file is damaged"),
        (b"<!doctype html><html><body>Sign in</body></html>", "june.csv", "is a web page"),
        (b"site,when\n1,2\n", "june.csv", "lacks columns"),
        (b"", "june.csv", "file is empty"),
        (HEAD.encode() + b"\n1;2026-06-01;delay;3\n", "june.csv", "Line 2: This site is neither"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_a_sentence(
    content, name, sentence, rolling, cast, signed_in
):
    answer = signed_in(cast.vera).post(
        f"{rolling.get_absolute_url()}send_readings/", {"table": SimpleUploadedFile(name, content)}
    )

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not rolling.follow_ups.exists()


def test_only_the_buyers_people_send_and_both_sides_read(rolling, cast, signed_in):
    send(rolling, cast.vera, table())
    url = rolling.get_absolute_url()

    assert "beside 3 without it" in signed_in(cast.anna).get(url).content.decode()
    assert signed_in(cast.anna).get(f"{url}send_readings/").status_code == 403
    assert signed_in(cast.gleb).get(url).status_code == 404


def test_readings_go_on_after_the_roll_out_is_complete(rolling, cast):
    RollOut.objects.update(state="complete")
    rolling.refresh_from_db()
    send(rolling, cast.vera, table())

    assert whole(rolling).sites == 2


def test_an_office_of_the_pilot_counts_from_the_day_it_was_noted(rolling, cast):
    wave = rolling.waves.get(number=1)
    tried = Site.objects.get(number=101002)  # had it in the pilot, from 30 March
    WaveSite.objects.create(wave=wave, site=tried, adopted_on=date(2026, 6, 15))
    rows = [f"101002;{day};delay;{99 if day < date(2026, 6, 15) else 27}" for day in DAYS]
    send(rolling, cast.vera, table(extra=rows))
    lines = {line.first_day.month: line for line in rolling.realised.filter(is_whole=False)}

    # Its past are the weeks before the pilot, and the doubtful days between say nothing.
    assert whole(rolling).sites == 3
    assert -5 < float(whole(rolling).effect) < -2
    assert list(lines) in ([], [6])
