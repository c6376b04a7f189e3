"""How each person wants to be told, and when not."""
