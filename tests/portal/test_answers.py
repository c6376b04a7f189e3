"""The citizen's page: from the code on the poster to thanks, whatever happens on the way."""

import asyncio
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from devstack.system import Part
from tests.portal.conftest import MARKS, Site, fields
from tests.support.installation import Office
from tests.support.waiting import eventually

FEEDBACK = Part("feedback", "api")


@pytest_asyncio.fixture(scope="module")
async def office(site: Site) -> Office:
    return await site.running.office("salatiga")


async def slug_of(site: Site, office: Office) -> str:
    path = "select slug from tenants where tenant_id = $1"
    slug: str = await site.running.value("feedback", path, office.tenant)
    return slug


async def stored(site: Site, tenant: UUID) -> int:
    query = "select count(*) from answers where tenant_id = $1"
    count: int = await site.running.value("feedback", query, tenant)
    return count


async def visit(office: Office) -> dict[str, Any]:
    body = {"ticket": "A-1", "unit_id": str(office.unit), "service_id": str(office.service)}
    made: dict[str, Any] = await office.administrator.post("feedback", "/v1/visits", body)
    return made


async def test_from_the_typed_code_to_thanks_and_again(site: Site, office: Office) -> None:
    slug, counter = await slug_of(site, office), await site.counter(office)
    before = await stored(site, office.tenant)
    async with site.visitor() as citizen:
        typed = await citizen.get("/", params={"code": f" {slug.upper()} {counter['code']} "})
        assert typed.headers["location"] == f"/j/{slug}/{counter['code']}"
        page = await citizen.get(typed.headers["location"])
        assert page.status_code == 200
        assert "KTP-el" in page.text
        assert "Loket" in page.text
        form = fields(page.text) | MARKS | {"comment": "Cepat & <ramah>", "sentiment": "praise"}
        form |= {"sex": "woman", "age_band": "30_39", "education": "sma", "occupation": "swasta"}
        for _ in range(2):
            sent = await citizen.post(page.url.path, data=form)
            assert sent.status_code == 303
            thanks = await citizen.get(sent.headers["location"])
            assert "Terima kasih" in thanks.text
        assert not citizen.cookies
    assert await stored(site, office.tenant) == before + 1
    [row] = await site.running.rows(
        "feedback",
        "select comment, sentiment, sex, age_band, education, occupation, scores from answers"
        " where tenant_id = $1 and comment is not null",
        office.tenant,
    )
    assert row["comment"] == "Cepat & <ramah>"
    assert tuple(row)[1:6] == ("praise", "woman", "30_39", "sma", "swasta")
    assert row["scores"] == [3, 4, 2, 4, 3, 3, 4, 3, 1]


async def test_two_forms_are_two_answers(site: Site, office: Office) -> None:
    path = f"/j/{office.tenant}/{(await site.counter(office))['code']}"
    before = await stored(site, office.tenant)
    async with site.visitor() as citizen:
        for _ in range(2):
            page = await citizen.get(path)
            sent = await citizen.post(path, data=fields(page.text) | MARKS)
            assert sent.status_code == 303
        changed = fields(page.text) | MARKS | {"waktu": "1"}
        again = await citizen.post(path, data=changed)
        assert again.status_code == 409
        assert "Sudah dijawab" in again.text
        assert f'href="{path}">Isi untuk kunjungan lain' in again.text
    assert await stored(site, office.tenant) == before + 2


async def test_what_the_policy_switched_off_is_not_asked(site: Site) -> None:
    office = await site.running.office("andir")
    path = f"/j/{office.tenant}/{(await site.counter(office))['code']}"
    policy = {"valid_from": "2025-01-01", "switched_off": [{"element": "biaya"}]}
    await office.administrator.post("registry", "/v1/satisfaction-policies", policy)
    async with site.visitor() as citizen:

        async def shorter() -> bool:
            return "8 pertanyaan" in (await citizen.get(path)).text

        await eventually(shorter, within=20)
        page = await citizen.get(path)
        assert 'name="biaya"' not in page.text
        marks = {name: mark for name, mark in MARKS.items() if name != "biaya"}
        assert (await citizen.post(path, data=fields(page.text) | marks)).status_code == 303
    assert await stored(site, office.tenant) == 1


async def test_a_form_that_was_tampered_with_breaks_nothing(site: Site, office: Office) -> None:
    path = f"/j/{office.tenant}/{(await site.counter(office))['code']}"
    async with site.visitor() as citizen:
        form = fields((await citizen.get(path)).text) | MARKS
        assert (await citizen.post(path, data=MARKS)).headers["location"] == path
        tampered: list[dict[str, str]] = [
            {"key": "a\nb: c"},
            {"key": "ü"},
            {"elements": "nothing of ours"},
            {"sentiment": "x", "sex": "x", "occupation": ""},
        ]
        for changes in tampered:
            assert (await citizen.post(path, data=form | changes)).status_code == 303
        elsewhere = await citizen.post(path, data=form | {"tenant_id": "../../v1/answers"})
        assert elsewhere.status_code == 404


