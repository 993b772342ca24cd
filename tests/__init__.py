"""The test suite; `python -m tests` sets up and runs it."""
