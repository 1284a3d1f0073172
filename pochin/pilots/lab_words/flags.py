"""What the lab may notice; it speaks English, so its sentences stand here to be translated."""

from __future__ import annotations

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop(
        "The run was extended by people who had its result before them (times: %(times)d): chance "
        "had as many more tries to pass the threshold."
    ),
    gettext_noop(
        "%(treatment)d of %(treated)d units with the solution and %(control)d of %(compared)d for "
        "comparison left for good during the run. They are counted in the group they were given, "
        "with the readings there are."
    ),
    gettext_noop(
        "Left because of the solution, or perhaps because of it: %(count)d. Those that stayed may "
        "show it better than it is."
    ),
    gettext_noop(
        "Had every reading that is missing since then been as bad, or as good, as the worst and "
        "the best that were seen, the effect would lie between %(low).3g and %(high).3g."
    ),
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
        "The plan commits to a short number or a date, so anybody finds it by trying and knows the "
        "lot before it is drawn; commit to one made by “pochin seed”."
    ),
    gettext_noop(
        "The number that was drawn is so short that whoever tried all like it knew the lot before; "
        "commit to one made by “pochin seed” next time."
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
    gettext_noop(
        "With %(units)d units in one arm the t-test may take chance for an effect in up to "
        "%(worst)d cases of 100 instead of %(usual)d; believe the p-value by lot."
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
    gettext_noop("“%(metric)s” had the same value everywhere, so its limit cannot be judged."),
    gettext_noop(
        "“%(metric)s”: readings are missing more in one arm than in the other, by "
        "%(difference).1f points; its limit is judged by what is there."
    ),
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
        "Treated units have %(times).1f times fewer readings than the middle one of the others. "
        "Ranks take units for alike, so chance makes such an effect more often than the p-value "
        "says; rank by size, or choose a middle unit."
    ),
    gettext_noop(
        "Without the neighbours of treated units %(units)d are left in one arm: that comparison "
        "may take chance for an effect in up to %(worst)d cases of 100 instead of %(usual)d."
    ),
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
