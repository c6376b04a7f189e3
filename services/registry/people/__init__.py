"""Those who serve, assess or are rated, with their NIP or PPPK number where they have one."""
