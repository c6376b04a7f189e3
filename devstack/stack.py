"""The whole devstack of one data folder: PostgreSQL, broker, issuer and mail catcher."""

import contextlib
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Self

from devstack.broker import Broker, selected_broker
from devstack.environment import service_urls
from devstack.files import kept_secret
from devstack.issuer_server import Issuer
from devstack.mail_catcher_server import MailCatcher
from devstack.postgres import Postgres
from devstack.signals import ending_signals_unwind, undisturbed
from devstack.state import FolderLock, remove_state, write_state
from devstack.tokens import SigningKey, load_key


class Stack:
    """A context manager; inside, `environment` holds the TERA_ variables of what runs.

    A part is not started (and is None here) where the environment names one that already runs:
    TERA_ADMIN_URL a PostgreSQL 18, TERA_KAFKA_BOOTSTRAP a Kafka, TERA_OIDC_ISSUER an issuer,
    TERA_SMTP_URL a mail server.
    SIGINT and SIGTERM stop everything in order, at any moment.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.environment: dict[str, str] = {}
        self.postgres = None if _named("ADMIN_URL") else Postgres(self.folder / "postgres")
        self.broker: Broker | None = (
            None if _named("KAFKA_BOOTSTRAP") else selected_broker(self.folder / "broker")
        )
        self.issuer = None if _named("OIDC_ISSUER") else Issuer(self.folder / "issuer")
        self.mail_catcher = None if _named("SMTP_URL") else MailCatcher(self.folder / "mail")
        self._lock = FolderLock(self.folder)
        self._signals = contextlib.ExitStack()
        self._starts: list[Future[None]] = []

    @property
    def issuer_key(self) -> SigningKey:
        """The local issuer's key, for tests that mint tokens. Raise RuntimeError if it has none."""
        if self.issuer is None:
            raise RuntimeError("TERA_OIDC_ISSUER names another issuer; its key is not ours")
        return load_key(self.issuer.key_file)

    def start(self) -> None:
        """Start all parts side by side, or none: a failure stops what did start.

        Raise FolderInUseError, ChildFailedError, or RuntimeError where something is not installed.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock.take()
        try:
            parts = self._parts()
            with_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="devstack-start")
            self._starts = [with_threads.submit(part.start) for part in parts]
            with_threads.shutdown(wait=False)
            for start in self._starts:
                start.result()
            self.environment = self._environment()
            write_state(self.folder, self.environment)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what runs or is starting; safe to repeat."""
        with undisturbed():
            remove_state(self.folder)
            stops = [part.stop for part in self._parts()]
            _call_all(stops)
            # A start that was under way fails now, unless it had not begun: then it goes on.
            while wait(self._starts, timeout=0.05).not_done:
                _call_all(stops)
            _call_all(stops)
            self._starts = []
            self._lock.release()

    def _parts(self) -> list[Broker | Issuer | MailCatcher | Postgres]:
        """In the order in which they are stopped: what others need comes last."""
        parts = (self.mail_catcher, self.issuer, self.broker, self.postgres)
        return [part for part in parts if part]

    def _environment(self) -> dict[str, str]:
        found = {name: value for name, value in os.environ.items() if name.startswith("TERA_")}
        if self.postgres:
            found["TERA_ADMIN_URL"] = self.postgres.admin_url()
        if self.broker:
            found["TERA_KAFKA_BOOTSTRAP"] = self.broker.bootstrap
        if self.issuer:
            found["TERA_OIDC_ISSUER"] = self.issuer.url
            found["TERA_DEV_CLIENT_SECRET"] = self.issuer.client_secret
            found |= self.issuer.client_environment()
        if self.mail_catcher:
            found["TERA_SMTP_URL"] = self.mail_catcher.smtp_url
            found.setdefault("TERA_MAIL_FROM", self.mail_catcher.sender)
            found["TERA_MAIL_CATCHER_HTTP"] = self.mail_catcher.http_url
        found.setdefault(
            "TERA_PORTAL_SESSION_SECRET", kept_secret(self.folder / "portal-session-secret")
        )
        found.setdefault(
            "TERA_NOTIFICATION_SIGNING_SECRET",
            kept_secret(self.folder / "notification-signing-secret"),
        )
        urls = service_urls(found["TERA_ADMIN_URL"], self._password)
        return {**urls, **found, "TERA_HOME": str(self.folder)}

    def _password(self, role: str) -> str:
        folder = self.folder / "passwords"
        folder.mkdir(exist_ok=True, mode=0o700)
        return kept_secret(folder / role)

    def __enter__(self) -> Self:
        self._signals.enter_context(ending_signals_unwind())
        try:
            self.start()
        except BaseException:
            self._signals.close()
            raise
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self._signals.close()


def _named(variable: str) -> bool:
    return bool(os.environ.get(f"TERA_{variable}"))


def _call_all(stops: list[Callable[[], None]]) -> None:
    for stop in stops:
        stop()
