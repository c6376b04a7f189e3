"""What Tera is compared with: the least that could be done, and the usual way of doing it."""
