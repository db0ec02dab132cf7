"""Shapes that do not fit: of a layer and what it reads, of the output and the target."""

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.data.dataset import Data
from dlcli.engine import registry
from dlcli.engine.graph import GraphError
from dlcli.engine.spec import Spec
from dlcli.text import quoted_list
from dlcli.training.experiment import LossError


def unbuildable(config: Config, data: Data, error: GraphError) -> Problem:
    """A layer that cannot read what comes in."""
    spec = next(spec for spec in config.entries if spec.name == error.entry)
    hint = _channel(data) if "input" in spec.inputs and "(height, width, channels)" in str(error) else None
    option = _changed(config, spec.path, spec.kind, spec.options, str(error))
    return config.problem(option, str(error), hint) if option else spec.problem(str(error), hint)


def _changed(config: Config, path: str, kind: str, options: dict, problem: str) -> str | None:
    """The path of the option that an override gives to an entry of the file. Of several options it is the one that the
    problem names first."""
    file = config.span(path).source
    changed = [option for option in options if config.span(f"{path}.{kind}.{option}").source is not file]
    if len(changed) > 1:
        changed = sorted((option for option in changed if option in problem), key=problem.find)
    return f"{path}.{kind}.{changed[0]}" if changed else None


def _channel(data: Data) -> str | None:
    """A hint if the data are pictures, but their rows have another shape."""
    look = data.columns[0].picture if len(data.columns) == 1 else None
    if look is None or list(data.inputs[data.columns[0].field]) == look.shape:
        return None
    shape = look.shape
    return (
        f"`layout: channel` of the source gives {' x '.join(map(str, shape))}, and so does `reshape: "
        f"{{shape: {shape}}}`"
    )


def unreadable(config: Config, data: Data, error: LossError) -> Problem:
    """An output that the loss cannot hold against the target."""
    hint = _task(config, data, error.wrong_task) or _places(data, error.output)
    place, hint = _units(config, data, error.output) or ("loss", hint)
    named = f" (they are {quoted_list(data.labels)})" if data.labels and " classes need " in str(error) else ""
    return config.problem(place, f"the loss cannot read the output of {config.entries[-1].name}: {error}{named}", hint)


def _units(config: Config, data: Data, output: Spec) -> tuple[str, str] | None:
    """(path, hint) of the last layer's `units` or `filters`, if another number of them is all that the loss asks
    for."""
    spec, option = next(((spec, option) for spec in reversed(config.entries) for option in ("units", "filters")
                         if option in spec.options), (None, ""))
    if spec is None or not output or output[-1] != spec.options[option]:
        return None
    classes = data.target.size or 1
    quantiles = [sum(data.target[-1:]) * len(config.loss.quantiles)] if config.loss.quantiles is not None else []
    for units in dict.fromkeys((1, *data.target[-1:], classes, classes + 1, *quantiles)):
        wanted = Spec((*output[:-1], units), output.dtype, lengths=output.lengths)
        try:
            registry.create("losses", config.values["loss"]).build(wanted, data.target)
        except ValueError:
            continue
        path = f"network.{spec.name}" if spec.path.count(".") == 1 else spec.path
        return f"{path}.{spec.kind}.{option}", f"set {path}.{spec.kind}.{option}={units}"
    return None


def _task(config: Config, data: Data, wrong: bool) -> str | None:
    """A hint if the target is of the other task than the loss asks for (wrong), or has an axis too many: one-hot rows,
    several labels."""
    classes, values = data.hints.get("classes"), data.hints.get("values")
    if wrong:
        return classes if data.task == "regression" else values
    if not data.target or config.loss.prediction_layer != "sigmoid" or values is None:
        return classes
    one = f"{classes}, for cross_entropy; or " if classes else ""
    return f"{one}several labels of 0 or 1 in a row are values: {values}"


def _places(data: Data, output: Spec) -> str | None:
    """A hint if the output has other axes than the target: places of a picture or steps of a sequence too many, or of
    another number."""
    target = tuple(data.target)
    if not target and len(output) > 1:
        return (
            "put `flatten` or `global_avg_pool` before the last layer with units: else it answers at each place "
            "by itself"
        )
    if len(target) > 1 and len(output) == len(target) + 1 and tuple(output[:-1]) != target:
        return "`padding: same` keeps height and width, `upsample` and `conv2d_transpose` enlarge them, `crop` cuts"
    if len(target) > 1 and len(output) == 1:
        return "each pixel has a target: no `flatten` and no pooling over all places"
    return None
