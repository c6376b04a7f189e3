"""Ports of one system are apart, and the same after a restart."""

from pathlib import Path

from devstack.ports import free_port, stable_port
from devstack.system import Part, System


def test_no_two_processes_get_the_same_port(tmp_path: Path) -> None:
    parts = tuple(Part("feedback", "api", number) for number in range(200))
    system = System({}, tmp_path, parts=parts)
    kept = {part: (tmp_path / "ports" / part.name).read_text() for part in parts}
    addresses = {int(port) for port in kept.values()}
    assert len({*addresses, *system.metrics_ports.values()}) == 2 * len(parts)
    System({}, tmp_path, parts=parts)
    assert {part: (tmp_path / "ports" / part.name).read_text() for part in parts} == kept


def test_a_remembered_port_that_is_promised_to_another_is_changed(tmp_path: Path) -> None:
    file = tmp_path / "port"
    port = stable_port(file)
    assert stable_port(file) == port
    other = stable_port(file, besides={port})
    assert other != port
    assert stable_port(file) == other
    assert free_port(besides={port, other}) not in {port, other}
