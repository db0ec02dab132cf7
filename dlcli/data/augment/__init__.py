"""One augmentation per file; the file's name is the kind that a config uses."""
