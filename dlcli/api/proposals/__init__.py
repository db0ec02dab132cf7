"""Configs for a user's own data, proposed by a look at them: a module for each sort."""
