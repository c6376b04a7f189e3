"""What a backup's folder must be before anything is touched."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.backup.manifest import FILE, Manifest, check_files, described, read_manifest
from cli.backup.tools import tools_for
from cli.errors import UserError


def backup(folder: Path) -> Manifest:
    (folder / "registry").mkdir()
    (folder / "registry" / "toc.dat").write_bytes(b"x" * 100)
    now = datetime.now(UTC)
    manifest = Manifest(
        began_at=now,
        finished_at=now,
        databases={},
        positions=None,
        files={"registry/toc.dat": described(folder / "registry" / "toc.dat")},
    )
    (folder / FILE).write_text(manifest.model_dump_json())
    return manifest


def test_what_was_written_is_read(tmp_path: Path) -> None:
    written = backup(tmp_path)
    assert read_manifest(tmp_path) == written
    checked: list[int] = []
    check_files(tmp_path, written, checked=checked.append)
    assert checked == [100]


@pytest.mark.parametrize("damage", [b"", b"x" * 99, b"x" * 99 + b"y", None])
def test_damage_is_found(tmp_path: Path, damage: bytes | None) -> None:
    written = backup(tmp_path)
    file = tmp_path / "registry" / "toc.dat"
    file.unlink() if damage is None else file.write_bytes(damage)
    with pytest.raises(UserError, match=r"toc\.dat is not what the backup wrote"):
        check_files(tmp_path, written)


def test_an_unfinished_folder_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no backup"):
        read_manifest(tmp_path)


def test_a_manifest_of_another_format_is_refused(tmp_path: Path) -> None:
    backup(tmp_path)
    newer = (tmp_path / FILE).read_text().replace('"format":1', '"format":2')
    (tmp_path / FILE).write_text(newer)
    with pytest.raises(UserError, match="newer version"):
        read_manifest(tmp_path)


def test_programs_older_than_the_server_are_not_used() -> None:
    assert tools_for(18).major >= 18
    with pytest.raises(UserError, match="postgresql-client-99"):
        tools_for(99)
