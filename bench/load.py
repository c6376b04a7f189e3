"""The load generator: a process of its own that costs little beside what it measures.

It holds so many keep-alive connections, each of which waits for its answer before it sends the next
request. Requests are bytes made beforehand around one changing header; of an answer only the status
and the length are read. Standard library only, plain sockets and epoll: some 12 µs a request.
"""

import array
import json
import select
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Final

_END_OF_HEAD: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length: "


@dataclass(frozen=True)
class Plan:
    """``requests`` are pairs of text around a number that no other request of ``run`` has."""

    port: int
    requests: list[tuple[str, str]]
    run: str
    seconds: float
    connections: int = 256
    warm_seconds: float = 0.5
    """Requests of this time are sent and checked, but do not enter rate and latency."""
    expected: int = 201
    host: str = "127.0.0.1"


@dataclass(frozen=True)
class Load:
    """``accepted`` counts every answer with the expected status, also those outside the window."""

    accepted: int
    refused: dict[str, int]
    first_refusal: str
    rate: float
    """Accepted answers per second of the window."""
    p50: float
    p99: float
    """Seconds from sending a request to the end of its answer."""
    cpu_seconds: float


@dataclass
class _Connection:
    socket: socket.socket
    sent_at: float = 0.0
    received: bytes = b""


@dataclass
class _Outcome:
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    first_refusal: str = ""
    latencies: "array.array[float]" = field(default_factory=lambda: array.array("d"))


def run_in_process(plan: Plan) -> Load:
    """Run the plan in a process of its own. Raises ``CalledProcessError`` where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(plan)).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return Load(**json.loads(done.stdout))


def run(plan: Plan) -> Load:
    """Send until the time is over, then wait for the answers that are still missing."""
    pairs = [(before.encode(), after.encode()) for before, after in plan.requests]
    expected = f"HTTP/1.1 {plan.expected} ".encode()
    poll = select.epoll()
    connections: dict[int, _Connection] = {}
    outcome = _Outcome()
    number = 0

    def send(connection: _Connection) -> None:
        nonlocal number
        before, after = pairs[number % len(pairs)]
        request = b"%s%s%08x%s" % (before, run_id, number, after)
        number += 1
        connection.sent_at = time.perf_counter()
        connection.socket.sendall(request)

    run_id = plan.run.encode()
    for _ in range(plan.connections):
        opened = socket.create_connection((plan.host, plan.port), timeout=30)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections[opened.fileno()] = _Connection(opened)
        poll.register(opened.fileno(), select.EPOLLIN)
    begin = time.perf_counter() + plan.warm_seconds
    end = begin + plan.seconds
    for connection in connections.values():
        send(connection)
    waiting = len(connections)
    while waiting:
        ready = poll.poll(30)
        if not ready:
            raise TimeoutError(f"no answer for 30 s on {waiting} connections")
        for handle, _ in ready:
            connection = connections[handle]
            if not _answered(connection, expected, outcome):
                continue
            now = time.perf_counter()
            if begin <= now < end:
                outcome.latencies.append(now - connection.sent_at)
            if now < end:
                send(connection)
            else:
                waiting -= 1
    for connection in connections.values():
        connection.socket.close()
    return _summary(outcome, plan.seconds)


def _answered(connection: _Connection, expected: bytes, outcome: _Outcome) -> bool:
    """Read what came; True where the answer is complete."""
    data = connection.socket.recv(65536)
    if not data:
        raise ConnectionError("the server closed a connection that waits for an answer")
    answer = connection.received + data if connection.received else data
    head = answer.find(_END_OF_HEAD)
    place = answer.find(_LENGTH, 0, head + 2)
    if head < 0 or place < 0:
        connection.received = answer
        return False
    length = int(answer[place + len(_LENGTH) : answer.find(b"\r", place)])
    if len(answer) < head + 4 + length:
        connection.received = answer
        return False
    connection.received = b""
    if answer.startswith(expected):
        outcome.accepted += 1
    else:
        outcome.refused[answer[9:12].decode()] += 1
        outcome.first_refusal = outcome.first_refusal or answer[head + 4 :].decode()
    return True


def _summary(outcome: _Outcome, seconds: float) -> Load:
    hundredths = statistics.quantiles(outcome.latencies or [0.0, 0.0], n=100)
    return Load(
        accepted=outcome.accepted,
        refused=dict(outcome.refused),
        first_refusal=outcome.first_refusal,
        rate=len(outcome.latencies) / seconds,
        p50=hundredths[49],
        p99=hundredths[98],
        cpu_seconds=time.process_time(),
    )


def main() -> None:
    """Read a plan from standard input, write the load that came of it to standard output."""
    plan = json.load(sys.stdin)
    pairs = [(before, after) for before, after in plan.pop("requests")]
    json.dump(asdict(run(Plan(requests=pairs, **plan))), sys.stdout)


if __name__ == "__main__":
    main()
