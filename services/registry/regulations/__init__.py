"""Packs of policies as the regulations have them, to be adopted from a day on."""
