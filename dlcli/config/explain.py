"""What `dlcli explain` says about a section, a family, a component or an option: from the classes themselves."""

import re
import textwrap

from dlcli.config.schema.fields import Field, docs, fields, summary
from dlcli.config.schema.sections import SIBLINGS, SUGAR, Entry, option_paths, sections
from dlcli.config.wording import hints
from dlcli.config.wording.hints import public_set
from dlcli.config.wording.suggest import nearest, suggestion
from dlcli.config.wording.types import constant, expected
from dlcli.engine import registry
from dlcli.engine.component import Component
from dlcli.errors import UsageError
from dlcli.text import did_you_mean, quoted, shorten

ALIASES = {
    "sources": "data.sources",
    "prepare": "data.prepare",
    "augment": "data.augment",
    "data.source": "data.sources",
    "loss": "losses",
    "optimizer": "optimizers",
    "schedule": "schedules",
    "metric": "metrics",
    "network": "layers",
    "layer": "layers",
    "initializer": "initializers",
    "init": "initializers",
}
WIDTH = 110


def describe(family: str, kind: str) -> dict:
    """One component (or, with family "section", a section by its path): its text and its options."""
    if family == "section":
        return _described("section", kind, sections()[kind])
    if kind in SUGAR and family == "layers":
        return _described(family, kind, SUGAR[kind])
    return _described(family, kind, registry.find(family, kind))


def explain(name: str | None = None) -> list[dict]:
    """What a name stands for: mostly one description, several if families share a kind. UsageError if it is
    nothing.

    A name is a kind (`linear`), a kind of a family (`layers.step`), a family (`losses`), a section
    (`training.early_stop`), an option (`training.batch_size`, `adam.learning_rate`, or `batch_size` alone for all that
    are called so), the code of a finding of `inspect-gradients` (`S04`) or its cause, or None for an overview.
    """
    if name is None:
        return [overview()]
    found, (parent, _, option) = _found(name) or _of_health(name), name.rpartition(".")
    if not found:
        owners = _found(parent) if parent else _everything()
        found = [
            {**owner, "options": [item for item in owner.get("options", ()) if item["name"] == option]}
            for owner in owners
        ]
        found = [owner for owner in found if owner["options"]]
        if not found and parent and owners:
            raise UsageError(
                f"explain {shorten(name)}",
                f"{shorten(parent)} has no {quoted(option)}",
                _part_meant(parent, option, owners),
            )
    if not found:
        valid = [*registry.FAMILIES, *sections(), *(kind for family in registry.FAMILIES for kind in kinds(family)),
                 *dict.fromkeys(path.rpartition(".")[2] for path in option_paths())]
        meant, stem = nearest(option, valid), option.lower().removesuffix("ing")
        like = sorted({path for path in valid if len(stem) > 2 and stem in path})
        several = len(like) > 1 and meant not in like
        hint = f"there are {', '.join(like)}" if several else did_you_mean(meant)
        hint = public_set(name) or hint or "`dlcli explain` lists what there is"
        raise UsageError(f"explain {shorten(name)}", "nothing is called so", hint)
    return found


def _everything() -> list[dict]:
    """Every section and every component."""
    parts = [("section", path) for path in sections()] + [
        (family, kind) for family in registry.FAMILIES for kind in kinds(family)
    ]
    return [describe(*part) for part in parts]


def _part_meant(parent: str, option: str, owners: list[dict]) -> str | None:
    """A hint if something is there, but has no such part."""
    known = [
        name
        for owner in owners
        for name in (*(item["name"] for item in owner.get("options", ())), *owner.get("members", ()))
    ]
    meant = nearest(option, known)
    return did_you_mean(f"{parent}.{meant}") if meant else suggestion(option, known, "there are")


def overview() -> dict:
    """Every section and every kind of every family, each with its first sentence."""
    return {
        "kind": "overview",
        "sections": {path or "config": summary(cls) for path, cls in sections().items()},
        "families": {
            family: {kind: summary(_class(family, kind)) for kind in kinds(family)} for family in registry.FAMILIES
        },
    }


def kinds(family: str) -> list[str]:
    """Kinds that a config can name where the family is expected."""
    return sorted([*registry.kinds(family), *(SUGAR if family == "layers" else ())])


def _class(family: str, kind: str) -> type[Component]:
    return SUGAR[kind] if family == "layers" and kind in SUGAR else registry.find(family, kind)


