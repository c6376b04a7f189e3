"""What a backup says of itself, and whether its files are what it says."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from cli.errors import UserError

FILE: Final = "manifest.json"
_BLOCK: Final = 1024 * 1024


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SavedDatabase(_Part):
    """A service's database: version of its migrations and of its server."""

    migration: str
    server: str


class SavedFile(_Part):
    """A file of the backup."""

    bytes: int
    sha256: str


class Positions(_Part):
    """By partition: what each group had read before the first snapshot, by the group's name without
    the installation's prefix, and where the topics ended."""

    groups: Mapping[str, Mapping[int, int]]
    ends: Mapping[str, Mapping[int, int]]


class Manifest(_Part):
    """``began_at`` is before the first snapshot, by the slowest clock of those who know. Without
    ``positions`` (Kafka was away) everything is read again."""

    format: Literal[1] = 1
    began_at: datetime
    finished_at: datetime
    databases: Mapping[str, SavedDatabase]
    positions: Positions | None
    files: Mapping[str, SavedFile]


def described(file: Path) -> SavedFile:
    """Size and checksum of a file."""
    checksum = sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            checksum.update(block)
    return SavedFile(bytes=file.stat().st_size, sha256=checksum.hexdigest())


def read_manifest(folder: Path) -> Manifest:
    """Raises ``UserError`` where the folder holds no complete backup of a format we know."""
    try:
        return Manifest.model_validate_json((folder / FILE).read_bytes())
    except OSError:
        raise UserError(
            f"{folder} is no backup: it has no {FILE}. A folder that ends in .incomplete was being "
            "written when its backup ended."
        ) from None
    except ValidationError as error:
        raise UserError(
            f"{folder / FILE} cannot be read ({error.error_count()} errors): it is damaged, or of "
            "a newer version of Tera."
        ) from None


def check_files(
    folder: Path, manifest: Manifest, *, checked: Callable[[int], None] = lambda _: None
) -> None:
    """Compare every file with its checksum; ``checked`` gets its bytes. Raises ``UserError``."""
    for name, expected in manifest.files.items():
        file = folder / name
        if not file.is_file() or described(file) != expected:
            raise UserError(
                f"{file} is not what the backup wrote (missing, cut off or changed): restore from "
                "another copy of this backup. Nothing was done."
            )
        checked(expected.bytes)
