"""Who works in which unit from when to when."""
