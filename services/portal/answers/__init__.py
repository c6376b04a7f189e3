"""The citizen's page: the official questions, from a counter's code or a visit's token."""
