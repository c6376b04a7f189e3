"""Style sheet, script and icon: addresses change with the content, so they may be kept for ever."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from shared.http.problems import not_found

router = APIRouter()

_FOLDER: Final = Path(__file__).parents[1] / "static"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOR_EVER: Final = {"cache-control": "public, max-age=31536000, immutable"}


@cache
def _content(name: str) -> tuple[bytes, str]:
    content = (_FOLDER / name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


def static_address(name: str) -> str:
    """`/static/<hash>/tera.css` for `tera.css`."""
    return f"/static/{_content(name)[1]}/{name}"


@router.get("/static/{version}/{name}")
async def static_file(version: str, name: str) -> Response:
    """A file of the folder `static`, in its present version."""
    if name not in _NAMES or _content(name)[1] != version:
        raise not_found("There is no such file.")
    return Response(_content(name)[0], media_type=_TYPES[Path(name).suffix], headers=_FOR_EVER)


_NAMES: Final = frozenset(file.name for file in _FOLDER.iterdir() if file.suffix in _TYPES)
