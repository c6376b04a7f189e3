"""The command itself: quick to help, one line when something is wrong."""

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
