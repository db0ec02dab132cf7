"""What is measured and monitored."""

from collections.abc import Iterator

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.data.dataset import Data
from dlcli.engine import registry
from dlcli.engine.metric import Metric

DEFAULT_METRICS = {"classification": ("accuracy",), "regression": ("rmse", "r2")}
WHOLE_ROWS = ("token_error_rate", "sequence_accuracy")
"""What is measured if output and target are sequences of lengths of their own."""
_APART = "place by place, and with {} output and target have no places in common"


def chosen(config: Config, data: Data) -> list[Metric]:
    """Those of the config, or of the task; and what the loss or early stopping goes by."""
    metrics, stop = config.metrics, config.training.early_stop
    if metrics is None:
        kinds = DEFAULT_METRICS[data.task] if config.loss.aligned else WHOLE_ROWS
        metrics = [registry.create("metrics", kind) for kind in kinds]
    if data.task != "classification":
        return metrics
    mistakes = stop is not None and stop.mistakes is not None and config.loss.aligned
    asked = {config.loss.monitored, "accuracy" if mistakes else "loss"} - {"loss"}
    return [*metrics, *(registry.create("metrics", kind) for kind in asked.difference(m.kind for m in metrics))]


def metrics(config: Config, data: Data, metrics: list[Metric]) -> Iterator[Problem]:
    """Each metric stands there once and can read the target; the value that is monitored is one of them."""
    stop, monitor = config.training.early_stop, config.training.monitor
    if stop is not None and stop.mistakes is not None and data.task != "classification":
        problem = "only classes can be mistaken, and the target here is a value"
        yield config.problem("training.early_stop.mistakes", problem, data.hints.get("classes"))
    elif stop is not None and stop.mistakes is not None and not config.loss.aligned:
        yield config.problem("training.early_stop.mistakes", f"mistakes are counted {_APART.format(config.loss.kind)}")
    kinds = [metric.kind for metric in metrics]
    for i, metric in enumerate(metrics):
        if metric.kind in kinds[:i]:
            yield config.problem(
                f"metrics.{i}", f"{metric.kind} is listed twice, and what is written down goes by this name"
            )
        if not (config.loss.aligned or metric.whole_rows):
            yield config.problem(
                f"metrics.{i}",
                f"{metric.kind} compares {_APART.format(config.loss.kind)}",
                f"{' and '.join(WHOLE_ROWS)} compare whole rows",
            )
            continue
        if metric.quantiles and config.loss.quantiles is None:
            yield config.problem(f"metrics.{i}", f"{metric.kind} judges quantiles, and {config.loss.kind} fits none",
                                 "the loss `pinball` fits them")
        try:
            metric.start(data.target, 1 if data.positive is None else data.positive)
        except ValueError as error:
            wanted = "values" if metric.task == "regression" else "classes"
            yield config.problem(f"metrics.{i}", str(error), data.hints.get(wanted))
    splits = [split for split in ("train", "validation") if split in (data.rows or {"train": 1, "validation": 1})]
    known = [f"{split}.{name}" for split in splits for name in ("loss", *kinds)]
    if monitor is not None and monitor not in known:
        yield config.problem("training.monitor", f"there is no {monitor} to monitor", f"there are {', '.join(known)}")
