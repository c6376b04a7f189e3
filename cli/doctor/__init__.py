"""`tera doctor`: what is wrong, in words, and what to do. Looks only, and changes nothing."""
