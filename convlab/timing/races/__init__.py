"""A race: its steps, how it is driven, its rows, and how they are summed up and shown."""
