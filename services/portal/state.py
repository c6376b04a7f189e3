"""What the pages find in their application: put together in ``app.py``."""

from dataclasses import dataclass

from services.portal.apis import Apis
from services.portal.cookies import Cookies
from services.portal.issuer import Issuer
from services.portal.session import Vault
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Portal:
    """One per process; it remembers nothing about anybody."""

    settings: Settings
    apis: Apis
    vault: Vault
    cookies: Cookies
    issuer: Issuer