def _found(name: str) -> list[dict]:
    if name in ("config", "") or name in sections():
        return [describe("section", "" if name == "config" else name)]
    family, _, kind = name.rpartition(".")
    family = ALIASES.get(family, family)
    if family in registry.FAMILIES and kind in kinds(family):
        return [describe(family, kind)]
    if ALIASES.get(name, name) in registry.FAMILIES:
        family = ALIASES.get(name, name)
        found = {
            "kind": "family",
            "name": family,
            "members": {kind: summary(_class(family, kind)) for kind in kinds(family)},
        }
        return [found | ({"beside": _beside()} if family == "layers" else {})]
    return [describe(family, name) for family in registry.FAMILIES if name in kinds(family)]


def _of_health(name: str) -> list[dict]:
    """What a finding of `inspect-gradients` means, by its code or its cause."""
    if not re.fullmatch(r"[A-Za-z]\d\d", name) and name not in registry.kinds("health.causes"):
        return []
    import inspect

    from dlcli.health.causes import CAUSES, CHECKS

    texts = {check.code: inspect.getdoc(check) for check in CHECKS}
    for cause, known in CAUSES.items():
        codes = ", ".join(check.code for check in known.checks)
        texts[cause] = f"{inspect.getdoc(known)}\n\nFound by {codes} (`dlcli inspect-gradients`)."
    key = name if name in CAUSES else name.upper()
    return [{"kind": key, "family": "health", "summary": texts[key].split("\n\n")[0], "text": texts[key],
             "options": []}] if key in texts else []


def _beside() -> list[dict]:
    known = {field.name: _option(field, docs(Entry)) for field in fields(Entry).values()}
    return [known[name] | {"name": key} for key, name in SIBLINGS.items()]


def _described(family: str, kind: str, cls: type[Component]) -> dict:
    import inspect
    texts = docs(cls)
    return {"kind": kind, "family": family, "summary": summary(cls), "text": inspect.getdoc(cls) or "",
            "options": [_option(field, texts) for field in fields(cls).values()]}


def _option(field: Field, texts: dict[str, str]) -> dict:
    """type: in words. default: as a config would write it; left out if the option is required."""
    option = {
        "name": field.name,
        "type": hints.of_family(field) or expected(field.annotation),
        "required": field.required,
        "text": texts.get(field.name, ""),
    }
    if field.named:
        option["options"] = [_option(inner, docs(field.named)) for inner in fields(field.named).values()]
    return option if field.required else option | {"default": default_of(field)}


def default_of(field: Field):
    """A default as JSON holds it; of a section, null if it is left out, else {}: its own defaults."""
    if isinstance(field.default, Component):
        return {}
    return list(field.default) if isinstance(field.default, tuple) else field.default


def text_of(found: dict, width: int = WIDTH) -> str:
    """A description for a terminal of so many columns."""
    if found["kind"] == "overview":
        lines = ["Sections of a config:", *_table(found["sections"], width)]
        for family, members in found["families"].items():
            lines += ["", f"{family}:", *_table(members, width)]
        return "\n".join([*lines, "", "`dlcli explain NAME` tells more about each."])
    if found["kind"] == "family":
        lines = [f"{found['name']}: {len(found['members'])} kinds", *_table(found["members"], width)]
        beside = ["", "beside the kind of an entry:", *_options(found["beside"], width)] if "beside" in found else []
        return "\n".join([*lines, *beside])
    lines = [f"{found['kind'] or 'config'} ({'section' if found['family'] == 'section' else found['family']})"]
    for paragraph in found["text"].split("\n\n"):
        lines += ["", *_wrap(paragraph, "", "", width)]
    return "\n".join([*lines, *(["", "options:", *_options(found["options"], width)] if found["options"] else [])])


def _table(rows: dict[str, str], width: int) -> list[str]:
    left = max(map(len, rows), default=0)
    indent = " " * (left + 4)
    return [
        line
        for name, text in rows.items()
        for line in _wrap(text, f"  {name:<{left}}  ", indent, width) or [f"  {name}"]
    ]


def _options(options: list[dict], width: int) -> list[str]:
    lines = []
    for option in options:
        default = "required" if option["required"] else f"default {_shown(option['default'])}"
        lines += _wrap(f"{option['name']}: {option['type']}; {default}", "  ", " " * 4, width)
        lines += _wrap(option["text"], " " * 6, " " * 6, width)
        lines += ["    " + line for line in _options(option.get("options", []), width - 4)]
    return lines


def _wrap(text: str, first: str, rest: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 40), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def _shown(value) -> str:
    if isinstance(value, str):
        return value or '""'
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    return "{}" if value == {} else constant(value)
