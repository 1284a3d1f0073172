"""The table of pitfalls: when each must be met, how it is provoked, what a reader then sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pochin.lab.flags import DESIGN, EVALUATION, MONITOR
from pochin.lab.randomize import switchback
from pochin.lab.seeds import generator
from pochin.lab.tests import test_tell_beside as results
from pochin.lab.tests.plans import offices

# The table of pitfalls: at which moments each must be met.
D, M, E = DESIGN, MONITOR, EVALUATION
TABLE = {
    "too few units": (D, M, E),
    "unit-of-analysis error": (D, E),
    "ICC or CAC misguessed": (D, M, E),
    "unequal or informative sizes": (D, M, E),
    "imbalance of few offices": (D, E),
    "assignment tampering": (D, M, E),
    "Hawthorne effect and novelty": (D, M, E),
    "spillover between offices": (D, M, E),
    "carryover": (D, M, E),
    "seasons, holidays, strikes": (D, M, E),
    "secular trend": (D, E),
    "missing readings": (D, M, E),
    "late data": (D, M, E),
    "duplicates, clocks, devices, metric redefinition": (D, M, E),
    "sample ratio mismatch": (D, M, E),
    "peeking": (D, M, E),
    "many metrics and segments": (D, E),
    "stopping by budget or politics": (D, M, E),
    "regression to the mean": (D,),
    "one treated site": (D, M, E),
    "parallel trends wished for": (D, E),
    "differential drop-out": (D, M, E),
    "cost creep": (D, M, E),
    "twin trials on the same office": (D, M, E),
    "p-hacked analysis": (D, M, E),
    "formula injection": (D,),
    "numbers that cancel": (D,),
}


@dataclass(frozen=True)
class Line:
    """One pitfall at one moment.

    Attributes:
        pitfall, moment, code: What goes wrong, when, and the flag that says so.
        severity: How grave it is.
        provoked: What was done.
        en, ru: What is said, or the part of it that carries the sense.
        make: The flags it raises; where left out, the scenario of the moment with this code.
    """

    pitfall: str
    moment: str
    code: str
    severity: str
    provoked: str
    en: str
    ru: str
    make: Callable[[], Any] | None = None

    @property
    def name(self) -> str:
        return f"{self.moment}: {self.pitfall}: {self.code}"


def switched(*, lingers: bool):
    """A switchback of four days a block, one left out; what lingers grows over the whole block."""
    days = {"start": "2026-03-02", "length": "day", "baseline": 0, "run": 56}
    lot = switchback(range(6), range(56), 4, rng=generator("3"))
    units = offices(6, schedule=lambda i: lot.schedule[i].tolist())
    changes = {
        "periods": days,
        "design": {"kind": "switchback", "block": 4, "burn_in": 1, "carryover": 1},
        "assignment": {"method": "blocks", "units": units},
    }

    def value(i, t, _arm):
        share = (t % 4) / 3 if lingers else 1.0
        return -6.0 * lot.schedule[i, t] * share

    return changes, value


def lingering():
    changes, value = switched(lingers=True)
    return results.judged("switchback", changes, value=value)


def twin():
    return results.judged("synthetic-control", results.panel(12, 6), value=None)


LINES = (
    Line("too few units", D, "lot-too-small", "block", "a plan for four offices",
         "no p-value can be below 0.333", "p не может быть ниже 0,333"),
    Line("too few units", D, "few-units", "warn", "a plan for eight offices",
         "There are 8 units; below 12, read the randomisation p-value",
         "Единиц: 8; если их меньше 12"),
    Line("too few units", M, "units-lost", "warn", "one office falls silent",
         "1 of 12 units no longer sends data", "Больше не присылают данных единицы: 1 из 12"),
    Line("too few units", M, "lot-too-small", "block", "seven offices of twelve fall silent",
         "The lot has 10 outcomes", "У жребия исходов: 10"),
    Line("too few units", E, "lot-too-small", "block", "a result of six offices",
         "The lot has 20 outcomes, so no p-value can be below 0.1", "У жребия исходов: 20"),
    Line("too few units", E, "few-units", "warn", "a result of eight offices",
         "read the randomisation p-value", "смотрите p по жребию"),
    Line("too few units", E, "lot-disagrees", "warn", "eight offices near the threshold",
         "with so few units rely on the lot", "единиц мало, полагайтесь на жребий"),
    Line("unit-of-analysis error", D, "wrong-unit", "block",
         "parcels are drawn, offices are told of",
         "Lots are drawn for each parcel or person",
        "не может быть единицей анализа"),
    Line("unit-of-analysis error", E, "people-counted-again", "warn",
         "people of two periods in one sum", "People are counted anew in each of 2 periods",
         "Людей считают заново в каждом из периодов, их 2"),
    Line("ICC or CAC misguessed", D, "power-hangs-on-icc", "warn", "an ICC between 0.001 and 0.3",
         "if the ICC is 0.001",
        "если внутриклассовая корреляция 0,001"),
    Line("ICC or CAC misguessed", D, "low-power", "warn", "readings ten times as wide",
         "Even at the middle guess the plan shows its effect with",
         "Даже при среднем предположении план покажет свой эффект"),
    Line("ICC or CAC misguessed", M, "variance-above-plan", "warn",
         "half-way the offices vary more than planned",
         "times as much as planned", "больше запланированного"),
    Line("ICC or CAC misguessed", E, "icc-off-plan", "info", "guesses around 0.95, truth 0.2",
         "The ICC turned out", "корреляция вышла"),
    Line("unequal or informative sizes", D, "sizes-unequal", "info", "sizes that vary by 60 %",
         "Sizes of units vary by 60%", "на 60 %"),
    Line("unequal or informative sizes", M, "sizes-drift", "warn",
         "the solution draws half as many readings again",
         "The ratio of volumes between arms moved by 50%", "сдвинулось на 50 %"),
    Line("unequal or informative sizes", E, "weights-disagree", "warn",
         "the two large offices get worse, the small ones better",
         "large and small units react differently", "откликаются по-разному"),
    Line("imbalance of few offices", D, "arms-unequal", "info", "four offices against eight",
         "are compared by Welch's test", "по критерию Уэлча"),
    Line("imbalance of few offices", D, "units-bound", "block",
         "a group of two that both got the solution",
         "always in the same arm", "которые всегда в одной группе"),
    Line("imbalance of few offices", D, "imbalance", "warn", "all busy offices got the solution",
         "Before the start the arms differ", "До начала группы различаются"),
    Line("imbalance of few offices", E, "imbalance", "warn", "the arms differed before the start",
         "Before the start the arms differ", "До начала группы различаются"),
    Line("assignment tampering", D, "seed-not-committed", "warn", "a lot without a seed",
         "Nobody can check the lot afterwards",
        "Проверить жребий потом не сможет никто"),
    Line("assignment tampering", D, "seed-guessable", "block", "a number of four digits",
         "so anybody finds it by trying", "Перебором его найдёт любой"),
    Line("assignment tampering", M, "crossover", "block", "offices work against their lot",
         "worked otherwise than the lot said", "Не так, как показал жребий"),
    Line("assignment tampering", E, "crossover", "block", "offices worked against their lot",
         "worked otherwise than the lot said", "Не так, как показал жребий"),
    Line("assignment tampering", E, "weak-instrument", "warn", "the lot moved next to nothing",
         "The lot moved the exposure too little", "Жребий слишком мало изменил применение решения"),
    Line("Hawthorne effect and novelty", D, "no-run-in", "info", "no periods before the start",
         "There are no baseline periods", "Базовых периодов нет"),
    Line("Hawthorne effect and novelty", E, "curve-not-constant", "warn",
         "the effect doubles in the run", "Along the run the effect moves by",
         "За время испытаний эффект сдвинулся"),
    Line("spillover between offices", D, "neighbours", "warn", "twelve offices in one street",
         "lie within 1 km of each other", "ближе 1 км друг к другу"),
    Line("spillover between offices", M, "spillover", "warn",
         "offices without it differ the farther they lie",
         "Control units near treated ones differ", "рядом с решением отличаются от далёких"),
    Line("spillover between offices", E, "spillover", "warn",
         "offices without it differed the farther they lay",
         "Control units near treated ones differ", "рядом с решением отличаются от далёких"),
    Line("spillover between offices", E, "neighbours-matter", "warn",
         "without the neighbours the effect turns",
         "Without the neighbours of treated units the effect is",
         "Без соседей единиц с решением эффект"),
    Line("carryover", D, "block-too-short", "block", "blocks as long as what lingers",
         "are shorter than twice the carryover", "короче удвоенного последействия"),
    Line("carryover", D, "carryover-unsaid", "warn", "nobody asked what lingers",
         "how long the solution is felt after it stops", "чувствуется после отключения"),
    Line("carryover", D, "burn-in-too-short", "warn", "nothing left out of a block",
         "the solution is felt for 1 after it stops", "дольше, периодов: 1"),
    Line("carryover", E, "carryover", "warn", "the effect grows over the whole block",
         "the past acts longer than the burn-in",
         "прошлое действует дольше переходных периодов", lingering),
    Line("seasons, holidays, strikes", D, "broken-weeks", "warn", "a run of twelve days",
         "The run of 12 days is not whole weeks", "Дней в испытаниях: 12"),
    Line("seasons, holidays, strikes", D, "calendar-event", "info", "a run over the first of May",
         "falls into period", "Праздник Весны и Труда"),
    Line("seasons, holidays, strikes", D, "no-comparator", "warn", "one office, before and after",
         "Nothing is compared at the same time",
        "Одновременного сравнения нет"),
    Line("seasons, holidays, strikes", M, "regime-change", "warn",
         "the offices without it change in the last days",
         "The control units changed around period 27", "изменились около периода 27"),
    Line("seasons, holidays, strikes", E, "regime-change", "warn",
         "the offices without it changed in the last days",
         "The control units changed around period 27", "изменились около периода 27"),
    Line("seasons, holidays, strikes", E, "exclusion-unregistered", "block",
         "a week is left out after the fact",
         "1 period was left out that the plan does not exclude", "которых план не исключает: 1"),
    Line("secular trend", D, "trend-only-by-model", "info", "a stepped wedge",
         "In a stepped wedge time and solution grow together", "время и решение растут вместе"),
    Line("secular trend", E, "analyses-disagree", "warn", "the two analyses of a wedge part",
         "the comparison within periods", "сравнение внутри периодов"),
    Line("missing readings", D, "share-of-what", "info", "a share of nobody knows what",
         "is a share, and the plan does not say of what", "не сказано, от чего"),
    Line("missing readings", D, "no-missing-limit", "info", "no word on missing readings",
         "The plan sets no limit for missing readings", "План не ограничивает пропуски"),
    Line("missing readings", M, "missing-differs", "block", "one arm sends less",
         "Readings are missing more in one arm", "В одной группе пропусков больше"),
    Line("missing readings", E, "missing-readings", "block", "a quarter is missing",
         "25.0% of expected readings are missing", "Не пришло 25,0 % ожидаемых"),
    Line("missing readings", E, "missing-differs", "block", "one arm sent less",
         "Readings are missing more in one arm", "В одной группе пропусков больше"),
    Line("missing readings", E, "missing-could-turn", "warn",
         "missing readings that could turn a finding",
         "The finding would turn if the missing readings were", "Вывод изменился бы"),
    Line("late data", D, "no-maturity", "info", "readings given no days to come",
         "gives readings no days to arrive", "не даёт измерениям времени дойти"),
    Line("late data", M, "immature", "block", "half of a day is on its way",
         "a look needs 95%", "для просмотра нужно 95 %"),
    Line("late data", E, "immature", "block", "the last week is on its way",
         "a look needs 95%", "для просмотра нужно 95 %"),
    Line("duplicates, clocks, devices, metric redefinition", M, "volume-step", "warn",
         "one office trebles its readings", "jumped by a factor of 3.00", "в 3,00 раза"),
    Line("duplicates, clocks, devices, metric redefinition", M, "duplicates", "warn",
         "four rows come twice", "4 rows repeat others", "Строк-повторов: 4"),
    Line("duplicates, clocks, devices, metric redefinition", M, "time-travel", "warn",
         "four rows from another year", "4 rows lie outside the pilot's time",
         "Строк вне времени пилота: 4"),
    Line("duplicates, clocks, devices, metric redefinition", M, "metric-changed", "block",
         "the metric was redefined on the way",
         "The metric's definition is no longer the one that was locked",
         "Определение показателя уже не то"),
    Line("duplicates, clocks, devices, metric redefinition", E, "metric-changed", "block",
         "the metric was redefined on the way",
         "The metric's definition is no longer the one that was locked",
         "Определение показателя уже не то"),
    Line("duplicates, clocks, devices, metric redefinition", E, "unknown-units", "warn",
         "four rows of strangers", "4 rows name units that the plan does not know",
         "Строк о единицах, которых план не знает: 4"),
    Line("sample ratio mismatch", D, "shares-unsaid", "info", "no shares of the arms",
         "does not say what share of people comes into each arm", "какая доля людей попадает"),
    Line("sample ratio mismatch", M, "srm", "block", "300 and 420 people a day",
         "The arms hold 1200 : 1680 subjects", "В группах наблюдений 1200 : 1680"),
    Line("sample ratio mismatch", E, "srm", "block", "3000 and 4200 people",
         "The arms hold 3000 : 4200 subjects", "В группах наблюдений 3000 : 4200"),
    Line("peeking", D, "no-room-for-looks", "warn", "a look at a quarter with eight offices",
         "A first look at 25% can stop nothing",
        "Первый просмотр на 25 % ничего не остановит"),
    Line("peeking", E, "looks-unplanned", "block", "a result half-way",
         "This look is not in the plan", "Этого просмотра нет в плане"),
    Line("many metrics and segments", E, "exploratory", "info", "a metric nobody named",
         "was not named before the start", "не названных до начала: 1"),
    Line("stopping by budget or politics", D, "no-stop-reasons", "info", "no reasons to stop",
         "names no reason to stop early", "не называет ни одной причины остановиться"),
    Line("stopping by budget or politics", M, "stop-reason-unknown", "block",
         "stopped for lack of money", "is not one of the reasons to stop", "в плане нет"),
    Line("stopping by budget or politics", M, "stopped-off-plan", "warn", "force majeure half-way",
         "The pilot was stopped at 50%", "Пилот остановлен на 50 %"),
    Line("stopping by budget or politics", E, "stop-reason-unknown", "block",
         "stopped for lack of money", "is not one of the reasons to stop", "в плане нет"),
    Line("stopping by budget or politics", E, "stopped-off-plan", "warn", "force majeure half-way",
         "The pilot was stopped at 50%", "Пилот остановлен на 50 %"),
    Line("regression to the mean", D, "chosen-by-baseline", "block",
         "the worst office, nobody beside it",
         "the worst get better by themselves", "худшие улучшаются сами"),
    Line("one treated site", D, "few-treated", "warn", "one office with the solution",
         "no p-value can be below", "это лишь подсказка"),
    Line("one treated site", M, "comparison-treated", "block", "two donors get the solution",
         "2 comparison units got the solution", "которые получили решение: 2"),
    Line("one treated site", E, "few-treated", "warn", "one office with the solution",
         "One unit was treated: this is an indication", "это подсказка", twin),
    Line("parallel trends wished for", D, "trends-unseen", "warn", "one period before the start",
         "Too few earlier periods to see trends",
        "Ранних периодов слишком мало"),
    Line("parallel trends wished for", D, "few-periods-before", "warn", "a twin of two periods",
         "The twin has only 2 periods before the start", "двойника мало периодов"),
    Line("parallel trends wished for", D, "series-too-short", "block", "a series of six weeks",
         "2 periods before and 4 after are too few", "Периодов до начала 2, после 4"),
    Line("parallel trends wished for", E, "trends-differ-before", "warn", "groups that part before",
         "The groups did not move alike before the start", "До начала группы менялись по-разному"),
    Line("parallel trends wished for", E, "series-wanders", "block", "a series that wanders",
         "The series wanders", "Ряд блуждает"),
    Line("differential drop-out", M, "dropout-differs", "block", "one arm falls silent",
         "6 treated and 0 control units dropped out", "Выбыло единиц с решением: 6"),
    Line("differential drop-out", E, "dropout-differs", "block", "one arm fell silent",
         "5 treated and 0 control units dropped out", "Выбыло единиц с решением: 5"),
    Line("differential drop-out", E, "pairs-incomplete", "warn", "a pair lost an office",
         "1 pair lost a unit and is left out", "которые потеряли единицу и отброшены: 1"),
    Line("cost creep", D, "cost-without-range", "warn", "costs as single numbers",
         "Every cost of the plan is a single number", "Каждый расход плана записан одним числом"),
    Line("cost creep", M, "cost-over-range", "warn", "three spent, two planned",
         "has cost 3; the plan reckoned with at most 2", "потрачено 3"),
    Line("cost creep", E, "cost-over-range", "warn", "three spent, two planned",
         "has cost 3; the plan reckoned with at most 2", "потрачено 3"),
    Line("twin trials on the same office", D, "twin-trial", "block", "an office of another pilot",
         "1 unit is in pilot", "в те же дни заняты в пилоте"),
    Line("twin trials on the same office", M, "twin-trial", "block", "two offices of another pilot",
         "2 units are in pilot", "в те же дни заняты в пилоте"),
    Line("twin trials on the same office", E, "twin-trial", "block", "two offices of another pilot",
         "2 units are in pilot", "в те же дни заняты в пилоте"),
    Line("twin trials on the same office", E, "twins-interact", "warn",
         "the other solution takes the effect away",
         "the two do not simply add up", "действие двух решений не складывается"),
    Line("p-hacked analysis", M, "analysis-fails", "warn", "a ratio without its denominator",
         "Tried out with the arms shuffled", "попробовали на перемешанных группах"),
    Line("p-hacked analysis", M, "plan-amended-late", "block", "a plan changed after the outcomes",
         "The plan was changed after outcomes had been seen", "План изменили после того"),
    Line("p-hacked analysis", E, "plan-changed", "block", "a plan with another hash",
         "The plan is not the one that was locked", "План не тот, что зафиксирован"),
    Line("p-hacked analysis", E, "many-covariates", "warn", "four columns for eight offices",
         "4 columns adjust 8 units", "Поправочных столбцов: 4"),
)  # fmt: skip
