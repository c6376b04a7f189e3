"""The portal's cookies. Citizens get none: only people who sign in do."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from shared.settings import Settings

SESSION: Final = "tera_session"
SIGN_IN: Final = "tera_sign_in"
LANGUAGE: Final = "tera_language"

_LARGEST: Final = 3800
"""Browsers keep 4096 bytes of a cookie, name and attributes among them."""
_MOST: Final = 6
_YEAR: Final = 31_536_000


class Cookies:
    """Writes cookies; `Secure` where browsers reach the portal by https."""

    def __init__(self, settings: Settings) -> None:
        self._secure = (settings.portal_http or "").startswith("https:")

    def put(self, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
        """Set one cookie; without `seconds` it ends with the browser."""
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self._secure, httponly=True,
            samesite="lax",
        )  # fmt: skip

    def put_session(self, response: Response, sealed: str) -> None:
        """Set the session, in as many cookies as its tokens need, and clear what is left over."""
        pieces = [sealed[at : at + _LARGEST] for at in range(0, len(sealed), _LARGEST)]
        if len(pieces) > _MOST:
            raise ValueError("the issuer's tokens are too large for cookies")
        for number in range(_MOST):
            if number < len(pieces):
                self.put(response, _numbered(number), pieces[number])
            elif number:
                self.clear(response, _numbered(number))

    def clear_session(self, response: Response) -> None:
        """Forget who is signed in."""
        for number in range(_MOST):
            self.clear(response, _numbered(number))

    def put_language(self, response: Response, language: str) -> None:
        """Keep the chosen language for a year."""
        self.put(response, LANGUAGE, language, seconds=_YEAR)

    def clear(self, response: Response, name: str) -> None:
        """Take one cookie away."""
        response.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="lax")


def session_text(cookies: Mapping[str, str]) -> str:
    """The sealed session in a request's cookies; empty where there is none."""
    pieces = (cookies.get(_numbered(number), "") for number in range(_MOST))
    return "".join(pieces)


def _numbered(number: int) -> str:
    return f"{SESSION}_{number}" if number else SESSION
