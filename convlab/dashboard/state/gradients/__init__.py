"""What Gradients asks, what both gradients are, and how that reads: one file per concern."""
