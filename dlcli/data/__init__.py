"""From files to batches: sources, splits, preparation fitted on the training split, data sets."""
