"""The independent services. Each is a folder, a database and a process; none imports another."""

SERVICES = ("registry", "feedback", "scoring", "notification")
