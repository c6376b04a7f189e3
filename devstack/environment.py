"""The TERA_ variables with which services find their databases."""

from collections.abc import Callable
from urllib.parse import quote, urlsplit, urlunsplit

SERVICES = ("registry", "feedback", "scoring", "notification")
LOGINS = ("owner", "api", "worker")


def service_urls(admin_url: str, password: Callable[[str], str]) -> dict[str, str]:
    """Return TERA_<SERVICE>_<LOGIN>_URL for each service and login.

    They lead to the server of `admin_url`; `password` gives the one of a role.
    """
    admin = urlsplit(admin_url)
    place = admin.netloc.rpartition("@")[2]
    urls = {}
    for service in SERVICES:
        for login in LOGINS:
            role = f"tera_{service}_{login}"
            netloc = f"{role}:{quote(password(role), safe='')}@{place}"
            urls[f"TERA_{service.upper()}_{login.upper()}_URL"] = urlunsplit(
                admin._replace(netloc=netloc, path=f"/tera_{service}")
            )
    return urls
