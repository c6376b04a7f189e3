"""What is told in one piece: the month of a unit, a day of critical answers."""
