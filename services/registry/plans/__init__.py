"""Plans (SKP): what a person and the leader agree on for a period."""
