"""Training programmes, who takes part, and who has completed them.

Not on the topic: other services ask for it.
"""
