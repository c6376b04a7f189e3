"""The local issuer as a process of the devstack."""

import os
import sys
from pathlib import Path

from devstack.child import Child
from devstack.files import kept_secret
from devstack.issuer import CLIENT_ROLES
from devstack.ports import answers, is_free, stable_port
from devstack.processes import end_leftovers


class Issuer:
    """`devstack.issuer` on a loopback port; key, secrets and logins are kept in `folder`."""

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self.folder = folder.resolve()
        self._port = port
        self._server = Child(name="the issuer", log=self.folder / "issuer.log", cwd=self.folder)

    @property
    def url(self) -> str:
        if self._port is None:
            raise RuntimeError("the issuer has no port yet: start() it first")
        return f"http://127.0.0.1:{self._port}"

    @property
    def key_file(self) -> Path:
        return self.folder / "key.pem"

    @property
    def client_secret(self) -> str:
        return kept_secret(self.folder / "client-secret")

    @property
    def logins_file(self) -> Path:
        """Where the people who can sign in are listed: see `devstack.logins`."""
        return self.folder / "logins.json"

    def client_environment(self) -> dict[str, str]:
        """The TERA_ variables with which the registered clients are known here."""
        found = {}
        for client in CLIENT_ROLES:
            found[f"TERA_{client.upper()}_CLIENT_ID"] = client
            secret = kept_secret(self.folder / f"{client}-client-secret")
            found[f"TERA_{client.upper()}_CLIENT_SECRET"] = secret
        return found

    @property
    def running(self) -> bool:
        return self._server.running

    def start(self) -> None:
        """Start; returns when it answers. Raise ChildFailedError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        end_leftovers("devstack.issuer", self.folder)
        if self._port is None or not is_free(self._port):
            self._port = stable_port(self.folder / "port")
        port = self._port
        program = [sys.executable, "-m", "devstack.issuer"]
        search = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
        self._server.start(
            [*program, "--port", str(port), "--key", self.key_file, "--logins", self.logins_file],
            {
                **os.environ,
                **self.client_environment(),
                "TERA_DEV_CLIENT_SECRET": self.client_secret,
                "PYTHONPATH": os.pathsep.join(filter(None, search)),
            },
        )
        self._server.wait_until(lambda: answers(port), within=30)

    def stop(self) -> None:
        self._server.stop(within=5)

    def kill(self) -> None:
        self._server.kill()
