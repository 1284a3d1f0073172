"""A result is told in the language of its reader; the document stays as it was computed."""

from conftest import PLAN, on, plain, plan_for
from pochin.evaluations import reporting, side_by_side
from pochin.pilots import lifecycle

METRICS = [
    {**PLAN["metrics"][0], "name": "Доля возвратов", "unit": "п. п."},
    {**PLAN["metrics"][1], "name": "Доля жалоб"},
]
PAIRS = [{"ru": "Доля жалоб", "en": "Share of complaints"}]


def test_a_result_and_its_reports_speak_the_language_of_their_reader(
    judged, offices, cast, signed_in
):
    pilot = judged(plan=plan_for(offices, metrics=METRICS))
    lifecycle.put_into_words(pilot, by=cast.mila, pairs=PAIRS, at=on(5, 5))
    evaluation = pilot.evaluations.get()
    address = evaluation.get_absolute_url()
    english = plain(signed_in(cast.mila).get(address))
    russian = plain(signed_in(cast.mila, "ru").get(address))

    assert "Share of returns" in english
    assert "Share of complaints" in english
    assert "Доля возвратов" not in english
    assert "Доля возвратов" in russian
    assert "Share of returns" not in russian
    assert side_by_side.amount(evaluation)[0].endswith("pp")
    told = {one: reporting.of(evaluation, language=one, at=on(5, 6)) for one in ("ru", "en")}
    assert "Share of returns" in str(told["en"])
    assert "Share of returns" not in str(told["ru"])
    assert "Доля возвратов" in str(told["ru"])
    assert evaluation.is_whole
    assert evaluation.result["metrics"][0]["metric"]["name"] == "Доля возвратов"
