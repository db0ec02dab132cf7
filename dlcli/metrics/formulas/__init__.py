"""What metrics are made of: counts, distances, ranks; targets and their checks. Used by the report too."""
