"""Files on their way to a service, with a bar that moves."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx
    from rich.progress import Progress

_CHUNK = 64 * 1024


def send_file(client: "httpx.Client", path: str, content: bytes) -> "httpx.Response":
    """POST a CSV file; on standard error a bar shows how much was sent."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    headers = {"content-type": "text/csv", "content-length": str(len(content))}
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as progress:
        return client.post(path, content=_shown(content, progress), headers=headers)


def _shown(content: bytes, progress: "Progress") -> Iterator[bytes]:
    """The content in pieces, the bar moving with each; then the registry has the work."""
    bar = progress.add_task("Sending", total=len(content))
    for start in range(0, len(content), _CHUNK):
        piece = content[start : start + _CHUNK]
        yield piece
        progress.advance(bar, len(piece))
    progress.update(bar, description="Checking and storing")
