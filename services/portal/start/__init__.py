"""The first page: where a citizen types the code of a counter."""
