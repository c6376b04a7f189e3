"""Each process of the local system gets its own service's secrets and logins, and no other."""

from pathlib import Path

import pytest

from devstack.system import Part, System

GIVEN = {
    "TERA_ADMIN_URL": "x",
    "TERA_DEV_CLIENT_SECRET": "x",
    "TERA_PORTAL_CLIENT_ID": "portal",
    "TERA_PORTAL_CLIENT_SECRET": "x",
    "TERA_PORTAL_SESSION_SECRET": "x",
    "TERA_NOTIFICATION_CLIENT_SECRET": "x",
    "TERA_NOTIFICATION_API_URL": "x",
    "TERA_NOTIFICATION_WORKER_URL": "x",
    "TERA_FEEDBACK_API_URL": "x",
    "TERA_OIDC_ISSUER": "http://127.0.0.1:9",
}


@pytest.mark.parametrize(
    ("part", "secrets"),
    [
        (Part("portal", "api"), {"TERA_PORTAL_CLIENT_SECRET", "TERA_PORTAL_SESSION_SECRET"}),
        (Part("feedback", "api"), {"TERA_FEEDBACK_API_URL"}),
        (
            Part("notification", "worker"),
            {"TERA_NOTIFICATION_CLIENT_SECRET", "TERA_NOTIFICATION_WORKER_URL"},
        ),
    ],
)
def test_a_process_gets_its_own_secrets_only(tmp_path: Path, part: Part, secrets: set[str]) -> None:
    system = System(GIVEN, tmp_path, parts=(part,))
    passed = system.environment_of(part)
    assert {name for name, value in passed.items() if value == "x"} == secrets
    assert passed["TERA_PORTAL_CLIENT_ID"] == "portal"
