"""Options that name one file, or one per split."""

from typing import Literal

from dlcli.errors import ConfigError

Part = Literal["train", "validation", "test"]
PARTS = ("train", "validation", "test")


def written(files: str | dict[str, str], where: str) -> dict[str, str]:
    """File per split, "train" first."""
    if isinstance(files, str):
        return {"train": files}
    if "train" not in files:
        raise ConfigError(
            where, "names no file for the training split", "write `{train: a, test: b}`, or one file alone"
        )
    return {part: files[part] for part in PARTS if part in files}
