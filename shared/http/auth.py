"""Bearer tokens of the configured OIDC issuer, and who may do what with them."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.http.jwks import ALGORITHMS, Jwks, UnknownKey
from shared.http.problems import Problem
from shared.settings import Settings

_LEEWAY_SECONDS: Final = 5
_REQUIRED: Final = ["exp", "iss", "aud", "sub"]


class Role(StrEnum):
    """Roles of the token's roles claim; citizens have none, they hold a token of their visit."""

    employee = "employee"
    assessor = "assessor"
    unit_officer = "unit_officer"
    survey_officer = "survey_officer"
    complaint_officer = "complaint_officer"
    personnel_officer = "personnel_officer"
    tenant_administrator = "tenant_administrator"
    integration_client = "integration_client"
    contact_reader = "contact_reader"
    """Another service of ours that delivers messages; it has no tenant."""
    operator = "operator"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. Only an operator and a contact reader may be without a tenant."""

    subject: str
    tenant_id: UUID | None
    roles: frozenset[str]
    person_id: UUID | None

    @property
    def tenant(self) -> UUID:
        """The caller's tenant, or a 403 for an operator, who has none."""
        if self.tenant_id is None:
            raise _forbidden(
                "no-tenant",
                "Use a token that names a tenant: this address serves one tenant at a time.",
            )
        return self.tenant_id

    def has(self, *roles: Role) -> bool:
        """True with at least one of the roles."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class Claims:
    """Names of the claims; a dotted one (`realm_access.roles`) reaches into nested claims."""

    tenant: str = "tenant"
    roles: str = "roles"
    person: str = "person"


class TokenVerifier:
    """Checks tokens against the issuer's keys; one per process."""

    def __init__(self, *, issuer: str, audience: str, claims: Claims, jwks: Jwks) -> None:
        self.issuer = issuer
        self.audience = audience
        self.claims = claims
        self.jwks = jwks

    @classmethod
    def from_settings(cls, settings: Settings) -> "TokenVerifier":
        """The verifier of TERA_OIDC_*; the issuer is asked at the first token, not now."""
        issuer = settings.required_oidc_issuer()
        claims = Claims(
            tenant=settings.oidc_tenant_claim,
            roles=settings.oidc_roles_claim,
            person=settings.oidc_person_claim,
        )
        return cls(issuer=issuer, audience=settings.oidc_audience, claims=claims, jwks=Jwks(issuer))

    async def principal(self, token: str) -> Principal:
        """The caller behind a token, or the Problem to answer (401, 403; 503 while there are no
        keys at all).
        """
        return _principal(await self._verified(token), self.claims)

    async def _verified(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise _invalid_token()
            key = await self.jwks.key(header.get("kid"))
            # The algorithm is the key's, never the token's: a public key must not serve as an HMAC
            # secret.
            return jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self.audience,
                issuer=self.issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": _REQUIRED},
            )
        except jwt.ExpiredSignatureError:
            raise _unauthorised(
                "expired-token", "The token has expired: get a new one.", error="invalid_token"
            ) from None
        except (jwt.InvalidTokenError, UnknownKey):
            raise _invalid_token() from None


def _principal(claims: dict[str, Any], names: Claims) -> Principal:
    roles = _claim(claims, names.roles)
    listed = roles.split() if isinstance(roles, str) else roles if isinstance(roles, list) else []
    held = frozenset(role for role in listed if isinstance(role, str) and role in set(Role))
    tenant_id = _uuid(claims, names.tenant)
    if tenant_id is None and held.isdisjoint({Role.operator, Role.contact_reader}):
        raise _forbidden(
            "no-tenant",
            f"The token has no claim {names.tenant!r}: have the login linked to a tenant.",
        )
    return Principal(str(claims["sub"]), tenant_id, held, _uuid(claims, names.person))


def _claim(claims: dict[str, Any], name: str) -> Any:
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _uuid(claims: dict[str, Any], name: str) -> UUID | None:
    value = _claim(claims, name)
    if value is None or value == "":
        return None
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise _forbidden(
            "invalid-claim",
            f"The claim {name!r} of the token is not a UUID: have the login corrected.",
        ) from None


def _forbidden(slug: str, detail: str) -> Problem:
    return Problem(403, slug, title="Not allowed", detail=detail)


def _unauthorised(slug: str, detail: str, *, error: str | None = None) -> Problem:
    challenge = f'Bearer error="{error}"' if error else "Bearer"
    return Problem(
        401, slug, title="Not signed in", detail=detail, headers={"www-authenticate": challenge}
    )


def _invalid_token() -> Problem:
    return _unauthorised(
        "invalid-token",
        "The token is not one that this service accepts: get a new one from the configured issuer.",
        error="invalid_token",
    )


_bearer = HTTPBearer(auto_error=False, description="Access token of the configured OIDC issuer")


async def signed_in(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """FastAPI dependency: any valid token."""
    if credentials is None:
        raise _unauthorised(
            "missing-token",
            "Send the header `Authorization: Bearer <token>` with a token of the issuer.",
        )
    verifier: TokenVerifier = request.app.state.verifier
    return await verifier.principal(credentials.credentials)


def require(*roles: Role) -> Callable[[Principal], Coroutine[Any, Any, Principal]]:
    """FastAPI dependency: a valid token with at least one of the roles;
    `Depends(require(Role.operator))`.
    """

    async def holder(principal: Annotated[Principal, Depends(signed_in)]) -> Principal:
        if not principal.has(*roles):
            needed = " or ".join(roles)
            raise _forbidden(
                "forbidden", f"This needs the role {needed}: ask your administrator for it."
            )
        return principal

    return holder
