"""Tuning: the fastest right backend for one convolution, found, explained and kept."""
