"""Columns: how each becomes numbers, learned on the training split."""
