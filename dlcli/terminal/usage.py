"""What was meant by an option that a command does not have: another option, or a value of the config."""

import shlex

from dlcli.errors import DlcliError


def meant(option: str, known: list[str], arguments: list[str], overrides: bool) -> str | None:
    """A hint for an option such as `--epochs`, or None. known: the command's own. arguments: the whole command line.
    overrides: whether the command takes changes to a config."""
    from dlcli.config.wording.elsewhere import elsewhere, paths, said
    from dlcli.config.wording.suggest import SLIP, alike

    name, own = option.lstrip("-"), {other.lstrip("-"): other for other in known if other.startswith("--")}
    if len(name) < 2:
        return None
    near = alike(name, own, SLIP)
    if overrides and not near:
        near = None if paths(name, slip=False) or said(name) else alike(name, own)
        if not near:
            found = None if said(name) else paths(name)
            return _changes(found, option, arguments) if found else elsewhere(name)
    near = near or alike(name, own)
    return f"did you mean {own[near]}?" if near else None


def _changes(found: list[str], option: str, arguments: list[str]) -> str:
    """The changes of the config that an option and its value could be."""
    at = next(i for i, argument in enumerate(arguments) if argument.partition("=")[0] == option)
    _, given, value = arguments[at].partition("=")
    if not given:
        following = arguments[at + 1] if at + 1 < len(arguments) else "-"
        other = following.startswith("-") or "=" in following or following.endswith((".yaml", ".yml"))
        value = "VALUE" if other else following
    changes = (shlex.quote(f"{_plain(path, arguments)}={value}") for path in found)
    return f"a value of the config is changed without --: {' or '.join(changes)}"


def _plain(path: str, arguments: list[str]) -> str:
    """A path with the kind that the config has, if it leaves several open, as `optimizer.<kind>.learning_rate`."""
    section, _, inner = path.partition(".<")
    kinds, _, name = inner.partition(">.")
    if not kinds:
        return path
    used = _kind(section, arguments)
    return f"{section}.{used if used and (kinds == 'kind' or used in kinds.split('|')) else 'KIND'}.{name}"


def _kind(section: str, arguments: list[str]) -> str | None:
    """The kind that stands in a section of the config that the command line names."""
    from dlcli.config import load

    file = next((argument for argument in arguments[1:] if argument.endswith((".yaml", ".yml"))), None)
    changes = [argument for argument in arguments if "=" in argument and not argument.startswith("-")]
    try:
        value = load(file, changes).values if file else {}
    except DlcliError:
        return None
    for step in section.split("."):
        value = value.get(step, {})
    return next(iter(value), None)
