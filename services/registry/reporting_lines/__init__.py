"""Who assesses whom from when to when, and who reviews that."""
