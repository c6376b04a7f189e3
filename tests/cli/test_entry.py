"""The command itself: quick to help, one line when something is wrong."""

import socket
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from cli.errors import UserError, sentence
from cli.main import app

HEAVY = ["asyncpg", "fastapi", "sqlalchemy", "aiokafka", "faststream", "httpx", "pydantic"]


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from typer.testing import CliRunner; from cli.main import app; "
        "print(CliRunner().invoke(app, ['--help']).exit_code, "
        f"[name for name in {HEAVY} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert found.stdout.decode().strip() == "0 []"


def test_a_missing_setting_is_one_line(tmp_path: Path) -> None:
    environment = {"TERA_HOME": str(tmp_path), "TERA_OIDC_ISSUER": ""}
    result = CliRunner().invoke(app, ["token", "--role", "operator"], env=environment)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("tera: TERA_OIDC_ISSUER is not set")
    assert result.stderr.count("\n") == 1


def test_wrong_usage_is_exit_code_2() -> None:
    assert CliRunner().invoke(app, ["serve", "nothing"]).exit_code == 2
    assert CliRunner().invoke(app, ["serve", "registry", "--role", "x"]).exit_code == 2
    assert CliRunner().invoke(app, ["nothing"]).exit_code == 2


def test_errors_of_others_name_their_kind() -> None:
    assert sentence(UserError("Do this\nthen  that.")) == "Do this then that."
    assert sentence(ValueError("x")) == "ValueError: x"
    assert sentence(KeyError()) == "KeyError"


def test_a_service_keeps_only_its_logins(tmp_path: Path) -> None:
    mine = ["TERA_REGISTRY_API_URL"]
    others = ["TERA_REGISTRY_OWNER_URL", "TERA_REGISTRY_WORKER_URL", "TERA_SCORING_API_URL"]
    secrets = [*others, "TERA_ADMIN_URL", "TERA_DEV_CLIENT_SECRET"]
    script = (
        "import os; from typer.testing import CliRunner; from cli.main import app; "
        "result = CliRunner().invoke(app, ['serve', 'registry', '--role', 'api']); "
        "print([name for name in os.environ if name.endswith(('_URL', 'SECRET'))], result.stderr)"
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        environment = dict.fromkeys([*mine, *secrets], "postgresql://127.0.0.1:1/x") | {
            "TERA_OIDC_ISSUER": "http://127.0.0.1:1",
            "TERA_HOME": str(tmp_path),
            "TERA_HTTP_PORT": str(taken.getsockname()[1]),
        }
        found = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, check=True, env=environment
        )
    assert found.stdout.decode().startswith(f"{mine} ")
    assert "tera: Cannot listen on" in found.stdout.decode()