async def test_a_ticket_is_answered_once(site: Site, office: Office) -> None:
    path = f"/t/{office.tenant}/{(await visit(office))['answer_token']}"
    async with site.visitor() as citizen:
        page = await citizen.get(path, params={"lang": "en"})
        assert '<html lang="en">' in page.text
        form = fields(page.text) | MARKS
        sent = [await citizen.post(f"{path}?lang=en", data=form) for _ in range(2)]
        assert [each.status_code for each in sent] == [303, 303], sent[-1].text
        assert [each.headers["location"] for each in sent] == [f"{path}?sent=true&lang=en"] * 2
        other = await citizen.post(path, data=form | {"waktu": "1"})
        assert (other.status_code, "jawaban pertama" in other.text.lower()) == (409, True)
        assert f'href="{path}' not in other.text.partition("<main")[2]
        assert "Already answered" in (await citizen.get(path, params={"lang": "en"})).text


async def test_what_is_missing_is_named_and_nothing_typed_is_lost(
    site: Site, office: Office
) -> None:
    path = f"/j/{office.tenant}/{(await site.counter(office))['code']}"
    before = await stored(site, office.tenant)
    async with site.visitor() as citizen:
        form = fields((await citizen.get(path)).text) | MARKS
        form |= {"comment": "Antre <lama>", "education": "s1", "waktu": "5"}
        del form["biaya"]
        refused = await citizen.post(path, data=form)
        assert refused.status_code == 422
        for name in ("waktu", "biaya"):
            assert f'href="#{name}-1"' in refused.text
        assert 'href="#produk-1"' not in refused.text
        assert "Antre &lt;lama&gt;" in refused.text
        assert 'name="prosedur" value="4" required checked' in refused.text
        assert '<option value="s1" selected>' in refused.text
        assert fields(refused.text)["key"] == form["key"]
        too_long = await citizen.post(path, data=form | MARKS | {"comment": "x" * 2001})
        assert (too_long.status_code, 'href="#comment"' in too_long.text) == (422, True)
        unstorable = await citizen.post(path, data=form | MARKS | {"comment": "a\x00b"})
        assert (unstorable.status_code, 'href="#comment"' in unstorable.text) == (422, True)
    assert await stored(site, office.tenant) == before


async def test_while_feedback_is_away_the_answer_stays_in_the_form(
    site: Site, office: Office
) -> None:
    path = f"/j/{office.tenant}/{(await site.counter(office))['code']}"
    before = await stored(site, office.tenant)
    async with site.visitor() as citizen:
        form = fields((await citizen.get(path)).text) | MARKS | {"comment": "Baik"}
        await asyncio.to_thread(site.running.system.child(FEEDBACK).stop, within=15.0)
        away = await citizen.post(path, data=form)
        assert away.status_code == 503
        assert "Kirim lagi" in away.text
        assert "Loket" in away.text
        assert "Baik" in away.text
        closed = await citizen.get(path)
        assert (closed.status_code, "Coba lagi" in closed.text) == (503, True)
        site.running.system.start_part(FEEDBACK)
        await asyncio.to_thread(site.running.system.wait_ready, FEEDBACK)
        again = {**MARKS, "comment": "Baik", **fields(away.text)}

        async def taken() -> bool:
            return (await citizen.post(path, data=again)).status_code == 303

        await eventually(taken, within=20)
    assert await stored(site, office.tenant) == before + 1


@pytest.mark.parametrize("path", ["/j/nowhere/7K3M9P", "/t/nowhere/abc", "/j/x' or 1/ABCDEF"])
async def test_an_unknown_code_is_a_friendly_page(site: Site, path: str) -> None:
    async with site.visitor() as citizen:
        page = await citizen.get(path, headers={"accept-language": "en-GB"})
    assert (page.status_code, "The code is not known" in page.text) == (404, True)


async def test_a_counter_that_was_switched_off_says_so(site: Site, office: Office) -> None:
    counter = await site.counter(office)
    path = f"/j/{office.tenant}/{counter['code']}"
    async with site.visitor() as citizen:
        form = fields((await citizen.get(path)).text) | MARKS
        off = f"/v1/counters/{counter['counter_id']}/switch-off"
        await office.administrator.post("feedback", off)
        for page in (await citizen.get(path), await citizen.post(path, data=form)):
            assert page.status_code == 410
            assert "tidak lagi menerima" in page.text


async def test_the_whole_page_is_under_thirty_kilobytes(site: Site, office: Office) -> None:
    path = f"/j/{office.tenant}/{(await site.counter(office))['code']}"
    async with site.visitor() as citizen:
        page = await citizen.get(path)
        parts = {page.url.path: page}
        for mark in ('href="', 'src="'):
            for piece in page.text.split(mark)[1:]:
                address = piece.partition('"')[0]
                if address.startswith("/static/"):
                    parts[urlsplit(address).path] = await citizen.get(address)
    assert "<script" not in page.text
    assert {"text/css", "image/svg+xml"} <= {
        part.headers["content-type"].partition(";")[0] for part in parts.values()
    }
    sizes = {name: size_of(part) for name, part in parts.items()}
    assert sum(sizes.values()) < 30_000, sizes


def size_of(response: httpx.Response) -> int:
    """Bytes as they go over the wire, headers too."""
    head = sum(len(name) + len(value) + 4 for name, value in response.headers.raw)
    return head + int(response.headers["content-length"])
