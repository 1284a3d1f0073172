"""The names promised to whoever writes `from pochin.lab import …`: there, callable, documented."""

import importlib.util
import inspect
from pathlib import Path

import numpy as np
import pytest

import pochin.lab as lab
from pochin.lab import design
from pochin.lab.tests.plans import plan

ROOT = Path(__file__).parents[2]

# Name, what may be given in this order, and a call. Errors are raised, not called.
PROMISED = """
Protocol.parse | document | Protocol.parse(plan())
Protocol.diff | self other | PLAN.diff(PLAN)
Metric | code role kind direction unit | PLAN.metrics[0]
Estimand | target | PLAN.estimand
AnalysisPlan | method level alternative | PLAN.analysis
LookSchedule | spending at | LookSchedule("pocock", (0.5, 1.0))
DecisionRule | scope level | PLAN.decision
lock | protocol assignment | lock(PLAN)
diff | before after | diff({"a": 1}, {"a": 2})
ParallelCluster | n_units allocation n_periods strata | DESIGN
ParallelCluster.power | self effect sd icc cac cluster_size size_cv alpha alternative | \
DESIGN.power(effect=0.4, sd=1.0, icc=(0.02, 0.05, 0.10), cac=0.8, cluster_size=50, size_cv=0.65)
ParallelCluster.mde | self power | DESIGN.mde(power=0.8)
ParallelCluster.assign | self units rng | LOT
ParallelCluster.admissible | self | DESIGN.admissible()
ParallelCluster.schedule | self | DESIGN.schedule()
ParallelCluster.diagnose | self effect rule rng | \
DESIGN.diagnose(0.4, design.Rule(0.1), rng=RNG, runs=50)
complete | unit_ids n_treated rng | complete(IDS, 4, rng=RNG)
stratified | unit_ids strata rng | stratified(IDS, [0, 1] * 4, rng=RNG)
constrained | unit_ids n_treated covariates rng | \
constrained(IDS, 4, np.arange(8.0), rng=RNG, keep=0.5)
optimal_pairs | covariates | optimal_pairs(np.arange(8.0))
seed_commitment | seed | seed_commitment("17")
Assignment | schedule unit_ids | LOT
gls_variance | schedule n components | gls_variance(WEDGE, 10, FLAT)
hussey_hughes_variance | schedule n components | hussey_hughes_variance(WEDGE, 10, FLAT)
design_effect | icc cluster_size size_cv | design_effect(0.05, 50)
nct_power | noncentrality df alpha alternative | nct_power(2.8, 20)
solve | function target low high | solve(float, 0.5, 0, 1)
MomentTable | unit period metric n mean m2 | TABLE
MomentTable.merge | self others | TABLE.merge(TABLE)
MomentTable.shift | self by | TABLE.shift(1.0)
MomentTable.roll_up | self unit period | TABLE.roll_up()
srm_test | counts shares | srm_test([821588, 815482])
srm_sequential | counts shares | srm_sequential([[100, 98], [205, 199]])
completeness | received expected period_ids | completeness([[9]], [[10]], ["may"])
missingness | received expected arms | missingness([9, 9], [10, 9], [0, 1])
crossover | actual schedule | crossover([[0.0, 1.0]], [[0, 1]])
census | present assignment | census(IDS, LOT)
drift | values period_ids | drift(np.zeros(40), range(40))
unit_ttest | y arms strata variances alternative | unit_ttest(Y, LOT.arms)
ols_cr | X y cluster which kind | \
ols_cr(np.column_stack([np.ones(8), LOT.arms]), Y, range(8), 1)
reml_kr | cluster n mean ssw X | \
reml_kr(np.repeat(range(4), 2), [9] * 8, Y, [8.0] * 8, np.ones((8, 1)))
att_gt | Y first control | att_gt(np.cumsum(np.outer(Y, [1, 2]), 1), LOT.arms + 1)
UnitMeans.fit | self table assignment | UnitMeans(adjust=()).fit(TABLE, LOT)
RandomizationTest.run | self table assignment rng | \
RandomizationTest(n=99).run(TABLE, LOT, rng=RNG)
WildBootstrap | which draws | WildBootstrap(1)
holm | p_values | holm([0.01, 0.04])
benjamini_hochberg | p_values | benjamini_hochberg([0.01, 0.04])
rank_test | observed placebos | rank_test(3.0, np.arange(3.0))
non_inferiority | effect margin | non_inferiority(FIT, 0.5)
GroupSequentialTest.update | self information statistic | \
GroupSequentialTest(100.0, Spending("obrien-fleming"), planned=(0.5, 1.0)).update(50.0, 1.2)
Spending | family parameter | Spending("pocock")
ValueModel | currency per_unit volume | VALUE
CostModel | currency items | COST
npv | effect value cost rng | npv(FIT, VALUE, COST, rng=RNG)
evpi | values | evpi([-10.0, 30.0])
evsi | mean sd sampling_variance break_even slope | \
evsi(mean=1, sd=1, sampling_variance=1, break_even=1, slope=100)
evaluate_rule | rule effects metrics evidence | \
evaluate_rule(PLAN.decision, {one.code: FIT for one in PLAN.metrics}, PLAN.metrics, evidence="I")
operating_characteristics | estimates truth alpha | \
operating_characteristics(Estimates(np.ones(3), np.ones(3), np.full(3, 9.0)), 1.0)
EffectResult | estimate std_error df p_value | FIT
EffectResult.conf_int | self level | FIT.conf_int(0.90)
EffectResult.summary | self | FIT.summary()
EffectResult.to_dict | self | FIT.to_dict()
PowerResult | power df std_error min_p_value n_admissible | DESIGN.power(0.4)
LookResult | look information | LookResult
Decision | verdict colour | Decision("meets", "green", "I")
Flag | code severity message evidence at | Flag("few-units", "warn", "Few.")
"""
ERRORS = {
    "LabError": ("DesignError", "DataError", "EstimationError", "ProtocolViolation"),
    "DesignError": ("TooFewUnits", "NotRandomizable"),
    "DataError": ("SchemaMismatch", "SampleRatioMismatch", "Immature"),
    "EstimationError": ("NotIdentified", "Singular", "NoConvergence"),
}
ROWS = [
    [part.strip() for part in line.split("|")]
    for line in PROMISED.strip().replace("\\\n", "").splitlines()
]
# What holds values computes nothing, so it has no work to name.
HOLDS = """
AnalysisPlan ArmMoments Assignment Components CostItem CostModel Decision DecisionRule EffectResult
Estimand Evaluation Flag LookResult LookSchedule Metric PowerResult Protocol Provenance Range
ValueModel diff evaluate_plan evaluate_rule
"""


