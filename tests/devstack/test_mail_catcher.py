"""Mails go to the catcher instead of to people, and can be read there."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx
import pytest

from devstack.mail_catcher_server import MailCatcher
from tests.devstack.running import nothing_left


@pytest.fixture(scope="module")
def catcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailCatcher]:
    server = MailCatcher(tmp_path_factory.mktemp("mail"))
    server.start()
    yield server
    server.stop()
    nothing_left(server.folder)


def send(catcher: MailCatcher, subject: str, *, html: str = "") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = catcher.sender, "kepala@contoh.example", subject
    mail.set_content("Indeks naik – lihat halaman unit.\n")
    if html:
        mail.add_alternative(html, subtype="html")
    address = urlsplit(catcher.smtp_url)
    with smtplib.SMTP(address.hostname or "", address.port or 0, timeout=10) as server:
        server.send_message(mail, to_addrs=["kepala@contoh.example", "tembusan@contoh.example"])


def caught(catcher: MailCatcher) -> list[dict[str, object]]:
    items: list[dict[str, object]] = httpx.get(f"{catcher.http_url}/mails.json").json()["items"]
    return items


def test_a_mail_is_shown_as_it_came(catcher: MailCatcher) -> None:
    send(catcher, "Mutu <B> menjadi A", html="<p>Indeks naik</p>")
    newest = caught(catcher)[0]
    assert newest["to"] == ["kepala@contoh.example", "tembusan@contoh.example"]
    assert newest["from"] == "tera@contoh.example"
    assert newest["subject"] == "Mutu <B> menjadi A"
    assert newest["text"] == "Indeks naik – lihat halaman unit.\n"
    listing = httpx.get(catcher.http_url).text
    assert "Mutu &lt;B&gt; menjadi A" in listing
    page = httpx.get(f"{catcher.http_url}/mails/{newest['number']}").text
    assert "Indeks naik – lihat halaman unit." in page
    assert "&lt;p&gt;Indeks naik&lt;/p&gt;" in page
    source = httpx.get(f"{catcher.http_url}/mails/{newest['number']}/source").text
    assert source.startswith("From: tera@contoh.example")
    assert httpx.get(f"{catcher.http_url}/mails/999999").status_code == 404


def test_the_oldest_mails_make_room(catcher: MailCatcher) -> None:
    address = urlsplit(catcher.smtp_url)
    with smtplib.SMTP(address.hostname or "", address.port or 0, timeout=10) as server:
        for number in range(510):
            server.sendmail("a@contoh.example", ["b@contoh.example"], f"Subject: {number}\n\n")
    subjects = [mail["subject"] for mail in caught(catcher)]
    assert subjects == [str(number) for number in range(509, 9, -1)]


def test_a_mail_too_large_to_keep_is_refused(catcher: MailCatcher) -> None:
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        send(catcher, "lampiran", html="x" * 300_000)
    assert refused.value.smtp_code == 552


def test_it_comes_back_at_its_ports(catcher: MailCatcher) -> None:
    before = (catcher.smtp_url, catcher.http_url)
    catcher.kill()
    assert not catcher.running
    catcher.start()
    assert (catcher.smtp_url, catcher.http_url) == before
    assert caught(catcher) == []
