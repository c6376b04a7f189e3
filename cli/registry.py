"""How commands speak to the registry: address, token, refusals."""

import os
from typing import TYPE_CHECKING
from uuid import UUID

from cli.errors import UserError
from cli.token import request_token

if TYPE_CHECKING:
    import httpx

    from shared.settings import Settings


def registry_client(settings: "Settings", role: str, *, tenant: UUID | None) -> "httpx.Client":
    """A signed-in client of the registry: by TERA_TOKEN, or as `role` by the local issuer.

    Raises `SettingMissing`, or `UserError` with what the issuer said.
    """
    import httpx

    token = os.environ.get("TERA_TOKEN") or request_token(settings, [role], tenant=tenant)
    return httpx.Client(
        base_url=settings.service_http("registry"),
        headers={"authorization": f"Bearer {token}"},
        timeout=120,
        trust_env=False,
    )


def check_tenant(client: "httpx.Client", tenant: UUID) -> None:
    """A token of one's own decides the tenant; refuse to change another than was named."""
    answer = client.get("/v1/tenant")
    if answer.status_code != 200:
        raise refusal(answer)
    if answer.json()["id"] != str(tenant):
        raise UserError(
            f"The token is for the tenant {answer.json()['slug']} ({answer.json()['id']}), not for "
            f"{tenant}: correct --tenant or TERA_TOKEN.",
            code=2,
        )


def refusal(answer: "httpx.Response") -> UserError:
    """The registry's own sentence about what to do, and which fields it means."""
    try:
        problem = answer.json()
        fields = "; ".join(f"{e['field']} {e['problem']}" for e in problem.get("errors", []))
        words = f"{problem['detail']} {fields}".strip()
    except (ValueError, KeyError, TypeError):
        words = answer.text.strip()[:300]
    return UserError(f"The registry refused (HTTP {answer.status_code}): {words}")


def unreachable(settings: "Settings", error: Exception) -> UserError:
    """The registry did not answer at all."""
    address = settings.service_http("registry")
    return UserError(f"The registry at {address} does not answer ({error}): see that it runs.")
