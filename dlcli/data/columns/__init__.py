"""Columns: one class per type, what each learns on the training split and how it makes numbers of rows."""
