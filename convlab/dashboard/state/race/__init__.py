"""What the Race screen asks, runs and shows: one file per concern."""
