"""Where a sign-in may lead back to."""

from urllib.parse import urlsplit


def safe_next(path: str | None) -> str:
    """A path of ours, or the start page: an address elsewhere would make us a redirector.

    Browsers take a backslash for a slash and drop tabs and line ends, so neither is let through.
    """
    if path is None or not path.startswith("/") or path.startswith("//"):
        return "/"
    if "\\" in path or any(ord(letter) < 0x21 for letter in path):
        return "/"
    parts = urlsplit(path)
    return "/" if parts.scheme or parts.netloc else path
