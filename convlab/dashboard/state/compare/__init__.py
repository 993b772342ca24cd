"""What Compare asks, what its columns answer, and how that reads: one file per concern."""
