"""Picture files: listed, looked at, decoded to one form and kept decoded."""
