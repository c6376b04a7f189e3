"""The token issuer: its description, its keys, its clock."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from cli.doctor.findings import Finding, Patient, error, skipped, warning, why

_FIX = "correct TERA_OIDC_ISSUER, or see that the issuer runs"


async def check_issuer(patient: Patient) -> list[Finding]:
    issuer = patient.settings.oidc_issuer
    if issuer is None:
        return [skipped("Issuer: none is known")]
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            answer = await http.get(address)
            now = datetime.now(UTC)
            described = answer.raise_for_status().json()
            keys = (await http.get(described["jwks_uri"])).raise_for_status().json()["keys"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as failure:
        return [
            error(
                f"The issuer {issuer} does not answer as expected ({why(failure)}): nobody can "
                "sign in anew, and no service that starts now can check a token.",
                _FIX,
            )
        ]
    found = []
    if described.get("issuer", "").rstrip("/") != issuer.rstrip("/"):
        found.append(
            error(
                f"The issuer at {issuer} calls itself {described.get('issuer')!r}: its tokens are "
                "refused.",
                "set TERA_OIDC_ISSUER to exactly the name that stands in the tokens",
            )
        )
    if not keys:
        found.append(error(f"The issuer {issuer} shows no keys.", _FIX))
    if "date" in answer.headers:
        skew = abs((now - parsedate_to_datetime(answer.headers["date"])).total_seconds())
        if skew > patient.limits.clock:
            found.append(
                warning(
                    f"The clocks of the issuer and of this machine are {skew:.0f} s apart: tokens "
                    "seem to be of the future, or expired.",
                    "let both follow a time server",
                )
            )
    return found
