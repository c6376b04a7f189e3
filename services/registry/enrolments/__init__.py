"""Who takes part in which training, and has completed it.

Not on the topic: other services ask for it.
"""
