"""Results of units: the list, one unit as it stands now, and why it stands so."""
