"""PostgreSQL refuses to run as root: the account it runs under instead, and what that may see."""

import os
import pwd
import stat
import sys
from pathlib import Path

from devstack.child import Account


def unprivileged_account() -> Account | None:
    """Return the account for PostgreSQL when we are root, else None (it runs as ourselves)."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(uid=65_534, gid=65_534)
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def let_reach(account: Account, folder: Path) -> None:
    """Give `account` the search permission that it lacks on the way to `folder`, and say so."""
    for parent in reversed(folder.resolve().parents):
        mode = parent.stat().st_mode
        if not _may(account, parent, stat.S_IXOTH):
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            print(
                f"devstack: PostgreSQL does not run as root; its account (uid {account.uid}) may "
                f"now pass through {parent} (search permission only)",
                file=sys.stderr,
            )


def let_read(account: Account, folder: Path) -> None:
    """Let `account` read and run the program files in `folder`, and say so if it could not."""
    let_reach(account, folder)
    changed = 0
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        wanted = stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if not _may(account, path, wanted):
            path.chmod(stat.S_IMODE(mode) | wanted)
            changed += 1
    if changed:
        print(
            f"devstack: PostgreSQL's account (uid {account.uid}) may now read {changed} files "
            f"of {folder}",
            file=sys.stderr,
        )


def _may(account: Account, path: Path, wanted: int) -> bool:
    """Whether the permission bits (given as those of "others") hold for `account`."""
    status = path.stat()
    if status.st_uid == account.uid:
        wanted <<= 6
    elif status.st_gid == account.gid:
        wanted <<= 3
    return status.st_mode & wanted == wanted
