"""The satisfaction report: page, print view, office file, follow-up, publishing."""
