"""The satisfaction index: its arithmetic, and nothing else."""
