"""The queue of messages to hand over, and the log of what became of each."""
