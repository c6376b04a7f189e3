"""The inbox and its preferences, for a browser without scripts."""

import asyncio

import pytest_asyncio

from tests.portal.conftest import MARKS, Site, fields
from tests.support.installation import Office


@pytest_asyncio.fixture(scope="module")
async def office(site: Site) -> Office:
    return await site.running.office("salatiga")


async def test_a_notice_comes_through_the_stream_and_is_read(site: Site, office: Office) -> None:
    counter, head = await site.counter(office), await site.head(office)
    async with site.signed_in(office, "employee", person=head) as person:
        assert "Belum ada pemberitahuan" in (await person.get("/inbox")).text
        heard: asyncio.Queue[str] = asyncio.Queue()

        async def listen() -> None:
            async with person.stream("GET", "/inbox/stream") as stream:
                assert stream.headers["content-type"].startswith("text/event-stream")
                async for line in stream.aiter_lines():
                    await heard.put(line)

        listening = asyncio.create_task(listen())
        try:
            while "event: unread" not in await asyncio.wait_for(heard.get(), 20):
                pass
            scores = {name: int(mark) for name, mark in MARKS.items()}
            body = {"counter": counter["code"], "scores": scores}
            path = f"/v1/tenants/{office.tenant}/answers"
            await office.administrator.post("feedback", path, body)
            while "event: notice" not in await asyncio.wait_for(heard.get(), 30):
                pass
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        page = await person.get("/inbox", headers={"accept": "text/html"})
        assert "Penilaian sangat rendah di Loket" in page.text
        assert "1 belum dibaca" in page.text
        notice = page.text.partition('action="/inbox/0')[2].partition("/read")[0]
        form = fields(page.text)
        read = await person.post(f"/inbox/0{notice}/read", data=form)
        assert read.headers["location"] == "/inbox"
        assert "belum dibaca" not in (await person.get("/inbox")).text
        assert (await person.post("/inbox/read-all", data=form)).status_code == 303
        assert (await person.post("/inbox/read-all", data={})).status_code == 403


async def test_preferences_are_kept_or_shown_again(site: Site, office: Office) -> None:
    head = await site.head(office)
    async with site.signed_in(office, "employee", person=head) as person:
        page = await person.get("/preferences")
        assert "Sama dengan instansi (Asia/Jakarta)" in page.text
        form = fields(page.text) | {
            "quiet_from": "21:00",
            "quiet_until": "",
            "zone": "Asia/Jayapura",
            "critical_answers": "daily",
            "channel_grade_changed": ["inbox", "gateway"],
        }
        wrong = await person.post("/preferences", data=form)
        assert (wrong.status_code, "Belum tersimpan" in wrong.text) == (422, True)
        assert 'value="21:00"' in wrong.text
        kept = await person.post("/preferences", data=form | {"quiet_until": "05:00"})
        assert kept.headers["location"] == "/preferences?saved=true"
        shown = await person.get(kept.headers["location"])
        assert "Pilihan Anda sudah disimpan" in shown.text
        assert 'value="Asia/Jayapura" selected' in shown.text
        assert 'value="05:00' in shown.text
        assert shown.text.count(" checked>") == 3


async def test_a_login_without_a_person_has_no_inbox(site: Site, office: Office) -> None:
    async with site.signed_in(office, "survey_officer", person="") as officer:
        assert 'href="/inbox"' not in (await officer.get("/")).text
        assert (await officer.get("/inbox")).status_code == 403
