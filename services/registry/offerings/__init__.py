"""What citizens come for (`/v1/services`) and the time it is promised in."""
