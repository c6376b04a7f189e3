"""Cards: the index of a subject and period, recomputed when its tallies move."""
