"""noida-db, a small binary that speaks the Kafka protocol: the broker of demo and tests.

It keeps the log in memory and writes it to disk every second or so: a kill -9 loses what was
acknowledged since. An ordered stop loses nothing. See docs/adr/0003-embedded-broker.md.
"""

import os
from pathlib import Path

from devstack.child import Child
from devstack.kafka_wire import serves_kafka
from devstack.ports import is_free, stable_port
from devstack.processes import end_leftovers, wheel_folder


class NoidaBroker:
    """See `devstack.broker.Broker`. Start at most one per folder: a second one ends the first."""

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self.folder = folder.resolve()
        self._port = port
        self._program = wheel_folder("noida_db") / "noida-db"
        self._server = Child(
            name="the broker noida-db", log=self.folder / "broker.log", cwd=self.folder
        )

    @property
    def bootstrap(self) -> str:
        if self._port is None:
            raise RuntimeError("the broker has no port yet: start() it first")
        return f"127.0.0.1:{self._port}"

    @property
    def running(self) -> bool:
        return self._server.running

    def start(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        end_leftovers("noida-db", self.folder)
        if self._port is None or not is_free(self._port):
            self._port = stable_port(self.folder / "port")
        port = self._port
        self._server.start(
            [
                *(self._program, "start", "--only", "kafka", "--kafka-port", str(port)),
                *("--data-dir", self.folder / "data"),
            ],
            dict(os.environ),
        )
        self._server.wait_until(lambda: serves_kafka(port), within=60)

    def stop(self) -> None:
        # It writes its whole log first: 18 s for 300,000 records of 500 bytes.
        self._server.stop(within=120)

    def kill(self) -> None:
        self._server.kill()
