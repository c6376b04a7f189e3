"""E-mail: a message in words becomes a mail, and a mail server takes it."""
