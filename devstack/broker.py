"""The Kafka broker of the devstack: which one, and what every one of them can do."""

import os
from pathlib import Path
from typing import Protocol

from devstack.apache_kafka import ApacheBroker
from devstack.noida import NoidaBroker

__all__ = ["ApacheBroker", "Broker", "NoidaBroker", "selected_broker"]


class Broker(Protocol):
    """A single Kafka node on 127.0.0.1; data, offsets and port survive a restart."""

    @property
    def bootstrap(self) -> str:
        """The address for clients, as host:port."""

    @property
    def running(self) -> bool: ...

    def start(self) -> None:
        """Start, after a crash too; returns when requests are answered. Raise ChildFailedError."""

    def stop(self) -> None:
        """Stop in order: everything acknowledged is on disk."""

    def kill(self) -> None:
        """SIGKILL, as a crash would."""


def selected_broker(folder: Path) -> Broker:
    """Return the broker that the variable BROKER names, `noida` (the default) or `apache`."""
    name = os.environ.get("BROKER") or "noida"
    if name == "noida":
        return NoidaBroker(folder)
    if name == "apache":
        return ApacheBroker(folder)
    raise ValueError(f"BROKER={name} is unknown; use BROKER=noida or BROKER=apache")
