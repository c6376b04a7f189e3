"""What a route has in hand: the request, its language, who is signed in, and how to answer."""

import hmac
import time
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.cookies import LANGUAGE, session_text
from services.portal.design.navigation import ENTRIES, KEEPERS, Entry, current
from services.portal.design.templates import render
from services.portal.issuer import SignInRefused, not_signed_in
from services.portal.languages.catalogue import chosen_language, text
from services.portal.session import Session
from services.portal.state import Portal
from shared.http.auth import Role
from shared.http.problems import Problem
from shared.settings import SettingMissing

_REFRESH_BEFORE_SECONDS: Final = 30
_UNREAD_SECONDS: Final = 0.5


class View:
    """One request and the means to answer it with a page."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.portal: Portal = request.app.state.portal
        self._asked = request.query_params.get("lang")
        self.language = chosen_language(
            self._asked, request.cookies.get(LANGUAGE), request.headers.get("accept-language")
        )
        self.session = Session.opened(
            self.portal.vault, session_text(request.cookies), now=time.time()
        )
        self._kept_session = self.session
        self.unread: int | None = None
        """Notices in the inbox of whoever is signed in; None where nobody asked or answered."""

    async def refresh(self) -> None:
        """See that the token of whoever is signed in still works. Raise the Problem that leads to
        the sign-in."""
        if self.session is None:
            raise not_signed_in()
        if self.session.expires_at - time.time() > _REFRESH_BEFORE_SECONDS:
            return
        try:
            self.session = await self.portal.issuer.refreshed(self.session)
        except SignInRefused:
            raise not_signed_in() from None

    async def count_unread(self) -> None:
        """Ask for the number that the menu shows; a page does without where that takes long."""
        if self.session is None or self.session.person_id is None:
            return
        try:
            answer = await self.portal.apis.send(
                "GET",
                "notification",
                "/v1/inbox",
                bearer=self._token,
                params={"limit": 1},
                timeout=_UNREAD_SECONDS,
            )
        except (Problem, SettingMissing):
            return
        self.unread = answer.json()["unread"]

    def t(self, key: str, **values: object) -> str:
        """A text in the language of the page."""
        return text(self.language, key, **values)

    def has(self, *roles: Role) -> bool:
        """Whether the person who is signed in has one of the roles."""
        return self.session is not None and not set(self.session.roles).isdisjoint(roles)

    @property
    def keeps(self) -> bool:
        """Whether that person keeps the organisation, its people, plans and policies."""
        return self.has(*KEEPERS)

    async def get(self, service: str, path: str, /, **params: Any) -> Any:
        """The JSON of a service, asked with the token of the person who is signed in.

        Raise the Problem that becomes the right error page.
        """
        return await self.portal.apis.get(service, path, bearer=self._token, **params)

    async def everything(self, service: str, path: str, /, **params: Any) -> list[Any]:
        """Every item of a list, page by page."""
        items: list[Any] = []
        cursor = None
        while True:
            page = await self.get(service, path, limit=200, cursor=cursor, **params)
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    async def send(
        self,
        method: str,
        service: str,
        path: str,
        body: Any = None,
        *,
        seen: str | None = None,
    ) -> Any:
        """The same for a POST, PUT or DELETE; None where the service answers nothing. `seen` is the
        version on the page that was sent: nothing is stored where there is a newer one."""
        headers = None if seen is None else {"if-match": _etag(seen)}
        answer = await self.portal.apis.send(
            method, service, path, bearer=self._token, body=body, headers=headers
        )
        return answer.json() if answer.content else None

    def page(
        self,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """The page of a template, in the language, with the menu of whoever is signed in."""
        menu = [entry for entry in ENTRIES if self._offers(entry)]
        html = render(
            template,
            language=self.language,
            here=self.request.url.path,
            link=self.link,
            in_language=self._in_language,
            # What was typed would be lost on the way to the other language.
            switchable=self.request.method in {"GET", "HEAD"},
            person=self.session,
            menu=menu,
            current=current(menu, self.request.url.path),
            unread=self.unread,
            **values,
        )
        response = HTMLResponse(html, status, headers)
        response.headers.setdefault(
            "cache-control", "private, no-store" if self.session else "private, no-cache"
        )
        return self._with_cookies(response)

    def redirect(self, path: str) -> Response:
        """See another page; the language stays."""
        return self._with_cookies(RedirectResponse(self.link(path), 303))

    def link(self, path: str) -> str:
        """A path of ours. Citizens have no cookie: their language travels in the address."""
        if self._asked != self.language or self.session is not None:
            return path
        return f"{path}{'&' if '?' in path else '?'}lang={self.language}"

    def _offers(self, entry: Entry) -> bool:
        if entry.personal and (self.session is None or self.session.person_id is None):
            return False
        return not entry.roles or self.has(*entry.roles)

    def _in_language(self, language: str) -> str:
        others = [(k, v) for k, v in self.request.query_params.multi_items() if k != "lang"]
        return f"{self.request.url.path}?{urlencode([*others, ('lang', language)])}"

    def with_session(self, response: Response) -> Response:
        """For answers that are no pages: the browser keeps a token that was renewed for them."""
        if self.session is not None and self.session is not self._kept_session:
            sealed = self.session.sealed(self.portal.vault)
            self.portal.cookies.put_session(response, sealed)
        return response

    def _with_cookies(self, response: Response) -> Response:
        if self.session is not None and self._asked == self.language:
            self.portal.cookies.put_language(response, self.language)
        return self.with_session(response)

    @property
    def _token(self) -> str | None:
        return self.session.access_token if self.session else None


def _etag(version: str) -> str:
    # A form may be filled by anybody: the service refuses what is no version.
    return f'"{version}"' if version.isascii() and version.isprintable() else '"-"'


async def signed_in(request: Request) -> View:
    """FastAPI dependency: a View with a session; otherwise the browser is sent to the sign-in."""
    view = View(request)
    await view.refresh()
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        await view.count_unread()
    return view


Anybody = Annotated[View, Depends(View)]
SignedIn = Annotated[View, Depends(signed_in)]


async def own_form(view: View) -> FormData:
    """The form of a signed-in person, sent from a page of ours; otherwise raise a 403 Problem.

    Lax cookies already keep other sites' POSTs from being signed in; the token in the form also
    holds where a browser does not know that attribute.
    """
    form = await view.request.form()
    given = form.get("form_token")
    assert view.session is not None
    expected = view.session.form_token.encode()
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected):
        raise Problem(
            403,
            "foreign-form",
            title="The form was not made for this session",
            detail="Open the page again and send it from there.",
        )
    return form


async def signed_form(view: SignedIn) -> FormData:
    """FastAPI dependency: the same, where the person is known to be signed in still."""
    return await own_form(view)


SignedForm = Annotated[FormData, Depends(signed_form)]
