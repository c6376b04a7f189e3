"""Which calendar holds for a unit, how long it worked, and when working days are over."""
