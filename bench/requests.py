"""Requests as HTTP/1.1 bytes, split around the number that each of them has of its own."""

import json
import time
from datetime import UTC, datetime
from random import Random

from bench.installation import Installation
from bench.place import Desk, Place
from devstack.tokens import mint
from shared.contracts import ELEMENTS

_COMMENTS = (
    "Petugas ramah dan cepat, terima kasih.",
    "Antrean terlalu lama, hanya satu loket yang buka.",
    "Syaratnya jelas dan biayanya sesuai.",
)


def answer_requests(place: Place, *, distinct: int = 240, seed: int = 7) -> list[tuple[str, str]]:
    """So many different walk-in answers; one in three has a comment. The last header is the key."""
    random = Random(seed)
    return [_request(place, random, number) for number in range(distinct)]


def _request(place: Place, random: Random, number: int) -> tuple[str, str]:
    desk = place.desks[number % len(place.desks)]
    answer: dict[str, object] = {
        "counter": desk.code,
        "scores": {str(element): random.choice((2, 3, 3, 4, 4, 4)) for element in ELEMENTS},
    }
    if number % 3 == 0:
        answer["comment"] = random.choice(_COMMENTS)
        answer["sentiment"] = random.choice(("praise", "criticism"))
    body = json.dumps(answer, separators=(",", ":"))
    head = (
        f"POST /v1/tenants/{desk.tenant_id}/answers HTTP/1.1\r\n"
        "Host: tera.example\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body.encode())}\r\n"
        "Idempotency-Key: "
    )
    return head, f"\r\n\r\n{body}"


def reading_requests(installed: Installation, place: Place, service: str) -> list[tuple[str, str]]:
    """What people look at meanwhile: units in the registry, cards and explanations in scoring."""
    month = f"{datetime.now(UTC):%Y-%m}"
    requests = []
    for desk in place.desks[::10]:
        paths = {
            "registry": ["/v1/units", "/v1/services"],
            "scoring": [
                f"/v1/satisfaction?period={month}",
                f"/v1/units/{desk.unit_id}/satisfaction?period={month}",
            ],
        }[service]
        token = _token(installed, desk)
        requests += [
            (
                f"GET {path} HTTP/1.1\r\nHost: tera.example\r\nAuthorization: Bearer {token}\r\n"
                "X-Request-Id: ",
                "\r\n\r\n",
            )
            for path in paths
        ]
    return requests


def _token(installed: Installation, desk: Desk) -> str:
    now = int(time.time())
    claims = {
        "iss": installed.environment["TERA_OIDC_ISSUER"],
        "aud": "tera",
        "sub": "bench",
        "iat": now,
        "exp": now + 3600,
        "tenant": str(desk.tenant_id),
        "roles": ["tenant_administrator"],
    }
    return mint(installed.stack.issuer_key, claims)
