"""Tokens that were tampered with."""

import base64

from django.conf import settings

from tests.security.credentials.world import (
    Sent,
    World,
    bearer,
    encoded,
    forged,
    refused,
    signed_by_hand,
)


@refused
def a_tampered_payload(world: World) -> Sent:
    header, _, signature = world.token.split(".")
    return bearer(f"{header}.{encoded(world.claims(ver=0))}x.{signature}")


@refused
def a_tampered_signature(world: World) -> Sent:
    head, _, signature = world.token.rpartition(".")
    return bearer(f"{head}.{'B' if signature[0] != 'B' else 'C'}{signature[1:]}")


@refused
def no_signature(world: World) -> Sent:
    return bearer(world.token.rpartition(".")[0] + ".")


@refused
def alg_none(world: World) -> Sent:
    return bearer(
        f"{encoded({'kid': '1', 'alg': 'none', 'typ': 'JWT'})}.{encoded(world.claims())}."
    )


@refused
def alg_none_capitalised_with_the_old_signature(world: World) -> Sent:
    signature = world.token.rpartition(".")[2]
    return bearer(f"{encoded({'kid': '1', 'alg': 'None'})}.{encoded(world.claims())}.{signature}")


@refused
def alg_none_in_capitals(world: World) -> Sent:
    return bearer(f"{encoded({'kid': '1', 'alg': 'NONE'})}.{encoded(world.claims())}.")


@refused
def no_alg(world: World) -> Sent:
    return signed_by_hand({"typ": "JWT"}, world.claims())


@refused
def hs512_with_our_key(world: World) -> Sent:
    return signed_by_hand({"alg": "HS512"}, world.claims(), digest="sha512")


@refused
def hs384_with_our_key(world: World) -> Sent:
    return forged(world.claims(), algorithm="HS384")


@refused
def rs256_in_name(world: World) -> Sent:
    return signed_by_hand({"alg": "RS256", "typ": "JWT"}, world.claims())


@refused
def a_foreign_key(world: World) -> Sent:
    return forged(world.claims(), key="foreign" * 8)


@refused
def djangos_key(world: World) -> Sent:
    return forged(world.claims(), key=settings.SECRET_KEY)


@refused
def an_empty_key(world: World) -> Sent:
    return signed_by_hand({"alg": "HS256"}, world.claims(), key="")


@refused
def an_unknown_critical_header(world: World) -> Sent:
    return forged(world.claims(), headers={"crit": ["exp2"], "exp2": 1})


@refused
def only_dots(world: World) -> Sent:
    return bearer("..")


@refused
def four_parts(world: World) -> Sent:
    return bearer(world.token + ".x")


@refused
def letters_outside_ascii(world: World) -> Sent:
    return bearer("é.ü.ñ")


@refused
def ten_thousand_characters(world: World) -> Sent:
    return bearer("a" * 10_000)


@refused
def deep_json(world: World) -> Sent:
    deep = base64.urlsafe_b64encode(b"[" * 5_000).rstrip(b"=").decode()
    return bearer(f"{deep}.{deep}.x")


@refused
def a_payload_that_is_a_list(world: World) -> Sent:
    return signed_by_hand({"alg": "HS256", "typ": "JWT"}, [world.claims()])


@refused
def a_key_id_that_we_have_not(world: World) -> Sent:
    return forged(world.claims(), headers={"kid": "2"})


@refused
def a_key_id_that_is_a_path(world: World) -> Sent:
    return forged(world.claims(), headers={"kid": "../../etc/passwd"})


@refused
def a_key_id_that_is_a_list(world: World) -> Sent:
    return signed_by_hand({"alg": "HS256", "kid": ["1"]}, world.claims())


@refused
def no_key_id(world: World) -> Sent:
    return signed_by_hand({"alg": "HS256", "kid": None}, world.claims())
