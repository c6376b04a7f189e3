"""A record as it stands on a topic, and the headers that CloudEvents puts there."""

from typing import NamedTuple

Headers = tuple[tuple[str, bytes | None], ...]


class Record(NamedTuple):
    """``topic`` is the catalogue's name, without an installation's prefix. ``value`` is None for a
    tombstone. Header values may be absent or any bytes: nothing here has been judged yet."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    def header(self, name: str) -> str | None:
        """The first header of that name; None where it is absent, null or not UTF-8."""
        for header, value in self.headers:
            if header == name:
                return _text(value)
        return None

    def ce(self, name: str) -> str | None:
        """A CloudEvents attribute in binary mode: ``ce("type")`` reads the header ``ce_type``."""
        return self.header(f"ce_{name}")


def _text(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
