"""Recurrent cells over whole sequences, time first: one product of all inputs, then one step after the other."""
