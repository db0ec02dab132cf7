"""Training health: probes, checks and the verdict."""
