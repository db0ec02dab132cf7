"""The text of a config: YAML to a tree that knows where each value was written, and problems shown at their places."""
