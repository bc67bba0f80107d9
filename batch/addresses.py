"""Where webhooks may lead: to public addresses, and to the very one that was looked at.

Whoever gives us an address chooses what we connect to. So names are resolved here, what they lead
to is looked at, and the connection goes to that address and to no other that the name may have a
moment later.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
LOWEST_OTHER_PORT = 1024
# Networks in which an IPv4 address is written into an IPv6 one.
NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotAllowed(Exception):
    """The address is none that we connect to; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes: the parts of its URL."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        """Return what the header `Host` says."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"

    def at(self, address: str) -> str:
        """Return the URL with the address in place of the name."""
        name = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{name}:{self.port}{self.path}"


def parse(url: str) -> Target:
    """Return the parts of a webhook's URL.

    :raises NotAllowed: if it is none of a form that we send to
    """
    if any(char <= " " or char in "\\\x7f" for char in url) or not url.isascii():
        raise NotAllowed("Take out blanks, backslashes and letters that are not ASCII.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed("This is not a URL.") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise NotAllowed("This must be a URL that begins with https:// or http://.")
    if "@" in parts.netloc:
        raise NotAllowed("Take out the user name and password.")
    if parts.fragment:
        raise NotAllowed("Take out what follows the #.")
    chosen = PORTS[parts.scheme] if port is None else port
    if chosen not in PORTS.values() and chosen < LOWEST_OTHER_PORT:
        raise NotAllowed(f"Ports below {LOWEST_OTHER_PORT} other than 80 and 443 are not allowed.")
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, parts.hostname, chosen, f"{parts.path or '/'}{query}")


def refuse_literal(target: Target) -> None:
    """Refuse, without asking anybody, a host that is plainly an address of no public network.

    :raises NotAllowed: if it is
    """
    host = target.host.rstrip(".").lower()
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        raise NotAllowed("This leads to a private network.")
    try:
        packed = socket.inet_aton(host)  # reads 127.1, 0x7f.1 and 2130706433 too, as resolvers do
    except OSError:
        address = _address(host)
    else:
        address = ipaddress.ip_address(packed)
    if address is not None and not is_public(address):
        raise NotAllowed("This leads to a private network.")


def resolve(target: Target, *, is_private_allowed: bool = False) -> str:
    """Return an address of the host, once all that it has are looked at.

    :raises NotAllowed: if one of them is not public
    :raises OSError: if it has none
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    for one in addresses:
        address = _address(one)
        if not is_private_allowed and (address is None or not is_public(address)):
            raise NotAllowed("This leads to a private network.")
    return addresses[0]


def is_public(address: Address) -> bool:
    """Say whether an address is one of the public internet, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and any(address in network for network in NAT64):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
