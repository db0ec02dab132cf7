"""The width of the last layer, if the config leaves it to the target."""

from dataclasses import replace

from dlcli.config.config import Config
from dlcli.data.dataset import Data
from dlcli.engine.loss import Loss
from dlcli.engine.spec import Spec


def fill_units(config: Config, data: Data) -> None:
    """Write the `units` of the last `linear` into the config, if they are left out and the loss asks for one width."""
    spec = next((spec for spec in reversed(config.entries) if spec.kind == "linear"), None)
    if spec is None or spec.options["units"] != "auto" or spec.path.count(".") > 1:
        return
    units = width(config.loss, data.target)
    if units is not None:
        entry = config.values["network"][int(spec.path.split(".")[1])]
        spec.options["units"] = entry["linear"]["units"] = units


def width(loss: Loss, target: Spec) -> int | None:
    """How many numbers a loss reads at each place of the target; None if none of the usual ones fits."""
    if target.dtype == "float":
        shapes = [(*target[:-1], target[-1] * len(loss.quantiles or (0,)))] if target else []
    else:
        shapes = [(*target, units) for units in (target.size, 1)]
        shapes += [(2 * target[0] + 1, target.size + 1)] if target else []       # ctc: steps enough, and a blank
    for shape in shapes:
        try:
            replace(loss).build(Spec(shape, lengths=target.lengths), target)
        except ValueError:
            continue
        return shape[-1]
    return None
