"""Whose request it is, told by the network alone."""

from ipaddress import IPv6Address

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from common import client_address
from common.client_address import Proxies, parse, site_of

PROXY = "10.0.0.1"
PROXIES = [PROXY, "fd00::/8"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # anybody can write that
        (PROXY, "", PROXY),
        (PROXY, "198.51.100.1", "198.51.100.1"),
        (PROXY, "1.1.1.1, 198.51.100.1", "198.51.100.1"),  # what stands left is the client's word
        (PROXY, "1.1.1.1,198.51.100.1, fd00::7", "198.51.100.1"),
        (PROXY, "fd00::7, fd00::8", "fd00::7"),
        (PROXY, "198.51.100.1:4711", "198.51.100.1"),
        (PROXY, "[2001:db8::1]:4711", "2001:db8::1"),
        (PROXY, "2001:db8::1", "2001:db8::1"),
        (PROXY, '"[2001:db8::1]"', "2001:db8::1"),
        (PROXY, "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (PROXY, "unknown", PROXY),
        (PROXY, "198.51.100.1, rubbish", PROXY),
        (PROXY, "rubbish, 198.51.100.1", "198.51.100.1"),
        ("", "198.51.100.1", None),
        ("nonsense", "198.51.100.1", None),
    ],
)
def test_the_client_is_the_rightmost_address_that_is_no_proxy_of_ours(
    peer: str, forwarded: str, client: str | None
) -> None:
    meta = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}

    assert Proxies(PROXIES).client_of(meta) == client


def test_a_socket_is_believed_only_if_it_is_said_so() -> None:
    meta = {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}

    assert Proxies(["unix"]).client_of(meta) == "198.51.100.1"
    assert Proxies([]).client_of(meta) is None


def test_a_proxy_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(ValueError, match="nginx"):
        Proxies(["nginx"])


@given(st.text())
def test_whatever_a_stranger_forwards_does_not_change_who_they_are(forwarded: str) -> None:
    meta = {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": forwarded}

    assert Proxies(PROXIES).client_of(meta) == "203.0.113.9"


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    address = parse(text)

    assert address is None or parse(str(address)) == address


@given(st.integers(0, 2**64 - 1))
def test_all_addresses_of_a_customers_network_are_one_site(chosen: int) -> None:
    network = int(IPv6Address("2001:db8:1:2::"))

    assert site_of(str(IPv6Address(network + chosen))) == "2001:db8:1:2::/64"


def test_an_address_of_the_older_kind_is_a_site_of_its_own() -> None:
    assert site_of("198.51.100.1") != site_of("198.51.100.2")


def test_who_has_no_address_shares_one_site() -> None:
    assert site_of(None) == site_of("") == "unknown"


@pytest.mark.django_db
@pytest.mark.parametrize("trusted", [[], ["127.0.0.1"]])
def test_views_see_the_clients_address_and_nothing_that_was_forwarded(
    trusted: list[str], settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRUSTED_PROXIES = trusted
    seen = []

    def note(request: object, *_: object, **__: object) -> None:
        seen.append((request.META, client_address.current()))
        raise RuntimeError

    monkeypatch.setattr("omicsoracle.pages.home.render", note)
    client = Client(raise_request_exception=False)
    client.get("/", headers={"X-Forwarded-For": "198.51.100.1"})

    expected = "198.51.100.1" if trusted else "127.0.0.1"
    assert [(meta["REMOTE_ADDR"], address) for meta, address in seen] == [(expected, expected)]
    assert "HTTP_X_FORWARDED_FOR" not in seen[0][0]
    assert client_address.current() is None
