"""Every cause, which is the listing of this folder, and every check that finds one, in causal order."""

from dlcli.engine import registry
from dlcli.health.cause import Cause
from dlcli.health.finding import Check
from dlcli.health.gauge import Gauge

CAUSES: dict[str, Cause] = {name: registry.find("health.causes", name)() for name in registry.kinds("health.causes")}
CHECKS: tuple[Check, ...] = tuple(
    check() for check in sorted({check for cause in CAUSES.values() for check in cause.checks}, key=lambda c: c.place)
)
"""What stands earlier can explain what stands later, never the other way round."""
GAUGES: tuple[type[Gauge], ...] = tuple(dict.fromkeys(check.gauge for check in CHECKS if check.gauge))
"""What the checks measure."""
