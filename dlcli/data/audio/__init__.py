"""Recordings of sound: read, brought to one rate, turned into log-mel spectrograms."""
