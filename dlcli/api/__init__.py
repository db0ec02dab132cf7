"""What each command does, as a function: plain arguments in, the document of `--json` out."""
