"""What the demo of a data folder has done, so that an interrupted start can be taken up again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Memory:
    """Keys with JSON values, kept in a file that only grows: a line is written with each key.

    What a crash cut off in the middle of a line was not remembered.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, Any] = {}
        if file.exists():
            for line in file.read_text().splitlines():
                if line.endswith("]"):
                    key, value = json.loads(line)
                    self._known[key] = value
        self._lines = file.open("a")
        self._lines.write("\n")

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def __getitem__(self, key: str) -> Any:
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def keep(self, key: str, value: Any) -> None:
        """Remember it from now on, also after this process was killed."""
        self._known[key] = value
        self._lines.write(json.dumps([key, value]) + "\n")
        self._lines.flush()

    def forget(self) -> None:
        """Begin anew: the databases of the folder are not those that this was about."""
        self._known.clear()
        self._lines.truncate(0)
        self._lines.write("\n")

    def close(self) -> None:
        self._lines.close()
