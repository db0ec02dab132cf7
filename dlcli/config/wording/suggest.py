"""What a person probably meant by a name that is not there."""

import re
from unicodedata import name as character_name

from dlcli.config.wording.aliases import MEANT, folded
from dlcli.text import closest, did_you_mean, first_of

SLIP = 0.85
"""How much of a name must be equal for a slip to be seen if other names are possible."""
MOST = 30
"""Names that a hint lists."""


def nearest(name: str, valid) -> str | None:
    """The valid name that was probably meant, or None."""
    valid = list(valid)
    return same(name, valid) or alike(name, valid)


def same(name: str, valid) -> str | None:
    """The valid name that this is in another spelling, in another tool, or in the plural."""
    valid = list(valid)
    plain = _plain(name)
    short = plain.removesuffix("_loss").removesuffix("_layer")
    options = {folded(option): option for option in valid}
    for candidate in (folded(plain), folded(short), folded(plain) + "s"):
        meant = options.get(candidate) or next((other for other in MEANT.get(candidate, ()) if other in valid), None)
        if meant:
            return meant
    singular = {option.removesuffix("s"): meant for option, meant in options.items() if len(option) > 3}
    return singular.get(folded(plain).removesuffix("s"))


def alike(name: str, valid, least: float = 0.65) -> str | None:
    """The valid name that this is a slip of; at least so much of the two is equal."""
    plain = _plain(name)
    options = {folded(option): option for option in valid}
    close = closest(folded(plain), options, least)
    if close and re.search(r"\d", plain) and re.sub(r"\d", "", folded(plain)) == re.sub(r"\d", "", close):
        return None                     # names that differ in numbers only are no slips: float16, relu7
    return options[close] if close else None


def _plain(name: str) -> str:
    """In lower case, words with '_' between them: BatchNorm and batch-norm as batch_norm."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    return words.lower().replace("-", "_").replace(" ", "_")


def suggestion(name: str, valid, what: str) -> str | None:
    """A hint: the nearest valid name, else the list of valid ones. `what`: a plural noun (options, layers)."""
    valid = list(valid)
    if not valid:
        return f"there are no {what} here"
    strange = next((c for c in name if ord(c) > 127), None)
    meant = nearest(name, valid)
    if meant:
        odd = f" ('{strange}' is U+{ord(strange):04X} {character_name(strange, '')})" if strange else ""
        return did_you_mean(meant) + odd
    return f"{what}: {first_of(valid, MOST)}" + (f" ({len(valid)} in all)" if len(valid) > MOST else "")
