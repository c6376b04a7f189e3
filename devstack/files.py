"""Files that hold secrets, and files that must never be seen half-written."""

import os
import secrets
import tempfile
from pathlib import Path


def write_private(file: Path, text: str) -> None:
    """Write `file` with mode 0600; a reader sees the old content or the new, never a part."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "w") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def kept_secret(file: Path) -> str:
    """Return the random secret kept in `file` (mode 0600), made at the first call."""
    if not file.exists():
        write_private(file, secrets.token_urlsafe(24))
    return file.read_text()
