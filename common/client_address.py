"""Where a request comes from: the caller's address, whatever proxies stand between."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

UNIX = "unix"  # in TRUSTED_PROXIES: whoever connects over a Unix socket
SITE_BITS = 64  # of an IPv6 address belong to one customer; the rest they choose freely

_current: ContextVar[str | None] = ContextVar("client_address", default=None)


class Proxies:
    """The peers whose `X-Forwarded-For` is believed.

    :param trusted: addresses, networks, or `unix`
    :raises ValueError: if one is neither
    """

    def __init__(self, trusted: Sequence[str]) -> None:
        self._takes_sockets = UNIX in trusted
        self._networks: list[Network] = [
            ipaddress.ip_network(one, strict=False) for one in trusted if one != UNIX
        ]

    def client_of(self, meta: Mapping[str, str]) -> str | None:
        """Return the address of who sent a request (a WSGI environment); None if there is none.

        That is the peer, unless we trust it; then the rightmost address that it and the proxies
        before it were told and that is not a proxy of ours. What stands left of that may be made up.
        """
        peer = parse(meta.get("REMOTE_ADDR", ""))
        if not (self._trusts(peer) if peer else self._takes_sockets):
            return str(peer) if peer else None
        client = peer
        for hop in reversed(meta.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            address = parse(hop)
            if address is None:
                break
            client = address
            if not self._trusts(address):
                break
        return str(client) if client else None

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def parse(text: str) -> Address | None:
    """Return the address in one entry of `X-Forwarded-For`: with a port, in brackets, or bare."""
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def site_of(address: str | None) -> str:
    """Return what limits count by: an IPv4 address, the /64 of an IPv6 one, or `unknown`."""
    parsed = parse(address or "")
    if parsed is None:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, SITE_BITS), strict=False))
    return str(parsed)


def current() -> str | None:
    """Return the address of who sent the request that is being answered."""
    return _current.get()


@contextmanager
def bound(address: str | None) -> Iterator[None]:
    token = _current.set(address)
    try:
        yield
    finally:
        _current.reset(token)
