"""What the lab noticed in readings and results, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext, gettext_noop

from pochin.lab.plurals import numbered
from pochin.pilots import design_words
from pochin.ui import formats

PLACE = re.compile(r"%\((\w+)\)([.\d]*[dsfg])|%%")
DIGITS = re.compile(r"\d+")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")
WITHOUT = "att without donor "
SUMS = {"actual", "high"}  # the lab writes them in hundredths
MINOR = 100
LEAST_P = 0.001  # Smaller ones say no more to a reader.

# The lab speaks English; its sentences stand here once more so that they are translated.
SENTENCES = (
    gettext_noop(
        "The lot has %(assignments)d outcomes, so no p-value can be below %(floor).3g; the "
        "level is %(alpha).3g. %(needed)d units would do."
    ),
    gettext_noop(
        "Only %(kept)d assignments stay in the lot, and %(pairs)d pairs of units share an arm in "
        "three quarters of them or more; keep a larger share."
    ),
    gettext_noop(
        "Ranks among units have %(assignments)d outcomes here, so no p-value can be below "
        "%(floor).3g; the level is %(alpha).3g. %(needed)d units in all would do."
    ),
    gettext_noop(
        "The number the plan commits to has %(digits)d digits, so anybody finds it by trying and "
        "knows the lot before it is drawn; commit to one made by “pochin seed”."
    ),
    gettext_noop("There are %(units)d units; below %(usual)d, read the randomisation p-value."),
    gettext_noop(
        "%(lost)d of %(planned)d units no longer send data; the smallest p-value is now "
        "%(floor).3g."
    ),
    gettext_noop(
        "Lots are drawn for each %(drawn)s, so %(analysed)s cannot be the unit of the analysis."
    ),
    gettext_noop(
        "Power is %(best).0f %% if the ICC is %(low).3g, but %(worst).0f %% if it is %(high).3g."
    ),
    gettext_noop("Even at the middle guess the plan shows its effect with %(power).0f %% only."),
    gettext_noop(
        "Units vary %(ratio).2f times as much as planned; %(units)d units would keep the power."
    ),
    gettext_noop("The ICC turned out %(icc).3g; the plan reckoned with %(low).3g to %(high).3g."),
    gettext_noop("Sizes of units vary by %(cv).0f %% of their mean; say whose average is wanted."),
    gettext_noop("The ratio of volumes between arms moved by %(change).0f %% since the baseline."),
    gettext_noop(
        "The average over units is %(units).3g, over participants %(participants).3g: large"
        " and small units react differently."
    ),
    gettext_noop(
        "Arms of %(control)d and %(treatment)d units are compared by Welch's test, because "
        "the pooled one rejects a true null too often."
    ),
    gettext_noop("%(pairs)d pairs of units are always in the same arm; keep more assignments."),
    gettext_noop(
        "Before the start the arms differ by %(difference).2f standard deviations in “%(name)s”."
    ),
    gettext_noop("Nobody can check the lot afterwards: the plan holds no commitment to a seed."),
    gettext_noop(
        "%(share).0f %% of unit-periods worked otherwise than the lot said; the plan allows"
        " %(allowed).0f %%."
    ),
    gettext_noop("The lot moved the exposure too little to scale the effect by it."),
    gettext_noop(
        "There are no baseline periods: attention of the first weeks cannot be told apart."
    ),
    gettext_noop("The effect is not the same at every exposure time; read the curve."),
    gettext_noop(
        "%(pairs)d pairs of treated and control units lie within %(buffer)g km of each other; "
        "merge or part them."
    ),
    gettext_noop(
        "%(pairs)d pairs of units lie within %(buffer)g km of each other, and the lot may part "
        "them; merge them into one unit or give them one turn."
    ),
    gettext_noop(
        "The plan does not say how long the solution is felt after it stops; blocks must be "
        "twice as long as that."
    ),
    gettext_noop(
        "%(burn_in)d periods are left out at the start of each block, but the solution is felt "
        "for %(carryover)d after it stops."
    ),
    gettext_noop("“%(name)s” is a share, and the plan does not say of what."),
    gettext_noop(
        "The plan sets no limit for missing readings; more than %(allowed).0f %% will stop the "
        "result."
    ),
    gettext_noop(
        "The plan gives readings no days to arrive: a period counts as complete on the day it ends."
    ),
    gettext_noop(
        "The plan does not say what share of people comes into each arm; equal shares will be "
        "expected."
    ),
    gettext_noop(
        "The plan names no reason to stop early; an early end will leave it without a result."
    ),
    gettext_noop(
        "Every cost of the plan is a single number; say between what and what it may lie."
    ),
    gettext_noop(
        "Tried out with the arms shuffled, the plan's analysis gives no number: %(reason)s"
    ),
    gettext_noop(
        "Along the run the effect moves by %(change).3g from its first period to its last (p "
        "%(p_value).3f): look at its course before relying on the average."
    ),
    gettext_noop("The twin has only %(periods)d periods before the start to follow."),
    gettext_noop("Control units near treated ones differ from those far away (p %(p_value).3f)."),
    gettext_noop(
        "Without the neighbours of treated units the effect is %(without).3g, with them "
        "%(with_all).3g."
    ),
    gettext_noop(
        "Blocks of %(block)d periods are shorter than twice the carryover of %(carryover)d."
    ),
    gettext_noop(
        "Starts of blocks still show the block before (p %(p_value).3f); drop more of them."
    ),
    gettext_noop(
        "The run of %(days)d days is not whole weeks, so the arms see different weekdays."
    ),
    gettext_noop(
        "%(name)s falls into period %(period)s; exclude it in the plan or keep it for ever."
    ),
    gettext_noop("The control units changed around period %(period)s (p %(p_value).3f)."),
    gettext_noop("%(count)d periods were left out that the plan does not exclude: %(periods)s."),
    gettext_noop(
        "In a stepped wedge time and solution grow together; only the periods' own levels "
        "part them."
    ),
    gettext_noop(
        "The registered analysis gives %(primary).3g, the comparison within periods %(other).3g."
    ),
    gettext_noop(
        "%(share).1f %% of expected readings are missing; the plan allows %(allowed).1f %%."
    ),
    gettext_noop(
        "Readings are missing more in one arm than in the other, by %(difference).1f "
        "points; the plan allows %(allowed).1f."
    ),
    gettext_noop(
        "The finding would turn if the missing readings were %(tipping).3g worse than the others."
    ),
    gettext_noop(
        "Period %(period)s holds %(share).0f %% of what is expected; a look needs %(needed).0f %%."
    ),
    gettext_noop("%(count)d readings stand more than once (%(share).2f %%)."),
    gettext_noop(
        "%(count)d readings lie outside the pilot's time or were received before they happened."
    ),
    gettext_noop("%(count)d units send data that the plan does not know: %(units)s."),
    gettext_noop(
        "The number of readings of “%(unit)s” jumped by a factor of %(factor).2f at %(period)s."
    ),
    gettext_noop("The metric's definition is no longer the one that was locked."),
    gettext_noop(
        "The arms hold %(counts)s subjects where %(expected)s were expected (p %(p_value).2g)."
    ),
    gettext_noop("This look is not in the plan; before the planned one only counts are shown."),
    gettext_noop(
        "A first look at %(share).0f %% can stop nothing: the lot allows no p-value below "
        "%(floor).3g."
    ),
    gettext_noop(
        "There are %(count)d primary metrics without a correction; name one or use Holm's."
    ),
    gettext_noop(
        "%(count)d metrics of the readings were not named before the start; what they show is "
        "a hint, not proof."
    ),
    gettext_noop("The plan was changed after outcomes had been seen."),
    gettext_noop(
        "%(units)d units are in pilot %(other)s at the same time; it is written why the two do "
        "not disturb each other."
    ),
    gettext_noop("%(count)d rows repeat others; each reading counts once."),
    gettext_noop("%(count)d rows lie outside the pilot's time; they were set aside."),
    gettext_noop("%(count)d rows name units that the plan does not know; they were set aside."),
    gettext_noop("“%(reason)s” is not one of the reasons to stop that the plan names."),
    gettext_noop("The pilot was stopped at %(share).0f %% for a reason outside its boundaries."),
    gettext_noop(
        "Units were chosen by their baseline and nobody is compared at the same time: the "
        "worst get better by themselves."
    ),
    gettext_noop(
        "With %(treated)d treated and %(comparison)d comparison units no p-value can be "
        "below %(floor).3g: an indication."
    ),
    gettext_noop("%(count)d comparison units got the solution: %(units)s."),
    gettext_noop("A group that starts together is small."),
    gettext_noop("The groups moved apart before the start."),
    gettext_noop(
        "Trends that differ a little more than before the start would explain the effect."
    ),
    gettext_noop("Too few earlier periods to see trends."),
    gettext_noop("Nothing is compared at the same time; such a pilot can be a first hint only."),
    gettext_noop(
        "%(treatment)d treated and %(control)d control units dropped out (p %(p_value).3f)."
    ),
    gettext_noop("“%(item)s” has cost %(actual)s; the plan reckoned with at most %(high)s."),
    gettext_noop(
        "%(units)d units are in pilot %(other)s at the same time; exclude them or cross the two."
    ),
    gettext_noop("The plan is not the one that was locked: its hash differs."),
    gettext_noop("Many columns adjust few units."),
    gettext_noop(
        "With skewness %(skewness).1f an arm needs %(needed)d subjects for a nominal "
        "interval; the smaller has %(subjects)d."
    ),
    gettext_noop(
        "Where the solution of pilot %(other)s works too the effect is %(with_other).3g, elsewhere "
        "%(without_other).3g (p %(p_value).3f): the two do not simply add up."
    ),
    gettext_noop(
        "Too few units have only one of the two solutions, so what pilot %(other)s did cannot be "
        "told from this effect."
    ),
    gettext_noop("The twin does not follow the unit."),
    gettext_noop("The twin fits worse than most placebos."),
    gettext_noop("One donor less turns or halves the effect."),
    gettext_noop("The series wanders too much for a test."),
    gettext_noop("Neighbouring counts go together."),
    gettext_noop("Pairs of blocks are left out."),
    gettext_noop("The lot and the model judge differently."),
    gettext_noop("People are counted anew in each period."),
    gettext_noop("A metric has no readings."),
    gettext_noop("An arm is empty."),
    gettext_noop("The method finds no estimate in these data."),
    gettext_noop("The money of the effect cannot be told."),
    gettext_noop("A variance is estimated as zero."),
    gettext_noop("Units could not all be exchanged."),
    gettext_noop("Cells of unit and period have no data."),
    gettext_noop("Pairs lost a unit and are left out."),
    gettext_noop("Units are left out of the comparison."),
    gettext_noop("Units have no data in the run."),
    gettext_noop("Units lack a value from before."),
    gettext_noop("The readings hold nothing of the primary metric “%(metric)s”."),
    gettext_noop("One of the arms has no people, so nothing can be compared."),
    gettext_noop("“%(metric)s” could not be estimated: %(reason)s"),
    gettext_noop(
        "By the t interval the finding is “%(t)s”, by the lot alone “%(lot)s”; with so few "
        "units rely on the lot."
    ),
    gettext_noop("The money could not be counted: %(reason)s"),
    gettext_noop(
        "People are counted anew in each of %(periods)d periods; send the run as one period."
    ),
    gettext_noop(
        "With %(treatment)d treated and %(control)d untreated units standard errors "
        "mislead; rank the treated among all units instead."
    ),
    gettext_noop("Only %(units)d units started in %(start)s: that group's effects are vague."),
    gettext_noop("The groups did not move alike before the start (p %(p_value).3f)."),
    gettext_noop(
        "The effect is in doubt if trends part by %(breakdown).2f of the largest step seen "
        "before the start."
    ),
    gettext_noop("%(columns)d columns adjust %(units)d units; with so few, one or two are safe."),
    gettext_noop(
        "There is no comparator: whatever else happened at the start is in this step, so it"
        " is not called an effect."
    ),
    gettext_noop(
        "%(before)d periods before and %(after)d after are too few for a series; describe "
        "it without a test."
    ),
    gettext_noop(
        "The series wanders (autocorrelation %(autocorrelation).2f), so a step cannot be "
        "told from chance; describe it without a test."
    ),
    gettext_noop(
        "Counts of neighbouring periods go together (autocorrelation "
        "%(autocorrelation).2f), which this model leaves out; use kind “log-rate”."
    ),
    gettext_noop(
        "Judged by ranks among placebos: an indication with %(treated)d treated units, and "
        "no p-value below %(p_floor).3f."
    ),
    gettext_noop("%(units)d untreated units have periods without readings, and are left out."),
    gettext_noop("%(missing)d of %(cells)d planned cells of unit and period hold no readings."),
    gettext_noop(
        "The sequences leave periods out, so shuffling them also shuffles who was observed;"
        " the permutation is then approximate."
    ),
    gettext_noop(
        "The variance of %(components)s is estimated as zero, where the model's "
        "approximation is weak."
    ),
    gettext_noop(
        "The effect is not the same at every exposure time (p %(p_value).3f); read the "
        "curve, and the average over it rather than one coefficient."
    ),
    gettext_noop("%(count)d pairs lost a unit and are left out: %(pairs)s."),
    gettext_noop("%(units)d units have no readings before or none after, and are left out."),
    gettext_noop("%(missing)d planned cells of unit and period hold no readings."),
    gettext_noop(
        "Only %(treated)d units were treated: this is an indication, and no data could give"
        " a p-value below %(p_floor).3f."
    ),
    gettext_noop("Few did as the lot said (first-stage F %(f).1f): the effect on them is vague."),
    gettext_noop(
        "Before the start the twin misses the unit by %(misfit).3g, which is more than "
        "%(most).2g of the spread between units (%(spread).3g)."
    ),
    gettext_noop("Before the start the twin fits worse than %(share).0f%% of the placebos."),
    gettext_noop("The twin was fitted to %(periods)d periods only."),
    gettext_noop(
        "One unit was treated: this is an indication, and no data could give a p-value "
        "below %(p_floor).3f."
    ),
    gettext_noop("%(units)d donors have periods without readings, and are left out."),
    gettext_noop("%(estimand)s the effect is %(estimate).3g: it leans on that unit."),
    gettext_noop("%(lost)d pairs of blocks have no readings on a side, and are left out."),
    gettext_noop(
        "Within the blocks the difference still moves, by %(change).3g from their first "
        "half to their second (p %(p_value).3f): the past acts longer than the burn-in."
    ),
    gettext_noop("%(count)d units have no data in the run: %(units)s."),
    gettext_noop("%(count)d units lack a value from before: %(units)s."),
)
# Why a number could not be had; “{}” stands for a number.
REASONS = (
    gettext_noop("The effect has no standard error, so the spread of its money is unknown."),
    gettext_noop("An improvement is worth nothing here, so no effect breaks even."),
    gettext_noop("The interval of the effect is unbounded, so its money is unknown."),
    gettext_noop("Rows within units do not vary, so the correlation has no value."),
    gettext_noop("The correlation within units needs two units with two rows each."),
    gettext_noop("The values do not vary around the model; nothing can be judged."),
    gettext_noop("Only one of the arms has data, so nothing can be compared."),
    gettext_noop("Each arm needs two units with data, or spread is unknown."),
    gettext_noop("Adjusting needs the moments of a value from before."),
    gettext_noop("The value from before is constant, so it cannot adjust anything."),
    gettext_noop("Each arm needs three people for a slope of its own."),
    gettext_noop("The value from before is constant in an arm, so it cannot adjust."),
    gettext_noop("The values lie on a line, so there is no spread to judge by."),
    gettext_noop("Control is not told apart from zero, so no share of it can be told."),
    gettext_noop("A standard error needs two units in each arm; rank them instead."),
    gettext_noop("A comparison needs units that are treated and units that are not."),
    gettext_noop("The untreated units do not vary, so there is nothing to rank by."),
    gettext_noop("Too few units have readings in every period for a curve over time."),
    gettext_noop("Trends cannot be judged by one period before the start."),
    gettext_noop("All units change alike, so there is no spread to judge by."),
    gettext_noop("The series has gaps; fill the calendar or shorten the series."),
    gettext_noop("The columns of the model repeat each other."),
    gettext_noop("The series does not vary once the model is taken out of it."),
    gettext_noop("An exposure is missing or not positive."),
    gettext_noop("A count is missing or negative."),
    gettext_noop("Nothing was counted, or the model has more columns than the series tells."),
    gettext_noop("The rates did not settle; some periods hold no counts at all."),
    gettext_noop("A series needs one start for all, and periods before it."),
    gettext_noop("The solution is taken away again, so there is no single step."),
    gettext_noop("A unit has periods without readings; leave the unit or period out."),
    gettext_noop("Counts have no difference of series; use kind “log-rate”."),
    gettext_noop("The variances could not be estimated: the likelihood has no clear top."),
    gettext_noop("The outcome does not vary once the model is taken out of it."),
    gettext_noop("The cells, their counts, means and design differ in length."),
    gettext_noop("A cell has no rows, or a count, mean or design that is no number."),
    gettext_noop("A column of the model is zero everywhere."),
    gettext_noop("The columns of the model repeat each other, so the effect is not told apart."),
    gettext_noop("The cells are too few to tell the variances."),
    gettext_noop("The cells are too few to tell the variances from each other."),
    gettext_noop("An arm has fewer than two units, so its spread is unknown."),
    gettext_noop("Both arms are constant, so the difference has no spread to judge by."),
    gettext_noop("The mean of control is not positive, so no share of it can be told."),
    gettext_noop("Both arms are constant, so the change has no spread to judge by."),
    gettext_noop("Everybody has the same value, so there is no spread to judge by."),
    gettext_noop("A share needs values that are 0 or 1."),
    gettext_noop("One pair has no spread to judge by; two or more are needed."),
    gettext_noop("All pairs differ by the same amount, so there is no spread to judge by."),
    gettext_noop("A pair has no weight; leave it out."),
    gettext_noop("No reading belongs to a unit and a period of the assignment."),
    gettext_noop("This method needs units that start together and units that never start."),
    gettext_noop(
        "This method needs periods before the start and the solution in all periods after."
    ),
    gettext_noop("A histogram of this kind holds numbers that are not negative."),
    gettext_noop("Histograms merge when they are there and have one width."),
    gettext_noop("There are no values, so there is no quantile."),
    gettext_noop("A ratio needs the moments of its denominator."),
    gettext_noop("The table holds no moments of its denominator."),
    gettext_noop("The table holds no moments of a value from before."),
    gettext_noop("The denominator is not positive, so the ratio has no value."),
    gettext_noop("Both ratios are without spread, so there is nothing to judge by."),
    gettext_noop("The ratio of control is not positive; no share can be told."),
    gettext_noop(
        "Needed are treated and untreated units, two periods before the start and one after."
    ),
    gettext_noop("A value is missing; this method needs every period of every unit."),
    gettext_noop("A treated unit has periods without readings."),
    gettext_noop("The covariates separate the treated from the others; leave some of them out."),
    gettext_noop("No unit never starts; compare with those that have not yet started."),
    gettext_noop("Nobody starts after the first period, so there is no before."),
    gettext_noop("No group has a period to compare with before its start."),
    gettext_noop("A group or those it is compared with have no readings in a period."),
    gettext_noop("The covariates repeat each other among the units compared with."),
    gettext_noop("No group has two periods before its start to test."),
    gettext_noop("The effects before the start repeat each other; there are few units."),
    gettext_noop("There are too few units to test so many periods before the start together."),
    gettext_noop("No group is seen after its start beside units to compare with."),
    gettext_noop("The solution is taken away again, which this method cannot follow."),
    gettext_noop("In no period do units with and without the solution work side by side."),
    gettext_noop("The solution was never observed after its wash-in."),
    gettext_noop("An exposure time to average over was never observed."),
    gettext_noop("Fewer than two pairs of blocks have readings on both sides."),
    gettext_noop("A block changes within itself; the block length is another one."),
    gettext_noop(
        "Two blocks of a pair are alike; use Horvitz–Thompson where each block has a coin."
    ),
    gettext_noop("No period has a past of one kind in these blocks."),
    gettext_noop("A block has periods without readings; compare pairs of blocks instead."),
    gettext_noop("All pairs differ by the same amount, so there is no spread."),
    gettext_noop("A twin needs periods before the start and after it."),
    gettext_noop("A value is missing; a twin needs every period of every unit."),
    gettext_noop("Each predictor needs a value for the treated unit and every donor."),
    gettext_noop("A predictor is the same everywhere; leave it out."),
    gettext_noop("A twin is made for one unit; for several use their mean or SDID."),
    gettext_noop("The treated unit has periods without readings."),
    gettext_noop("A twin needs two donors with readings in every period."),
    gettext_noop("All units are the same, so there is nothing to follow."),
    gettext_noop("The weights of the donors did not settle."),
    gettext_noop("The treatment does not vary beside the effects of units and periods."),
    gettext_noop("Outcomes, units, periods and treatments differ in length."),
    gettext_noop("There is no positive finding that missing readings could turn."),
    gettext_noop("A column is zero everywhere, so its effect has no value."),
    gettext_noop("Columns of the model repeat each other; leave some of them out."),
    gettext_noop("Columns, outcome and clusters differ in length."),
    gettext_noop("A row holds something that is not a number."),
    gettext_noop("One cluster has nothing to be compared with."),
    gettext_noop("The estimate has no spread between clusters to judge by."),
    gettext_noop("There are too few clusters to test these contrasts together."),
    gettext_noop("There is no untreated unit to compare the treated one with."),
    gettext_noop("No value differs from another, so no lot differs from another."),
    gettext_noop("One pair has nothing to be compared with."),
    gettext_noop("Units follow more than two schedules; test their sequences."),
    gettext_noop("There is no donor to weigh."),
    gettext_noop("A ratio needs its denominator in the table."),
    gettext_noop("A quantile over people needs their histogram, not moments."),
    gettext_noop("The readings leave nothing that could be computed with."),
    gettext_noop("The columns differ in length."),
    gettext_noop("The tables cannot be merged: their columns differ."),
    gettext_noop("One of the arms has no unit with data, so nothing can be compared."),
    gettext_noop("The assignment has no pairs; compare the units as two groups."),
    gettext_noop("No pair has data of both its units, so nothing can be compared."),
    gettext_noop("The readings are too alike, or too far apart, to be computed with."),
    gettext_noop(
        "{} pilots are closed; a portfolio's own prior needs {}. Use the registered "
        "sceptical prior."
    ),
    gettext_noop("{} units cannot carry {} coefficients; adjust by less."),
    gettext_noop("With {} units in an arm a standard error misleads; use ranks instead."),
    gettext_noop("{} periods are too few for this model."),
    gettext_noop("{} cells are too few for a model of {} coefficients."),
    gettext_noop("{} values are too few for an interval of this quantile."),
    gettext_noop("{} untreated units cannot stand in for {} treated ones."),
    gettext_noop("A carryover of {} periods outlasts blocks of {}."),
    gettext_noop("{} rows are too few for {} coefficients."),
    gettext_noop("{} values cannot carry {} coefficients."),
    gettext_noop("Name one metric; the table holds {}."),
    *design_words.REASONS,
)
WORDS = {
    "capex": gettext_noop("Cost of the roll-out"),
    "running": gettext_noop("Running cost a year"),
    "meets": gettext_noop("meets the threshold"),
    "harm": gettext_noop("harm"),
    "promising": gettext_noop("promising"),
    "no-effect-shown": gettext_noop("no effect shown"),
    "inconclusive": gettext_noop("inconclusive"),
    "residual": gettext_noop("single readings"),
    "cluster": gettext_noop("units of the lot"),
    "cluster_period": gettext_noop("periods of a unit"),
    "vendor": gettext_noop("money of the vendor"),
    "post": gettext_noop("money of the post"),
    "grant": gettext_noop("money of a grant"),
    "other": gettext_noop("money of another source"),
    "treatment": gettext_noop("with the solution"),
    "control": gettext_noop("without"),
}


def told(message: str, evidence: Mapping[str, Any]) -> str:
    """A sentence of the lab with its places filled."""
    if not evidence:
        return gettext(message)
    said = PLACE.sub(lambda found: _filled(found, evidence), gettext(message))
    # Russian sentences name what is counted before its number, so they have one form.
    return said if formats.language() == "ru" else numbered(said.replace(" %", "%"))


def _filled(place: re.Match[str], evidence: Mapping[str, Any]) -> str:
    name, kind = place.groups()
    if name is None:
        return "%"
    value = evidence[name]
    if value is None:
        return formats.DASH
    if isinstance(value, str):
        return _word(value)
    if name in SUMS and kind == "s":
        return formats.number(value / MINOR)
    small = name == "p_value" and value < LEAST_P
    written = f"< {LEAST_P}" if small else f"%{kind}" % value
    written = written.replace("-", formats.MINUS) if value < 0 else written
    # A sentence in Russian writes 0,05 where English has 0.05.
    return written.replace(".", ",") if formats.language() == "ru" else written


def _word(value: str) -> str:
    if value.startswith(WITHOUT):
        return gettext("Without “%(unit)s”") % {"unit": value.removeprefix(WITHOUT)}
    parts = value.split(", ")
    if all(DAY.match(part) for part in parts):
        return ", ".join(formats.day(date.fromisoformat(part)) for part in parts)
    if all(part in WORDS for part in parts):
        return ", ".join(gettext(WORDS[part]) for part in parts)
    return reason(value)


def reason(value: str) -> str:
    """Why the lab could not compute, in the reader's language; other words stay as they are."""
    if value in REASONS:
        return gettext(value)
    pattern = DIGITS.sub("{}", value)
    return gettext(pattern).format(*DIGITS.findall(value)) if pattern in REASONS else value
