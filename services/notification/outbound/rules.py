"""Where messages may be sent: the public internet, by https."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LONGEST_URL = 2000
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressRefused(ValueError):  # noqa: N818 - it reads as a sentence
    """The message says what an address must be."""


def check_url(url: str, *, loopback: bool) -> None:
    """Refuse what is not https to a public host, as far as the address alone can tell.

    With ``loopback`` (a machine of a developer) plain http to this very machine is fine too. The
    host is looked at again, resolved, at every sending. Raises `AddressRefused`.
    """
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused(f"must be an https address of at most {LONGEST_URL} ASCII characters")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise AddressRefused("must be an https address such as https://host.example/path") from None
    if not host or parts.username is not None or parts.fragment:
        raise AddressRefused("must name a host, without user, password or #fragment")
    here = host == "localhost" or (_is_literal(host) and ip_address(host).is_loopback)
    if loopback and here and parts.scheme in {"http", "https"}:
        return
    if parts.scheme != "https":
        raise AddressRefused("must begin with https://: what is sent is signed, not secret")
    if here or (_is_literal(host) and not is_public(ip_address(host))):
        raise AddressRefused("must be on the public internet")


def may_send_to(address: str, *, loopback: bool) -> bool:
    """Whether a host that resolved to ``address`` may be sent to."""
    place = ip_address(address.partition("%")[0])
    return is_public(place) or (loopback and place.is_loopback)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Neither private nor special; an IPv4 address inside an IPv6 one counts as itself."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
