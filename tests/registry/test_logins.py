"""The link from a login to a person, for tokens that do not name one."""

import pytest

from tests.registry.town import Town

SUBJECT = "employee"
"""The subject of every token here, but those of keepers."""


async def test_a_linked_login_is_the_person(town: Town) -> None:
    siti, budi = await town.person(external_id="1"), await town.person(external_id="2")
    mine = f"/v1/people/{siti}"
    assert (await town.call("GET", mine, role="employee")).status_code == 403
    linked = await town.call("PUT", f"{mine}/login", {"subject": SUBJECT})
    assert (linked.status_code, linked.headers["etag"]) == (200, '"1"')
    assert (await town.call("GET", mine, role="employee")).status_code == 200
    assert (await town.call("GET", f"{mine}/login", role="employee")).json()["subject"] == SUBJECT
    assert (await town.call("GET", f"/v1/people/{budi}", role="employee")).status_code == 403
    by_claim = await town.call("GET", f"/v1/people/{budi}", role="employee", person=budi)
    assert by_claim.status_code == 200  # what the token says itself goes before
    assert (await town.call("DELETE", f"{mine}/login")).status_code == 204
    assert (await town.call("GET", mine, role="employee")).status_code == 403


async def test_a_login_is_one_persons_and_one_tenants(town: Town, found: object) -> None:
    siti, budi = await town.person(external_id="1"), await town.person(external_id="2")
    await town.call("PUT", f"/v1/people/{siti}/login", {"subject": SUBJECT})
    taken = await town.call("PUT", f"/v1/people/{budi}/login", {"subject": SUBJECT})
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:tera:problem:login-taken")
    other: Town = await found()  # type: ignore[operator]
    namesake = await other.person()
    answer = await other.call("PUT", f"/v1/people/{namesake}/login", {"subject": SUBJECT})
    assert answer.status_code == 200
    me = (await other.call("GET", "/v1/me", role="employee")).json()
    assert me["person"]["id"] == str(namesake)


async def test_nobody_links_the_own_login(town: Town) -> None:
    """Who may link it could become anybody, and agree to a plan for both sides."""
    path = f"/v1/people/{await town.person()}/login"
    answer = await town.call("PUT", path, {"subject": "tester"})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:tera:problem:own-login")
    assert (await town.call("GET", path)).status_code == 404


async def test_me_is_the_person_with_what_holds_today(town: Town) -> None:
    siti, budi = await town.person(external_id="1"), await town.person(external_id="2")
    unit = await town.unit()
    await town.assignment(siti, unit, "2020-01-01", valid_until="2021-01-01", kind="acting")
    held = await town.assignment(siti, unit, "2020-01-01")
    line = {"assessor_id": str(siti), "valid_from": "2020-01-01"}
    nobody = (await town.call("GET", "/v1/me", role="employee")).json()
    assert (nobody["person"], nobody["assignments"], nobody["roles"]) == (None, [], ["employee"])
    me = (await town.call("GET", "/v1/me", role="employee", person=siti)).json()
    assert (me["subject"], me["person"]["id"], me["roles"]) == (SUBJECT, str(siti), ["employee"])
    assert [each["id"] for each in me["assignments"]] == [str(held)]
    flagged = (await town.call("GET", "/v1/me", role="assessor", person=siti)).json()
    assert flagged["roles"] == []  # a flag makes no assessor
    await town.made(f"/v1/people/{budi}/reporting-lines", line)
    me = (await town.call("GET", "/v1/me", role="employee", person=siti)).json()
    assert me["roles"] == ["assessor", "employee"]


async def test_the_second_editor_is_told(town: Town) -> None:
    person = await town.person()
    address = f"/v1/people/{person}/login"
    assert (await town.call("GET", address)).status_code == 404
    assert (await town.call("DELETE", address)).status_code == 404
    early = await town.call("PUT", address, {"subject": "a"}, headers={"if-match": '"1"'})
    assert early.status_code == 412
    await town.call("PUT", address, {"subject": "a"})
    changed = await town.call("PUT", address, {"subject": "b"}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    for method, body in (("PUT", {"subject": "c"}), ("DELETE", None)):
        answer = await town.call(method, address, body, headers={"if-match": '"1"'})
        assert answer.json()["type"] == "urn:tera:problem:changed-meanwhile"
    assert (await town.call("PUT", address, {"subject": "b"})).json()["version"] == 2


@pytest.mark.parametrize("subject", ["", " ", "a b", "a\n", "é", "a\x00", "a" * 256, None, 7])
async def test_what_is_no_subject_is_refused(town: Town, subject: object) -> None:
    person = await town.person()
    answer = await town.call("PUT", f"/v1/people/{person}/login", {"subject": subject})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "subject")


async def test_who_is_gone_has_no_login_and_the_change_is_recorded(town: Town) -> None:
    person = await town.person()
    await town.call("PUT", f"/v1/people/{person}/login", {"subject": SUBJECT})
    assert (await town.call("DELETE", f"/v1/people/{person}")).status_code == 204
    assert (await town.call("GET", "/v1/me", role="employee")).json()["person"] is None
    gone, made = (await town.call("GET", f"/v1/history/login/{person}")).json()["items"]
    assert (made["after"]["subject"], gone["after"]) == (SUBJECT, None)
