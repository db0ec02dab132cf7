"""Every check, in causal order: what stands earlier can explain what stands later, never the other way round."""

from dlcli.health.checks.data import InputsScaled, TargetScaled
from dlcli.health.checks.numbers import NotFinite
from dlcli.health.checks.outcome import NothingLearned, Overfitting
from dlcli.health.checks.propagation import ExplodingAtStart, PropagationInTraining, VanishingAtStart
from dlcli.health.checks.scale import InitScale
from dlcli.health.checks.units import DeadAtStart, DeadInTraining, SaturatedAtStart, SaturatedInTraining
from dlcli.health.finding import Check

CHECKS: tuple[Check, ...] = (
    InputsScaled(), TargetScaled(), InitScale(), DeadAtStart(), SaturatedAtStart(), ExplodingAtStart(),
    VanishingAtStart(), NotFinite(), DeadInTraining(), SaturatedInTraining(), PropagationInTraining(),
    NothingLearned(), Overfitting())
