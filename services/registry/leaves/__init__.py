"""When people are away, and what that means for their evaluation."""
