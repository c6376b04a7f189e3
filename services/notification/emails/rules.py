"""A message in words as a mail: text and HTML, in the reader's language."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from uuid import UUID

from services.notification.wording.rules import Language, Message

_OPEN = {Language.INDONESIAN: "Buka di Tera", Language.ENGLISH: "Open in Tera"}
_FOOTER = {
    Language.INDONESIAN: "Pesan ini dikirim otomatis oleh Tera; jangan dibalas.",
    Language.ENGLISH: "Tera sent this message by itself; please do not reply.",
}
_CHOOSE = {
    Language.INDONESIAN: "Atur pesan mana yang Anda terima, dan kapan",
    Language.ENGLISH: "Choose which messages you get, and when",
}
_PREFERENCES = "/preferences"
_BODY = "font:16px/1.5 system-ui,sans-serif;color:#1b1b1b;max-width:36rem;margin:0;padding:16px"
_LINK = "display:inline-block;padding:8px 16px;background:#0b4f6c;color:#fff;border-radius:4px"


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom, and in which language."""

    name: str
    email: str
    language: Language


def letter(
    message: Message,
    *,
    reader: Reader,
    sender: str,
    delivery: UUID,
    tenant: UUID,
    portal: str | None,
    now: datetime,
) -> bytes:
    """The mail as it is sent. Its Message-ID is the delivery's: the same at each attempt, so that
    a mail server or a reader's program knows a repetition by it.

    ``sender`` is an address; ``portal`` the address before the link's path, if there is a portal.
    """
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address("Tera", addr_spec=sender)
    mail["To"] = Address(_line(reader.name), addr_spec=reader.email)
    mail["Subject"] = _line(message.subject)
    mail["Date"] = now
    mail["Message-ID"] = f"<{delivery}@{domain}>"
    mail["List-Id"] = f"Tera <{tenant}.tera.{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    base = portal.rstrip("/") if portal else None
    mail.set_content(_text(message, reader.language, base))
    mail.add_alternative(_html(message, reader.language, base), subtype="html")
    # Last: a header that begins with Content- goes into the first part when the second one comes.
    mail["Content-Language"] = reader.language.value
    return mail.as_bytes()


def _text(message: Message, language: Language, portal: str | None) -> str:
    parts = [message.text, _FOOTER[language]]
    if portal:
        parts.insert(1, f"{_OPEN[language]}: {portal}{message.link_path}")
        parts.append(f"{_CHOOSE[language]}: {portal}{_PREFERENCES}")
    return "\n\n".join(parts) + "\n"


def _html(message: Message, language: Language, portal: str | None) -> str:
    button = choose = ""
    if portal:
        page, preferences = escape(portal + message.link_path), escape(portal + _PREFERENCES)
        button = f'<p><a href="{page}" style="{_LINK}">{_OPEN[language]}</a></p>\n'
        choose = f' <a href="{preferences}" style="color:#595959">{_CHOOSE[language]}</a>'
    return (
        f'<!doctype html>\n<html lang="{language.value}"><head><meta charset="utf-8">'
        f"<title>{escape(message.subject)}</title></head>\n"
        f'<body style="{_BODY}">\n{message.html}\n{button}'
        f'<p style="color:#595959;font-size:14px">{_FOOTER[language]}{choose}</p>\n</body></html>\n'
    )


def _line(text: str) -> str:
    """One line: a header cannot hold more."""
    return " ".join(text.split())
