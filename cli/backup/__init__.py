"""`tera backup` and `tera restore`: all services' databases into a folder, and back."""
