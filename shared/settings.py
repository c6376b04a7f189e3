"""Settings of every process, read from environment variables with the prefix `TERA_`.

Database addresses are not fields of `Settings`: each process may see only the logins it needs, so
they are asked for one by one with `database_url`.
"""

import os
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingMissing(Exception):  # noqa: N818 - it reads as a sentence in a traceback
    """A variable that this command needs is not set."""

    def __init__(self, variable: str, meaning: str) -> None:
        self.variable = variable
        super().__init__(
            f"{variable} is not set: set it to {meaning}, "
            "or start the local stack, whose settings are then found by themselves."
        )


class Login(StrEnum):
    """The three database logins of a service: migrate, serve one tenant, work for all of them."""

    owner = "owner"
    api = "api"
    worker = "worker"


def _empty_is_unset(value: object) -> object:
    return None if value == "" else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Port = Annotated[int, Field(ge=0, le=65535)]
OptionalText = Annotated[str | None, BeforeValidator(_empty_is_unset)]
OptionalPort = Annotated[Port | None, BeforeValidator(_empty_is_unset)]


class Settings(BaseSettings):
    """One field per variable: `TERA_HTTP_PORT` is `http_port`."""

    model_config = SettingsConfigDict(env_prefix="TERA_", extra="ignore", frozen=True)

    kafka_bootstrap: OptionalText = None
    topic_prefix: str = ""
    oidc_issuer: OptionalText = None
    oidc_audience: str = "tera"
    oidc_person_claim: str = "person"
    oidc_tenant_claim: str = "tenant"
    oidc_roles_claim: str = "roles"
    http_host: str = "127.0.0.1"
    http_port: Port = 8000
    metrics_port: OptionalPort = None
    """Port of /metrics, /livez and /readyz; unset or 0 means none."""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = (
        "info"
    )
    log_format: Annotated[Literal["json", "console"], BeforeValidator(_lower)] = "json"
    registry_http: OptionalText = None
    feedback_http: OptionalText = None
    scoring_http: OptionalText = None
    notification_http: OptionalText = None
    portal_http: OptionalText = None
    """Where browsers reach the portal; links in messages and sign-in lead there."""
    portal_client_id: OptionalText = None
    portal_client_secret: OptionalText = None
    portal_session_secret: OptionalText = None
    """Keys of the cookies are derived of it; several, separated by spaces: the first one writes."""
    notification_client_id: OptionalText = None
    notification_client_secret: OptionalText = None
    """With these notification asks the issuer for a token, and the registry for addresses."""
    notification_signing_secret: OptionalText = None
    """What tenants' secrets (web-hooks, gateways) are sealed with; without it there are none."""
    smtp_url: OptionalText = None
    """`smtp://[user:password@]host:port`, `smtps://` or `smtp+starttls://`; unset: no e-mail."""
    mail_from: OptionalText = None
    """The address e-mail comes from."""
    delivery_hours: Annotated[float, Field(gt=0)] = 24.0
    """For so long a message is tried again."""
    outbound_loopback: bool = False
    """Web-hooks and gateways may be on this very machine, by http: for developers only."""
    otlp_endpoint: OptionalText = None
    """Base URL of an OTLP/HTTP collector of traces; unset means that none are made."""
    trace_sample: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Share of the requests that are traced where the caller has not decided."""
    home: str = ".tera"
    dev_client_secret: OptionalText = None

    def required_kafka_bootstrap(self) -> str:
        """Comma-separated `host:port` list of the brokers, or SettingMissing."""
        return _required(self.kafka_bootstrap, "TERA_KAFKA_BOOTSTRAP", "the brokers as host:port")

    def required_oidc_issuer(self) -> str:
        """The issuer whose tokens are accepted, or SettingMissing."""
        return _required(self.oidc_issuer, "TERA_OIDC_ISSUER", "the address of the token issuer")

    def required_dev_client_secret(self) -> str:
        """Secret of the local issuer's token endpoint, or SettingMissing."""
        meaning = "the secret of the local issuer"
        return _required(self.dev_client_secret, "TERA_DEV_CLIENT_SECRET", meaning)

    def service_http(self, service: str) -> str:
        """Base URL of a service for clients, without a trailing slash, or SettingMissing."""
        value: str | None = getattr(self, f"{service}_http", None)
        variable = f"TERA_{service.upper()}_HTTP"
        return _required(value, variable, f"the base URL of {service}").rstrip("/")


def database_url(service: str, login: Login | str) -> str:
    """The DSN of one login of one service (`postgresql://...`), or SettingMissing naming the
    variable.
    """
    variable = f"TERA_{service.upper()}_{Login(login).upper()}_URL"
    meaning = f"the {Login(login)} login of the {service} database, as postgresql://..."
    return _required(os.environ.get(variable), variable, meaning)


def _required(value: str | None, variable: str, meaning: str) -> str:
    if not value:
        raise SettingMissing(variable, meaning)
    return value