def words():
    """What the calls of the table speak of."""
    rng = np.random.default_rng(1)
    ids = list("abcdefgh")
    offices = lab.ParallelCluster(n_units=8, allocation=(4, 4))
    lot = offices.assign(ids, lab.generator("17"))
    y = rng.normal(size=8) + lot.arms
    table = lab.MomentTable(ids, [0] * 8, ["m"] * 8, [9] * 8, y, [8.0] * 8)
    one = lab.Range.certain(1.0)
    return {name: getattr(lab, name) for name in lab.__all__} | {
        "np": np,
        "design": design,
        "plan": plan,
        "PLAN": lab.Protocol.parse(plan()),
        "DESIGN": offices,
        "RNG": rng,
        "IDS": ids,
        "LOT": lot,
        "Y": y,
        "TABLE": table,
        "FIT": lab.UnitMeans().fit(table, lot),
        "WEDGE": np.triu(np.ones((4, 5)), 1),
        "FLAT": lab.Components(1.0, 0.1),
        "VALUE": lab.ValueModel("RUB", one, one, 1.0),
        "COST": lab.CostModel("RUB", (lab.CostItem("all", "capex", one),)),
        "Estimates": importlib.import_module("pochin.lab.simulate").Estimates,
    }


@pytest.mark.parametrize(("name", "given", "call"), ROWS, ids=[row[0] for row in ROWS])
def test_a_promised_name_takes_what_was_promised_and_answers(name, given, call):
    top, _, rest = name.partition(".")
    thing = getattr(lab, top)
    thing = getattr(thing, rest) if rest else thing
    known = list(inspect.signature(thing).parameters)

    assert [one for one in given.split() if one not in known] == []
    assert eval(call, words()) is not None


@pytest.mark.parametrize("above", ERRORS)
def test_errors_have_the_promised_family(above):
    for name in ERRORS[above]:
        assert issubclass(getattr(lab, name), getattr(lab, above))


@pytest.mark.parametrize("name", lab.__all__)
def test_a_public_docstring_says_shapes_or_arguments_errors_and_source(name):
    thing = getattr(lab, name)
    if isinstance(thing, type) and issubclass(thing, Exception):
        return
    methods = vars(thing).values() if isinstance(thing, type) else ()
    own = [one for one in methods if inspect.isfunction(one) and not one.__name__.startswith("_")]
    told = "\n".join(inspect.getdoc(one) or "" for one in (thing, *own))

    assert any(word in told for word in ("Args:", "Attributes:", "shape", "Shape"))
    if name in HOLDS.split():
        return
    assert "Source:" in told
    if "raise " in inspect.getsource(thing):
        assert "Raises" in told


def test_the_page_of_names_is_written_from_the_code():
    spec = importlib.util.spec_from_file_location("lab_names", ROOT / "tools" / "lab_names.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)

    assert tool.PAGE.read_text(encoding="utf-8") == tool.page()
