"""Text that must match a pattern, with words for it."""

import re
from typing import NamedTuple


class Pattern(NamedTuple):
    """Mark of a text option:
    `Annotated[str, Pattern(r"^[a-z]+$", "a name of small letters", "names of small letters")]`.

    The pattern must mean the same in Python, in pydantic and in JSON Schema; `words` and `plural` are what messages say
    is expected.
    """

    pattern: str
    words: str
    plural: str

    def matches(self, text: str) -> bool:
        return re.fullmatch(self.pattern, text) is not None

    def __get_pydantic_core_schema__(self, source, handler):
        from pydantic_core import core_schema
        return core_schema.str_schema(pattern=self.pattern, strict=True)

    def __get_pydantic_json_schema__(self, schema, handler):
        return {"type": "string", "pattern": self.pattern}
