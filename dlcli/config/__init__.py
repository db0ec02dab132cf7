"""From YAML text to a built experiment: positions kept, everything validated at once."""
