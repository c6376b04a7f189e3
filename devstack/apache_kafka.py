"""Apache Kafka itself, one KRaft node, on any Java 17 or newer."""

import base64
import os
import uuid
from pathlib import Path

from devstack.apache_jars import jars, java
from devstack.child import Child
from devstack.kafka_wire import serves_kafka
from devstack.ports import is_free, stable_port
from devstack.processes import end_leftovers


class ApacheBroker:
    """See `devstack.broker.Broker`. Start at most one per folder: a second one ends the first."""

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self.folder = folder.resolve()
        self._port = port
        self._server = self._child("Apache Kafka")
        self._tool = self._child("the preparation of Apache Kafka")

    def _child(self, name: str) -> Child:
        return Child(name=name, log=self.folder / "broker.log", cwd=self.folder)

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
        end_leftovers("kafka.Kafka", self.folder)
        program = java()
        on_class_path = [program, "-cp", f"{jars(self._tool)}/*"]
        if self._port is None or not is_free(self._port):
            self._port = stable_port(self.folder / "port")
        port = self._port
        settings = self.folder / "server.properties"
        settings.write_text(_settings(self.folder / "data", port, self._controller_port()))
        if not (self.folder / "data" / "meta.properties").exists():
            cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            format_it = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}"]
            self._tool.start([*on_class_path, *format_it, "-c", settings], dict(os.environ))
            self._tool.wait(within=60)
        memory = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC"]
        quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        self._server.start(
            [*on_class_path, *memory, quiet, "kafka.Kafka", settings], dict(os.environ)
        )
        self._server.wait_until(lambda: serves_kafka(port), within=90)

    def _controller_port(self) -> int:
        return stable_port(self.folder / "controller-port")

    def stop(self) -> None:
        self._tool.stop()
        self._server.stop(within=30)

    def kill(self) -> None:
        self._tool.kill()
        self._server.kill()


def _settings(data: Path, port: int, controller: int) -> str:
    # A single node cannot hold three replicas: also of its own topics, each of which says so apart.
    # After a crash the node may come back only when its own old session is over: keep it short.
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
"""
