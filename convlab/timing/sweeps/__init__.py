"""Sweeps: a race at several values of one axis."""
