"""The mail server, as far as its greeting."""

import asyncio
import smtplib
from urllib.parse import urlsplit

from cli.doctor.findings import Finding, Patient, error, skipped, why

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


async def check_mail(patient: Patient) -> list[Finding]:
    url = patient.environment.get("TERA_SMTP_URL")
    if not url:
        return [skipped("Mail: TERA_SMTP_URL is not set, so no e-mail is sent")]
    place = urlsplit(url)
    if place.scheme not in _PORTS or not place.hostname:
        return [
            error(
                "TERA_SMTP_URL is no address of a mail server.",
                "write smtp://host:port, smtp+starttls:// or smtps://",
            )
        ]
    port = place.port or _PORTS[place.scheme]
    try:
        await asyncio.to_thread(_greet, place.scheme, place.hostname, port)
    except (OSError, smtplib.SMTPException) as failure:
        return [
            error(
                f"The mail server {place.hostname}:{port} does not answer ({why(failure)}): "
                "messages wait and are tried again.",
                "see that it runs and that TERA_SMTP_URL is right",
            )
        ]
    return []


def _greet(scheme: str, host: str, port: int) -> None:
    kind = smtplib.SMTP_SSL if scheme == "smtps" else smtplib.SMTP
    with kind(host, port, timeout=5) as server:
        server.ehlo()
        if scheme == "smtp+starttls":
            server.starttls()
