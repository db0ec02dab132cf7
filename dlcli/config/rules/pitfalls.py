"""What of the data is likely to mislead, as warnings at their places in a config, each with what to do."""

from shlex import quote

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.data.leaks import Leak
from dlcli.data.pitfalls import UnknownTexts
from dlcli.data.target.scale import odd_target
from dlcli.health.edits import with_step
from dlcli.text import flow, quoted_list
from dlcli.training.experiment import Experiment


def pitfalls(config: Config, experiment: Experiment) -> list[Problem]:
    """Warnings about data of which `Data.pitfalls` is known."""
    data, found = experiment.data, experiment.data.pitfalls
    if found is None:
        return []
    said = [config.problem("data.source", _told(each),
                           "if it is only known once the target is, " + _leave_out(config, each.column))
            for each in found.leaks]
    said += [config.problem("data.source", _unknown(each), _unknown_hint(config, each)) for each in found.unknown_texts]
    said += [config.problem("data.source", f"the classes {quoted_list(names, 5)} differ only in capital letters or "
                            "blanks", _renamed(config, names)) for names in _alike(data.labels or [])]
    prepare = with_step(config.values["data"]["prepare"], "scale_target", "scale_target")
    if (odd := odd_target(found.mean, found.deviation)) and config.loss.target_range is None:
        said.append(config.problem("data.prepare",
                                   f"the target {odd.says}: a network starts with outputs around 0 and of size 1, "
                                   "and takes long to get there", f"scale it, as in {quote(prepare)}"))
    return said


def _alike(labels: list[str]) -> list[list[str]]:
    """Classes whose names are the same but for capital letters and blanks around them."""
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(label.strip().casefold(), []).append(label)
    return [names for names in groups.values() if len(names) > 1]


def _renamed(config: Config, names: list[str]) -> str:
    """How such classes become one."""
    (kind, options), = config.values["data"]["source"].items()
    if "labels" not in options:
        return "give those that are one class one name"
    known = options["labels"] or {}
    made = known | {before: names[0] for name in names[1:]
                    for before in [each for each, label in known.items() if label == name] or [name]}
    return f"if they are one class: {quote(f'data.source.{kind}.labels={flow(made)}')}"


def _told(each: Leak) -> str:
    return (f"column {each.column!r} alone tells the target: {each.measure} {each.score:.4f} on "
            f"{each.rows:,} training rows")


def _unknown(each: UnknownTexts) -> str:
    what = "a date" if each.dates else "a text"
    many = f"all {each.total:,}" if each.rows == each.total else f"{each.rows:,} of {each.total:,}"
    return (f"{many} rows of {' and '.join(each.splits)} hold {what} in column {each.column!r} that no "
            "training row has: there it says nothing")


def _unknown_hint(config: Config, each: UnknownTexts) -> str:
    if each.dates:
        made = "write what counts of a date, such as month and weekday, into columns of their own"
        return made if each.alone else f"{made}, and {_leave_out(config, each.column)}"
    return "the network reads nothing else: it needs other columns" if each.alone else _leave_out(config, each.column)


def _leave_out(config: Config, name: str) -> str:
    """How a column is left out of what the network reads."""
    (kind, options), = config.values["data"]["source"].items()
    if "drop" in options:
        return "leave it out: " + quote(f"data.source.{kind}.drop={flow([*options['drop'], name])}")
    if isinstance(options.get("inputs"), list):
        others = [other for other in options["inputs"] if other != name]
        return "leave it out: " + quote(f"data.source.{kind}.inputs={flow(others)}")
    return "leave it out"
