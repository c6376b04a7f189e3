"""`tera token`: a bearer token from the local issuer."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from cli.errors import UserError

if TYPE_CHECKING:
    from shared.settings import Settings


def token(
    role: Annotated[
        list[str], typer.Option(help="A role, such as survey_officer; may be repeated.")
    ],
    tenant: Annotated[
        UUID | None, typer.Option(help="The tenant's id; only operators do without.")
    ] = None,
    person: Annotated[UUID | None, typer.Option(help="The person behind the login.")] = None,
) -> None:
    """Print a token for trying things out; works with the issuer of the local stack only."""
    from shared.http.auth import Role
    from shared.settings import Settings

    if unknown := sorted(set(role) - set(Role)):
        known = ", ".join(Role)
        raise typer.BadParameter(f"{unknown[0]!r} is no role; the roles are {known}.")
    typer.echo(request_token(Settings(), role, tenant=tenant, person=person))


def request_token(
    settings: "Settings", roles: list[str], *, tenant: UUID | None, person: UUID | None = None
) -> str:
    """A token of the local issuer, whose token endpoint is found by discovery.

    Raises `SettingMissing`, or `UserError` with what the issuer said.
    """
    import httpx

    issuer = settings.required_oidc_issuer().rstrip("/")
    form = {"grant_type": "client_credentials", "role": roles}
    form |= {"client_secret": settings.required_dev_client_secret()}
    form |= {"tenant": str(tenant)} if tenant else {}
    form |= {"person": str(person)} if person else {}
    try:
        with httpx.Client(timeout=10) as client:
            discovery = client.get(f"{issuer}/.well-known/openid-configuration")
            endpoint = discovery.raise_for_status().json()["token_endpoint"]
            answer = client.post(endpoint, data=form)
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise UserError(f"The issuer {issuer} does not answer as expected: {error}") from error
    if answer.status_code != 200:
        said = answer.text.strip()[:300]
        raise UserError(f"The issuer {issuer} gave no token (HTTP {answer.status_code}): {said}")
    token: str = answer.json()["access_token"]
    return token
