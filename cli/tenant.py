"""`tera tenant`: employers that share this installation."""

import json
from typing import Annotated

import typer

app = typer.Typer(help="Employers that share this installation.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Employers that share this installation."""


@app.command()
def create(
    *,
    slug: Annotated[str, typer.Option(help="Short name in addresses: small letters, digits, -.")],
    name: Annotated[str, typer.Option(help="Full name, such as 'Kota Salatiga'.")],
    administrator: Annotated[
        str, typer.Option(help="Login of the first administrator, as the issuer's `sub` claim.")
    ],
    zone: Annotated[
        str, typer.Option(help="IANA time zone; it decides to which month an answer belongs.")
    ] = "Asia/Jakarta",
) -> None:
    """Create a tenant, and say what makes a login its first administrator.

    Uses the operator's token in TERA_TOKEN, or asks the issuer of the local stack for one. Logins
    belong to the issuer: Tera keeps none, so the administrator exists as soon as the issuer puts
    the claims that are printed here into the tokens of that login.
    """
    import httpx

    from cli.registry import refusal, registry_client, unreachable
    from shared.settings import Settings

    settings = Settings()
    with registry_client(settings, "operator", tenant=None) as client:
        try:
            body = {"slug": slug, "name": name, "zone": zone}
            answer = client.post("/v1/tenants", json=body)
        except httpx.TransportError as error:
            raise unreachable(settings, error) from error
    if answer.status_code != 201:
        raise refusal(answer)
    tenant = answer.json()
    claims = {
        "sub": administrator,
        settings.oidc_tenant_claim: tenant["id"],
        settings.oidc_roles_claim: ["tenant_administrator"],
    }
    typer.echo(f"Tenant {tenant['slug']} created: {tenant['id']}")
    typer.echo(f"Have your issuer put these claims into the tokens of {administrator!r}:")
    typer.echo(json.dumps(claims, indent=2))
    if settings.dev_client_secret:
        typer.echo("With the local issuer, this prints such a token:")
        typer.echo(f"  tera token --role tenant_administrator --tenant {tenant['id']}")
