"""Settings that are missing, or that contradict each other."""

from collections import defaultdict
from urllib.parse import urlsplit

from cli.doctor.findings import Finding, Patient, error, warning
from services import SERVICES
from shared.db.provision import LOGINS

_NEEDED = {
    "kafka_bootstrap": ("TERA_KAFKA_BOOTSTRAP", "workers have no broker"),
    "oidc_issuer": ("TERA_OIDC_ISSUER", "nobody's token can be checked"),
}
_LOCAL = {"127.0.0.1", "localhost", "::1"}


async def check_settings(patient: Patient) -> list[Finding]:
    return [*_missing(patient), *_logins(patient), *_addresses(patient)]


def _missing(patient: Patient) -> list[Finding]:
    found = [
        error(f"{variable} is not set: {meaning}.", f"set {variable}, or start `tera demo`")
        for field, (variable, meaning) in _NEEDED.items()
        if not getattr(patient.settings, field)
    ]
    known = [patient.url(service, login) for service in SERVICES for login in LOGINS]
    if not any(known):
        found.append(
            error(
                "No login of any database is set (TERA_<SERVICE>_<OWNER|API|WORKER>_URL).",
                "set those of the installation, or run this where `tera demo` runs",
            )
        )
    return found


def _logins(patient: Patient) -> list[Finding]:
    found: list[Finding] = []
    owners: dict[tuple[str | None, int | None, str], set[str]] = defaultdict(set)
    for service in SERVICES:
        urls = {login: urlsplit(patient.url(service, login) or "") for login in LOGINS}
        given = {login: url for login, url in urls.items() if url.netloc}
        users = [url.username for url in given.values()]
        if len(set(users)) < len(users):
            found.append(
                error(
                    f"Logins of {service} share an account: row-level security tells accounts "
                    "apart, not variables.",
                    f"give TERA_{service.upper()}_OWNER_URL, _API_URL and _WORKER_URL accounts of "
                    f"their own, then `tera provision {service}`",
                )
            )
        places = {(url.hostname, url.port, url.path) for url in given.values()}
        if len({path for *_, path in places}) > 1:
            found.append(
                error(
                    f"The logins of {service} lead to different databases.",
                    f"compare the addresses in TERA_{service.upper()}_*_URL",
                )
            )
        for place in places:
            owners[place].add(service)
    for (*_, path), services in owners.items():
        if len(services) > 1:
            found.append(
                error(
                    f"{' and '.join(sorted(services))} use the same database {path.lstrip('/')}: "
                    "each service owns one alone.",
                    "give each a database of its own, then `tera provision`",
                )
            )
    return found


def _addresses(patient: Patient) -> list[Finding]:
    settings, environment = patient.settings, patient.environment
    found: list[Finding] = []
    for variable in sorted(environment):
        value = environment[variable]
        named = variable.startswith("TERA_") and variable.endswith("_HTTP")
        if value and (named or variable in {"TERA_OIDC_ISSUER", "TERA_OTLP_ENDPOINT"}):
            parts = urlsplit(value)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                found.append(
                    error(f"{variable} is no http address: {value!r}.", f"correct {variable}")
                )
    issuer = urlsplit(settings.oidc_issuer or "")
    if issuer.scheme == "http" and issuer.hostname not in _LOCAL:
        found.append(
            warning(
                "TERA_OIDC_ISSUER is plain http beyond this machine: whoever is on the way can "
                "give out keys.",
                "use the issuer's https address",
            )
        )
    if environment.get("TERA_SMTP_URL") and not environment.get("TERA_MAIL_FROM"):
        found.append(
            error("TERA_SMTP_URL is set, TERA_MAIL_FROM is not: no mail is sent.",
                  "set TERA_MAIL_FROM to the sender's address")
        )  # fmt: skip
    if environment.get("TERA_DEV_CLIENT_SECRET") and issuer.hostname not in _LOCAL | {None}:
        found.append(
            warning(
                "TERA_DEV_CLIENT_SECRET is set beside an issuer that is not the local one.",
                "unset TERA_DEV_CLIENT_SECRET",
            )
        )
    return found
