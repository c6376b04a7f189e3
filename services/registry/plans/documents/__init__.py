"""What a plan says, and what its results serve."""
