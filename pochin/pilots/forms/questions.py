"""The questions of the evaluation plan, in people's words."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from pochin.lab.plan_rules import OBSERVED
from pochin.pilots import planning, words
from pochin.pilots.balancing import BALANCE
from pochin.pilots.forms.fields import Days, Number, Percent, PercentRange, Range, Shares, pairs
from pochin.ui import formats
from pochin.ui.widgets import area

BY_SITE = "parallel pairs stepped-wedge switchback " + " ".join(OBSERVED)
"""Ways that compare sites, as markup names them."""


class PlanQuestions(forms.Form):
    """Every question a plan may be asked, and how they stand on the page."""

    question = forms.CharField(
        label=_("Which question is to be answered?"), max_length=2000, widget=area(2),
        help_text=_("Does the sorter shorten the delay of parcels in busy offices?"),
    )  # fmt: skip
    hypothesis = forms.CharField(
        label=_("What do you expect, and why?"), max_length=2000, required=False, widget=area(2)
    )
    unit = forms.CharField(
        label=_("What is one site called?"), max_length=200,
        help_text=_("For example: post office. Where lots are drawn for parcels: parcel."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("How is it compared?"), widget=forms.RadioSelect,
        choices=list(words.KINDS.items()),
    )  # fmt: skip
    treated = forms.IntegerField(
        label=_("How many sites get the solution"), min_value=1, required=False,
        help_text=_("Empty: half. Unequal groups are compared by Welch's test."),
    )  # fmt: skip
    draw = forms.ChoiceField(
        label=_("How is the lot drawn?"), widget=forms.RadioSelect, required=False, initial="free",
        choices=list(words.DRAWS.items()),
        help_text=_("With few sites a fair lot may still put the large ones on one side. Balanced, "
                    "it is drawn only among assignments whose two groups are alike."),
    )  # fmt: skip
    balance = forms.MultipleChoiceField(
        label=_("In what the groups are to be alike"), required=False,
        choices=list(BALANCE.items()), widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    stays = Percent(
        label=_("Share of assignments that stays in the lot, %"), required=False,
        min_value=0.001, max_value=1,
        help_text=_("Empty: the best balanced 10 %. Fewer are better balanced, but the lot is "
                    "smaller and so the smallest p-value larger."),
    )  # fmt: skip
    steps = forms.IntegerField(
        label=_("How many groups start one after another"), min_value=2, required=False
    )
    block = forms.IntegerField(
        label=_("Periods in a block, on or off"), min_value=1, required=False
    )
    share = Percent(
        label=_("Share of parcels or people with the solution, %"), required=False,
        min_value=0.01, max_value=0.99, help_text=_("Empty: half."),
    )  # fmt: skip
    season = forms.IntegerField(
        label=_("Periods in a season, for a series"), min_value=2, required=False
    )
    burn_in = forms.IntegerField(
        label=_("First periods of a block that are not counted"), min_value=0, required=False
    )
    carryover = forms.IntegerField(
        label=_("Periods for which the solution lingers once it is off"), min_value=0,
        required=False,
        help_text=_("Blocks must be at least twice as long."),
    )  # fmt: skip
    chosen_by = forms.ChoiceField(
        label=_("How were these sites chosen?"), required=False,
        choices=pairs(words.CHOSEN_BY, empty=_("not said")),
    )  # fmt: skip

    code = forms.SlugField(
        label=_("Code of the metric in the files"), max_length=40, help_text=_("For example delay.")
    )
    name = forms.CharField(label=_("What is measured"), max_length=200)
    metric_kind = forms.ChoiceField(label=_("Kind"), choices=pairs(words.METRIC_KINDS))
    denominator = forms.CharField(
        label=_("Divided by"), max_length=200, required=False,
        help_text=_("Only for ratios and rates: the code of what stands below the line."),
    )  # fmt: skip
    quantile = Percent(
        label=_("Which quantile, %"), required=False, min_value=0.01, max_value=0.99,
        help_text=_("Only for quantiles: 90 asks below which value 9 of 10 readings lie."),
    )  # fmt: skip
    direction = forms.ChoiceField(label=_("Direction"), choices=pairs(words.DIRECTIONS))
    metric_unit = forms.CharField(
        label=_("Unit"), max_length=40, help_text=_("For example: min, pp, roubles.")
    )
    threshold = Number(
        label=_("Threshold: the improvement worth having"), min_value=0,
        help_text=_("A number in the unit of the metric, for example 2.0."),
    )  # fmt: skip
    definition = forms.CharField(
        label=_("How it is measured, and why this threshold"), max_length=2000, required=False,
        widget=area(3),
    )  # fmt: skip

    start = forms.DateField(
        label=_("First day of the baseline"), help_text=_("For example 15.12.2026.")
    )
    length = forms.ChoiceField(
        label=_("A period is a"),
        choices=[pair for pair in words.LENGTHS.items() if pair[0] != "hour"], initial="week",
    )  # fmt: skip
    baseline = forms.IntegerField(label=_("Periods of the baseline"), min_value=0, initial=4)
    run = forms.IntegerField(label=_("Periods of the run"), min_value=1, initial=8)
    wash_in = forms.IntegerField(
        label=_("First periods of the run that are not counted"), min_value=0, required=False
    )
    maturity_days = Number(label=_("Days until readings are complete"), min_value=0, required=False)
    exclude = Days(
        label=_("Days whose periods are not counted"), required=False,
        help_text=_("Holidays, strikes. For example 28.12.2026; 04.01.2027."),
    )  # fmt: skip
    adjust = forms.BooleanField(label=_("Use the baseline to sharpen the result"), required=False)

    sd = Number(
        label=_("Standard deviation of single readings"), min_value=0, required=False,
        help_text=_("From history, in the unit of the metric. With it the power is computed."),
    )  # fmt: skip
    icc = Range(
        label=_("How alike readings of one site are (ICC)"), required=False,
        initial={"low": 0.02, "mid": 0.05, "high": 0.1},
        help_text=_("The least, the likely and the most, from history."),
    )  # fmt: skip
    cac = PercentRange(
        label=_("How much of that lasts from period to period, %"), required=False,
        initial={"low": 0.6, "mid": 0.8, "high": 0.95},
        help_text=_("The least, the likely and the most; one number for all three."),
    )  # fmt: skip
    readings = Number(
        label=_("Readings of a site in one period"), min_value=0, required=False, initial=50,
        help_text=_("Where lots are drawn for parcels or people: how many come in a period."),
    )  # fmt: skip
    size_cv = Percent(
        label=_("How much the sites' sizes differ, % of their mean"), required=False, initial=0,
        min_value=0,
    )  # fmt: skip
    pair_r = Percent(
        label=_("How alike the two sites of a pair are, % of full correlation"), required=False,
        initial=0.5, min_value=0, max_value=0.99,
    )  # fmt: skip
    skew = Number(
        label=_("Skewness of single readings"), required=False,
        help_text=_("From history; 0 where they lie evenly around their mean. Matters where lots "
                    "are drawn for single parcels or people."),
    )  # fmt: skip
    site_cost = Number(
        label=_("Cost of one more site, in the currency of the plan"), min_value=0, required=False,
        help_text=_("With it the price of more certainty is shown."),
    )  # fmt: skip

    spending = forms.ChoiceField(
        label=_("Earlier looks"), required=False,
        choices=pairs(words.SPENDING, empty=_("none: only at the end")),
    )  # fmt: skip
    look_at = Shares(
        label=_("After which share of the run, %"), required=False, help_text=_("For example 50.")
    )
    missing_share = Percent(
        label=_("Readings that may be missing, %"), required=False, min_value=0, max_value=1
    )
    completeness = Percent(
        label=_("Complete from this share of readings, %"), required=False, min_value=0,
        max_value=1, initial=0.95,
    )  # fmt: skip
    missing_rule = forms.CharField(
        label=_("What is done about missing readings"), max_length=2000, required=False,
        widget=area(2),
    )  # fmt: skip
    usage_code = forms.SlugField(
        label=_("Code of the share of work done with the solution"), max_length=40,
        required=False,
        help_text=_("For example usage: readings from 0 to 1. With it one sees who works otherwise "
                    "than the lot said."),
    )  # fmt: skip
    usage_share = Percent(
        label=_("Work that may go otherwise than the lot said, %"), required=False, min_value=0,
        max_value=1,
    )  # fmt: skip
    source = forms.ChoiceField(
        label=_("Whose reading is used where both sides tell it"), required=False,
        choices=pairs(words.SOURCES),
    )  # fmt: skip
    outlier = forms.CharField(
        label=_("What is done about outliers"), max_length=2000, required=False, widget=area(2)
    )
    stop_reasons = forms.CharField(
        label=_("Reasons to stop early, one to a line"), required=False, widget=area(3)
    )
    scope = forms.ChoiceField(label=_("The decision is about"), choices=pairs(words.SCOPES))
    rule = forms.CharField(
        label=_("Rule of the decision in words"), max_length=2000, required=False, widget=area(2)
    )
    roll_out_from = forms.ChoiceField(
        label=_("Afterwards it is rolled out"), required=False,
        choices=[("", _("the plan does not say")), *pairs(words.ROLL_OUT)],
        help_text=_("By this the worth of the pilot's information is reckoned."),
    )  # fmt: skip
    extend_at_most = forms.IntegerField(
        label=_("How often it may be extended"), min_value=0, max_value=2, required=False
    )

    currency = forms.ChoiceField(
        label=_("Currency"), required=False, initial=planning.CURRENCY,
        choices=[(code, f"{code} ({symbol})") for code, symbol in formats.SYMBOLS.items()],
    )  # fmt: skip
    value = Range(
        label=_("Worth of one unit of improvement a year"), required=False,
        help_text=_("Of the first primary metric: the least, the likely and the most, like 100; "
                    "120; 150. Empty: no money model."),
    )  # fmt: skip
    volume = Range(label=_("How many such units in the whole network"), required=False)
    horizon = Number(label=_("For how many years"), min_value=0, required=False)
    discount = Percent(label=_("Discount a year, %"), min_value=0, max_value=1, required=False)
    capex = Range(label=_("Cost of the roll-out"), required=False)
    running = Range(label=_("Running cost a year"), required=False)

    claim = Number(
        label=_("Improvement the vendor promises"), min_value=0, required=False,
        help_text=_("In the unit of the metric. A quarter of it is expected beforehand; with it "
                    "the worth of the pilot's information is reckoned."),
    )  # fmt: skip

    seed = forms.CharField(
        label=_("Drawn number"), max_length=100, required=False,
        help_text=_("The lot follows from it and can be drawn again by anybody. Leave ours, or "
                    "write a number drawn in front of witnesses."),
    )  # fmt: skip

    # Of each group: its title, its long answers, its short ones, whether it may stay folded.
    GROUPS = (
        (_("The question"), ("question", "hypothesis"), ("unit",), False),
        (
            _("The comparison"),
            ("kind", "draw", "balance"),
            (
                "stays",
                "treated",
                "steps",
                "block",
                "burn_in",
                "carryover",
                "share",
                "season",
                "chosen_by",
            ),
            False,
        ),
        (
            _("The primary metric"),
            ("name",),
            (
                "code",
                "metric_kind",
                "direction",
                "metric_unit",
                "threshold",
                "denominator",
                "quantile",
            ),
            False,
        ),
        (_("How it is measured"), ("definition",), (), True),
        (
            _("Days"),
            (),
            ("start", "length", "baseline", "run", "wash_in", "maturity_days", "exclude", "adjust"),
            False,
        ),
        (
            _("What is known of the readings"),
            (),
            ("sd", "icc", "cac", "readings", "size_cv", "pair_r", "skew", "site_cost"),
            False,
        ),
        (
            _("Looks, gaps and stopping"),
            ("missing_rule", "outlier", "stop_reasons"),
            (
                "spending",
                "look_at",
                "missing_share",
                "completeness",
                "source",
                "usage_code",
                "usage_share",
            ),
            True,
        ),
        (_("The decision"), ("rule",), ("scope", "roll_out_from", "extend_at_most"), False),
        (
            _("Money"),
            (),
            ("currency", "value", "volume", "horizon", "discount", "capex", "running", "claim"),
            True,
        ),
        (_("The lot"), (), ("seed",), False),
    )

    # Which ways of comparing ask a question; those not named here are asked by all.
    ONLY = {
        "treated": "parallel",
        "draw": "parallel",
        "balance": "parallel",
        "stays": "parallel",
        "before": "parallel",
        "steps": "stepped-wedge",
        "block": "switchback",
        "burn_in": "switchback",
        "carryover": "switchback",
        "share": "individual",
        "skew": "individual",
        "season": "interrupted-series",
        "pair_r": "pairs",
        "adjust": "parallel pairs",
        "seed": "parallel pairs stepped-wedge switchback",
        "icc": BY_SITE,
        "cac": BY_SITE,
        "size_cv": BY_SITE,
        "site_cost": BY_SITE,
        "takes": BY_SITE,
        "arm": " ".join(OBSERVED),
        "group": "parallel pairs",
    }

    # Questions another answer makes needless; without styles their words say so.
    WHEN: ClassVar[dict[str, str]] = {
        "balance": "lot",
        "stays": "lot",
        "before": "lot",
        "denominator": "sum",
        "quantile": "cut",
    }
