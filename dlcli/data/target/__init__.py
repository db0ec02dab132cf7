"""The target: its task, what is learned about it on the training split, and what is likely wrong with it."""
