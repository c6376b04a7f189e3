"""What every answer tells the browser not to do."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.settings import Settings


def security_headers(settings: Settings) -> Mapping[str, str]:
    """The headers of every answer.

    Scripts and styles come from files of our own, never from the page. A form leads to us, or on
    to the issuer, which ends the sign-in.
    """
    issuer = urlsplit(settings.required_oidc_issuer())
    policy = {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "form-action": f"'self' {issuer.scheme}://{issuer.netloc}",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    headers = {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
    }
    if (settings.portal_http or "").startswith("https:"):
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


class SecurityHeaders:
    """ASGI middleware that adds them."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, with_headers)
