"""PostgreSQL, a Kafka broker, a token issuer and a mail catcher for a machine without containers.

Everything listens on loopback only, keeps its data in one folder, and ends with the process that
started it: by an ordered stop on the way out, and by the kernel when that process is killed.
"""
