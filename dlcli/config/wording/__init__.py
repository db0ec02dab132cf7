"""Words for people: types, hints, and what was probably meant by a name."""
