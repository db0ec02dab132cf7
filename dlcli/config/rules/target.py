"""What the loss reads of the data."""

from collections.abc import Iterator

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.data.dataset import Data


def target(config: Config, data: Data) -> Iterator[Problem]:
    """A regression's targets must lie where the loss can read them."""
    if data.target_range is None or config.loss.target_range is None:
        return
    (low, high), (least, greatest) = data.target_range, config.loss.target_range
    if low < least or high > greatest:
        yield config.problem(
            "loss",
            f"{config.loss.kind} needs targets from {least:g} to {greatest:g}, and those here go from "
            f"{low:.4g} to {high:.4g}",
            "; ".join(["mse, mae and huber fit any values", *data.hints.values()]),
        )
