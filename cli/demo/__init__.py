"""`tera demo`: everything on this machine, filled with published and with simulated answers.

It speaks to the services as any client does: over HTTP, with tokens of the local issuer.
"""
