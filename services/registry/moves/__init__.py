"""Units that move, get another name or are merged on a day, and what that changes elsewhere."""
