"""Which requests and records get spans, what these say, and what they never say."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.http.app import create_app
from shared.http.auth import TokenVerifier
from shared.observability import spans
from shared.observability.otlp import OtlpRecorder
from shared.observability.trace import current_traceparent
from shared.settings import Settings

SAMPLED = f"00-{'a' * 32}-{'b' * 16}-01"
UNSAMPLED = f"00-{'a' * 32}-{'b' * 16}-00"
OURS = f"00-{'a' * 32}-{'c' * 16}-01"


@dataclass
class Noted:
    """A span that a test looks at."""

    name: str
    kind: str
    parent: str | None
    ended: dict[str, Any] | None = None
    traceparent: str = OURS

    def end(self, **words: Any) -> None:
        self.ended = words


@dataclass
class Notebook:
    """A recorder of ``share`` all or nothing."""

    share: bool = True
    spans: list[Noted] = field(default_factory=list)

    def chosen(self) -> bool:
        return self.share

    def begin(self, name: str, kind: str, *, parent: str | None, attributes: Any = None) -> Noted:
        self.spans.append(Noted(name, kind, parent))
        return self.spans[-1]

    def close(self) -> None: ...


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    made = Notebook()
    monkeypatch.setattr(spans, "_recorder", made)
    return made


def application() -> FastAPI:
    settings = Settings(oidc_issuer="http://127.0.0.1:9")
    app = create_app(title="test", service="test", verifier=TokenVerifier.from_settings(settings))

    @app.get("/v1/people/{person}")
    async def show(person: str) -> dict[str, str | None]:
        return {"traceparent": current_traceparent()}

    @app.get("/v1/broken")
    async def broken() -> None:
        raise ValueError

    return app


async def get(path: str, traceparent: str | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(app=application())
    headers = {"traceparent": traceparent} if traceparent else {}
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        return await http.get(path, headers=headers)


@pytest.mark.parametrize("caller", [None, SAMPLED, "00-nonsense-01"])
async def test_a_chosen_request_is_a_span_and_its_work_the_child(
    notebook: Notebook, caller: str | None
) -> None:
    answer = await get("/v1/people/budi?token=secret", caller)
    assert answer.json() == {"traceparent": OURS}
    (span,) = notebook.spans
    assert (span.kind, span.parent) == ("server", SAMPLED if caller == SAMPLED else None)
    assert span.ended == {
        "name": "GET /v1/people/{person}",
        "attributes": {
            "http.request.method": "GET",
            "http.route": "/v1/people/{person}",
            "http.response.status_code": 200,
        },
        "failed": False,
    }


async def test_the_caller_decides_against_it(notebook: Notebook) -> None:
    assert (await get("/v1/people/budi", UNSAMPLED)).json() == {"traceparent": UNSAMPLED}
    assert notebook.spans == []


async def test_what_is_not_chosen_travels_unsampled(notebook: Notebook) -> None:
    notebook.share = False
    carried = (await get("/v1/people/budi")).json()["traceparent"]
    assert not spans.sampled(carried)
    assert notebook.spans == []


async def test_a_failure_is_a_failed_span(notebook: Notebook) -> None:
    assert (await get("/v1/broken")).status_code == 500
    (span,) = notebook.spans
    assert span.ended is not None
    assert span.ended["failed"]


def test_work_for_many_is_a_span_for_each_sampled_one(notebook: Notebook) -> None:
    carried = [UNSAMPLED, SAMPLED, None, "nonsense-1", SAMPLED]
    with spans.each("publish", "producer", lambda: carried) as sent:
        assert sent == {1: OURS, 4: OURS}
        assert [span.ended for span in notebook.spans] == [None, None]
    assert [span.ended for span in notebook.spans] == [{"failed": False}] * 2


def test_work_that_fails_fails_the_spans_of_all(notebook: Notebook) -> None:
    with pytest.raises(ValueError, match="no"), spans.each("x", "internal", lambda: [SAMPLED]):
        raise ValueError("no")
    assert notebook.spans[0].ended == {"failed": True}


def test_where_nothing_is_recorded_no_record_is_looked_at() -> None:
    def not_asked() -> list[str | None]:
        raise AssertionError("asked")

    with spans.each("publish", "producer", not_asked) as sent:
        assert sent == {}
    assert spans.begin_request(SAMPLED) is None


@pytest.mark.parametrize(("share", "chosen"), [(0.0, 0), (1.0, 200)])
def test_the_share_of_requests(share: float, chosen: int) -> None:
    recorder = OtlpRecorder("http://127.0.0.1:9", share=share, service="test", role="api")
    assert sum(recorder.chosen() for _ in range(200)) == chosen
    recorder.close()
