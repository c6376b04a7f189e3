"""The services' own word: each API that has an address, whether it is ready."""

import asyncio

import httpx

from cli.doctor.findings import Finding, Patient, error
from services import SERVICES


async def check_processes(patient: Patient) -> list[Finding]:
    addresses = {
        service: address.rstrip("/")
        for service in (*SERVICES, "portal")
        if (address := patient.environment.get(f"TERA_{service.upper()}_HTTP"))
    }
    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
        found = await asyncio.gather(
            *(_check(http, service, address) for service, address in addresses.items())
        )
    return [finding for finding in found if finding is not None]


async def _check(http: httpx.AsyncClient, service: str, address: str) -> Finding | None:
    try:
        answer = await http.get(f"{address}/readyz")
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        return error(
            f"The API of {service} at {address} does not answer ({type(failure).__name__}).",
            f"start `tera serve {service} --role api`, or correct TERA_{service.upper()}_HTTP",
        )
    if answer.status_code != httpx.codes.OK:
        return error(
            f"The API of {service} runs and is not ready ({answer.status_code}): its database does "
            "not answer it.",
            f"see what is said of {service}'s database, and the log of the process",
        )
    return None
