"""Timing: every backend checked against the definition and then timed, in processes that can be ended."""
