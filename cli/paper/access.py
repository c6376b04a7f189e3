"""Where the services are, and a token that may send sheets to them."""

import os
from uuid import UUID

from cli.client import Client, Login
from cli.errors import UserError


def environment() -> dict[str, str]:
    """All variables; with a token of one's own the issuer is not asked and may be unset.

    Raise ``UserError`` where an address is missing.
    """
    variables = dict(os.environ)
    if variables.get("TERA_TOKEN"):
        variables.setdefault("TERA_OIDC_ISSUER", "")
    for variable in ("REGISTRY_HTTP", "FEEDBACK_HTTP", "SCORING_HTTP", "OIDC_ISSUER"):
        if f"TERA_{variable}" not in variables:
            raise UserError(
                f"TERA_{variable} is not set: start the local stack (make demo), or set the "
                "addresses of the services and TERA_TOKEN."
            )
    return variables


async def login_of_officer(client: Client, tenant: str) -> Login:
    """With TERA_TOKEN, else as a survey officer of the tenant at the local issuer.

    Raise ``UserError`` or ``SettingMissing``.
    """
    if token := os.environ.get("TERA_TOKEN"):
        return Login(client, {"authorization": f"Bearer {token}"})
    try:
        return await client.login("survey_officer", tenant=UUID(tenant))
    except ValueError:
        raise UserError(
            f"--tenant {tenant} is not an id: give the tenant's id, or a token in TERA_TOKEN.",
            code=2,
        ) from None
