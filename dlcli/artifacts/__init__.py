"""What a run leaves behind: run folder, checkpoints, journal, summaries. Readable without a trainer."""
