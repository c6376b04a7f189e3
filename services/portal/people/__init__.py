"""People: the search, a person's posts over time, and the forms that change them from a day on."""
