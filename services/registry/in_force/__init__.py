"""Which rules hold for a unit on a day, and where each value comes from."""
