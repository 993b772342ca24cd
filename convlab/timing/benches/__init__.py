"""Benches: what auto takes, against the best there is, over a suite of shapes."""
