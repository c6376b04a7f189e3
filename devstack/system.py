"""All of Tera on this machine: every service and role as its own process, beside a devstack."""

import http.client
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from devstack.child import Child
from devstack.ports import free_port, stable_port

_LOGIN_OF_ROLE = {"api": ("API",), "worker": ("WORKER",), "all": ("API", "WORKER")}


@dataclass(frozen=True, slots=True)
class Part:
    """A process: `tera serve <service> --role <role>`; `number` tells several of one kind apart."""

    service: str
    role: str
    number: int = 1

    @property
    def name(self) -> str:
        return f"{self.service}-{self.role}-{self.number}"


PARTS = (
    Part("registry", "api"),
    Part("registry", "worker"),
    Part("feedback", "api"),
    Part("feedback", "worker"),
    Part("scoring", "api"),
    Part("scoring", "worker"),
    Part("notification", "api"),
    Part("notification", "worker"),
    Part("portal", "api"),
)


class System:
    """Processes that are started together, found by each other, and ended together.

    `environment` is the devstack's; `self.environment` adds the addresses of the services. Each
    process gets only the database logins of its own service and role, and of the secrets only
    those of its own service (`TERA_<SERVICE>_..._SECRET`).
    """

    def __init__(
        self, environment: Mapping[str, str], folder: Path, *, parts: tuple[Part, ...] = PARTS
    ) -> None:
        self.folder = folder
        self.parts = parts
        self._children = {
            part: Child(part.name, folder / "logs" / f"{part.name}.log", folder) for part in parts
        }
        ports = folder / "ports"
        ports.mkdir(parents=True, exist_ok=True)
        # The same over restarts: links in messages and bookmarks lead to them.
        self._http: dict[Part, int] = {}
        self.metrics_ports: dict[Part, int] = {}
        for part in parts:
            self._http[part] = stable_port(ports / part.name, besides=self._ports())
        for part in parts:
            self.metrics_ports[part] = free_port(besides=self._ports())
        self.environment = dict(environment) | {
            f"TERA_{part.service.upper()}_HTTP": f"http://127.0.0.1:{self._http[part]}"
            for part in parts
            if part.role != "worker"
        }

    def start(self, *, within: float = 60.0) -> None:
        """Start all and wait until each says it is ready. Raise ChildFailedError with its log."""
        for part in self.parts:
            self.start_part(part)
        for part in self.parts:
            self.wait_ready(part, within=within)

    def start_part(self, part: Part) -> None:
        command = [sys.executable, "-m", "cli", "serve", part.service, "--role", part.role]
        self._children[part].start(command, self.environment_of(part))

    def wait_ready(self, part: Part, *, within: float = 60.0) -> None:
        child = self._children[part]
        # Where its port was taken, somebody else may answer there.
        child.wait_until(lambda: child.running and self.ready(part), within=within)

    def ready(self, part: Part) -> bool:
        """What the process itself answers to /readyz."""
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_ports[part], timeout=2)
        with closing(connection), suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        return False

    def child(self, part: Part) -> Child:
        return self._children[part]

    def stop(self) -> None:
        """Ask the workers to finish, then the rest; kill what does not."""
        workers = [part for part in self.parts if part.role == "worker"]
        for together in (workers, [part for part in self.parts if part not in workers]):
            with ThreadPoolExecutor(thread_name_prefix="system-stop") as threads:
                stops = [threads.submit(self._children[p].stop, within=15.0) for p in together]
            for stop in stops:
                stop.result()

    def _ports(self) -> set[int]:
        return {*self._http.values(), *self.metrics_ports.values()}

    def environment_of(self, part: Part) -> dict[str, str]:
        """What a part is started with."""
        logins = {f"TERA_{part.service.upper()}_{login}_URL" for login in _LOGIN_OF_ROLE[part.role]}
        own = f"TERA_{part.service.upper()}_"
        withheld = ("_OWNER_URL", "_API_URL", "_WORKER_URL", "TERA_ADMIN_URL", "_SECRET")
        passed = {
            name: value
            for name, value in self.environment.items()
            if name in logins
            or (name.startswith(own) and name.endswith("_SECRET"))
            or not name.endswith((*withheld, "TERA_HOME"))
        }
        return passed | {
            "PATH": str(Path(sys.executable).parent),
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "TERA_HTTP_PORT": str(self._http[part]),
            "TERA_METRICS_PORT": str(self.metrics_ports[part]),
        }
