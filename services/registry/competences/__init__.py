"""The catalogue of competences, and by which indicators, values and elements a lack of one shows.

Not on the topic: other services ask for it.
"""
