"""Settings come from TERA_ variables; what is missing is named."""

import pytest
from pydantic import ValidationError

from shared.settings import Login, SettingMissing, Settings, database_url


def test_variables_become_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERA_HTTP_PORT", "9001")
    monkeypatch.setenv("TERA_METRICS_PORT", "")
    monkeypatch.setenv("TERA_LOG_LEVEL", "WARNING")
    monkeypatch.setenv("TERA_OIDC_ISSUER", "http://127.0.0.1:1")
    settings = Settings()
    assert settings.http_port == 9001
    assert settings.metrics_port is None
    assert settings.log_level == "warning"
    assert settings.required_oidc_issuer() == "http://127.0.0.1:1"


def test_a_base_url_loses_its_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERA_FEEDBACK_HTTP", "http://127.0.0.1:9/")
    assert Settings().service_http("feedback") == "http://127.0.0.1:9"


def test_each_login_has_its_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERA_SCORING_WORKER_URL", "postgresql://there")
    monkeypatch.delenv("TERA_SCORING_API_URL", raising=False)
    assert database_url("scoring", Login.worker) == "postgresql://there"
    with pytest.raises(SettingMissing, match="TERA_SCORING_API_URL is not set"):
        database_url("scoring", "api")


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERA_KAFKA_BOOTSTRAP", "")
    with pytest.raises(SettingMissing, match="TERA_KAFKA_BOOTSTRAP is not set"):
        Settings().required_kafka_bootstrap()


def test_a_bad_port_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERA_HTTP_PORT", "70000")
    with pytest.raises(ValidationError, match="http_port"):
        Settings()
