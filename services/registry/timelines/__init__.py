"""Who worked where when, told with names: a person over time, the staff of a day."""
