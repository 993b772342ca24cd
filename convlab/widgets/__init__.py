"""The interactive pictures: one ES module per screen, and what hosts it in the dashboard and in a notebook."""
