"""Designs of pilots: what each can show, what it costs, how it behaves before anybody starts."""

from pochin.lab.design.balance import Balance
from pochin.lab.design.base import Design, MarginalSite
from pochin.lab.design.diagnosis import Diagnosis, Scenario
from pochin.lab.design.differences import DifferenceInDifferences
from pochin.lab.design.individual import Individual
from pochin.lab.design.of_plan import design_of_plan, rule_of_plan
from pochin.lab.design.pairs import PairedCluster
from pochin.lab.design.parallel import ParallelCluster
from pochin.lab.design.rule import Rule
from pochin.lab.design.series import InterruptedSeries
from pochin.lab.design.stepped_wedge import SteppedWedge
from pochin.lab.design.switchback import Switchback
from pochin.lab.design.synthetic import SyntheticControl

__all__ = [
    "Balance",
    "Design",
    "Diagnosis",
    "DifferenceInDifferences",
    "Individual",
    "InterruptedSeries",
    "MarginalSite",
    "PairedCluster",
    "ParallelCluster",
    "Rule",
    "Scenario",
    "SteppedWedge",
    "Switchback",
    "SyntheticControl",
    "design_of_plan",
    "rule_of_plan",
]
