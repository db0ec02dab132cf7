"""One thin file per command: its help, its options, one call."""
