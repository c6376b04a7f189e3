"""The ledger: each fact once, whose it is, and the tallies it adds up to."""
