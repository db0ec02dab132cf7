"""Files that are never half written, strict JSON, locks, forms of values from files, and the machine."""
