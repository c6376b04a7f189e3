"""The devstack as a whole: found, alone in its folder, and gone without a trace."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devstack.child import Child, ChildFailedError
from devstack.stack import Stack
from devstack.state import FolderInUseError, load_environment
from tests.devstack.running import (
    nothing_left,
    output_at_end,
    own_folder,
    processes_in,
    start_devstack,
    wait_for,
)

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]
EXTERNAL = ("TERA_ADMIN_URL", "TERA_KAFKA_BOOTSTRAP", "TERA_OIDC_ISSUER", "TERA_SMTP_URL")


@pytest.fixture
def folder() -> Iterator[Path]:
    with own_folder() as made:
        yield made


@pytest.fixture(autouse=True)
def _start_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in EXTERNAL:
        monkeypatch.delenv(variable, raising=False)


def runs(program: str, folder: Path) -> Callable[[], bool]:
    return lambda: program in processes_in(folder).values()


def is_up(folder: Path) -> Callable[[], bool]:
    return lambda: bool(load_environment(folder))


MOMENTS = {
    "locked": lambda folder: (folder / "lock").exists,
    "first process": lambda folder: lambda: bool(processes_in(folder)),
    "initdb": lambda folder: runs("initdb", folder),
    "postgres": lambda folder: runs("postgres", folder),
    "up": is_up,
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_whenever_it_ends(
    folder: Path, moment: str, ending: signal.Signals
) -> None:
    process = start_devstack(folder)
    wait_for(MOMENTS[moment](folder), moment, of=process)
    process.send_signal(ending)
    said = output_at_end(process)
    assert process.returncode != 0
    assert "Traceback" not in said
    nothing_left(folder)
    assert load_environment(folder) == {}
    if ending is not signal.SIGKILL:
        assert not (folder / "state.json").exists()


def test_it_starts_again_in_the_folder_of_a_killed_one(folder: Path) -> None:
    for moment in ("initdb", "postgres", "up"):
        process = start_devstack(folder)
        wait_for(MOMENTS[moment](folder), moment, of=process)
        process.kill()
        output_at_end(process)
    with Stack(folder) as stack:
        assert load_environment(folder) == stack.environment
    nothing_left(folder)


def test_a_running_stack_is_found_and_alone_in_its_folder(folder: Path) -> None:
    process = start_devstack(folder)
    try:
        wait_for(is_up(folder), "up", of=process)
        state = folder / "state.json"
        assert state.stat().st_mode & 0o777 == 0o600
        assert json.loads(state.read_text())["pid"] == process.pid
        environment = load_environment(folder)
        assert environment["TERA_SCORING_API_URL"].startswith("postgresql://tera_scoring_api:")
        assert {*EXTERNAL, "TERA_DEV_CLIENT_SECRET"} <= environment.keys()
        before = processes_in(folder)
        with pytest.raises(FolderInUseError, match=str(process.pid)):
            Stack(folder).start()
        assert processes_in(folder).keys() == before.keys()
        assert load_environment(folder) == environment
    finally:
        process.send_signal(signal.SIGINT)
        output_at_end(process)
    nothing_left(folder)


def test_what_already_runs_is_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERA_ADMIN_URL", "postgresql://root:p%40ss@db.example:5433/postgres")
    monkeypatch.setenv("TERA_KAFKA_BOOTSTRAP", "kafka.example:9092")
    monkeypatch.setenv("TERA_OIDC_ISSUER", "https://login.example")
    monkeypatch.setenv("TERA_SMTP_URL", "smtps://mail.example:465")
    with Stack(folder) as stack:
        assert not processes_in(folder)
        assert (stack.postgres, stack.broker, stack.issuer) == (None, None, None)
        assert stack.mail_catcher is None
        url = stack.environment["TERA_FEEDBACK_WORKER_URL"]
        assert url.endswith("@db.example:5433/tera_feedback")
        assert stack.environment["TERA_KAFKA_BOOTSTRAP"] == "kafka.example:9092"
        assert stack.environment["TERA_SMTP_URL"] == "smtps://mail.example:465"
        assert "TERA_MAIL_CATCHER_HTTP" not in stack.environment


def test_an_unknown_broker_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER", "rabbit")
    with pytest.raises(ValueError, match="BROKER=noida or BROKER=apache"):
        Stack(folder)


def test_a_child_that_fails_shows_its_last_lines(folder: Path) -> None:
    child = Child("the server", folder / "log", folder)
    child.start(["/bin/sh", "-c", "echo the disk is full; exit 3"], os.environ)
    with pytest.raises(ChildFailedError, match="the disk is full"):
        child.wait_until(lambda: False, within=10)


def test_a_killed_child_takes_what_it_started_along(folder: Path) -> None:
    child = Child("the server", folder / "log", folder)
    child.start(["/bin/sh", "-c", "setsid sleep 300 & setsid sleep 300 & wait"], os.environ)
    wait_for(lambda: list(processes_in(folder).values()).count("sleep") == 2, "two sleepers")
    child.kill()
    nothing_left(folder)


def test_a_start_that_fails_leaves_nothing_running(folder: Path) -> None:
    (folder / "issuer").mkdir()
    (folder / "issuer" / "key.pem").write_text("no key")
    with pytest.raises(ChildFailedError, match="the issuer ended"):
        Stack(folder).start()
    nothing_left(folder)
    assert load_environment(folder) == {}
    assert not (folder / "state.json").exists()
