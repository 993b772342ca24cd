"""What Implementations lists, for which layer, and what its examples give: one file per concern."""
