"""The codes of regions, as Kemendagri and as BPS give them: of the whole installation, dated."""
