"""Tokens with our signature that we would never have given out."""

from django.conf import settings

from tests.factories import SessionFactory, UserFactory
from tests.security.credentials.world import (
    Sent,
    World,
    forged,
    refused,
    seconds_ahead,
    signed_by_hand,
)


@refused
def expired(world: World) -> Sent:
    return forged(world.claims(iat=seconds_ahead(-606), exp=seconds_ahead(-6)))


@refused
def not_valid_yet(world: World) -> Sent:
    return forged(world.claims(nbf=seconds_ahead(60)))


@refused
def issued_in_the_future(world: World) -> Sent:
    return forged(world.claims(iat=seconds_ahead(60), exp=seconds_ahead(120)))


@refused
def lives_a_hundred_years(world: World) -> Sent:
    return forged(world.claims(exp=seconds_ahead(100 * 365 * 86_400)))


@refused
def lives_a_second_too_long(world: World) -> Sent:
    return forged(world.claims(exp=world.claims()["iat"] + 601))


@refused
def never_expires(world: World) -> Sent:
    return forged(world.claims(exp=None))


@refused
def expires_at_infinity(world: World) -> Sent:
    return signed_by_hand({"alg": "HS256"}, world.claims(exp=float("inf")))


@refused
def expires_at_no_number(world: World) -> Sent:
    return signed_by_hand({"alg": "HS256"}, world.claims(exp="soon"))


@refused
def expires_after_the_end_of_time(world: World) -> Sent:
    return signed_by_hand({"alg": "HS256"}, world.claims(exp=10**30))


@refused
def expires_at_a_list(world: World) -> Sent:
    return signed_by_hand({"alg": "HS256"}, world.claims(exp=[seconds_ahead(60)]))


@refused
def issued_at_a_list(world: World) -> Sent:
    return signed_by_hand({"alg": "HS256"}, world.claims(iat=[seconds_ahead(-60)]))


@refused
def issued_nobody_knows_when(world: World) -> Sent:
    return forged(world.claims(iat=None))


@refused
def for_another_audience(world: World) -> Sent:
    return forged(world.claims(aud="somebody-else"))


@refused
def for_others_as_well(world: World) -> Sent:
    return forged(world.claims(aud=[settings.TOKEN_AUDIENCE, "somebody-else"]))


@refused
def for_no_audience(world: World) -> Sent:
    return forged(world.claims(aud=None))


@refused
def by_another_issuer(world: World) -> Sent:
    return forged(world.claims(iss="somebody-else"))


@refused
def by_no_issuer(world: World) -> Sent:
    return forged(world.claims(iss=None))


@refused
def of_another_type(world: World) -> Sent:
    return forged(world.claims(token_type="refresh"))


@refused
def of_no_type(world: World) -> Sent:
    return forged(world.claims(token_type=None))


@refused
def without_jti(world: World) -> Sent:
    return forged(world.claims(jti=None))


@refused
def without_user(world: World) -> Sent:
    return forged(world.claims(sub=None))


@refused
def without_session(world: World) -> Sent:
    return forged(world.claims(sid=None))


@refused
def without_version(world: World) -> Sent:
    return forged(world.claims(ver=None))


@refused
def a_number_as_user(world: World) -> Sent:
    return signed_by_hand({"alg": "HS256"}, world.claims(sub=1))


@refused
def a_list_as_user(world: World) -> Sent:
    return signed_by_hand({"alg": "HS256"}, world.claims(sub=[str(world.user.pk)]))


@refused
def a_word_as_user(world: World) -> Sent:
    return forged(world.claims(sub="admin"))


@refused
def nul_as_user(world: World) -> Sent:
    return forged(world.claims(sub="\0"))


@refused
def a_list_as_session(world: World) -> Sent:
    return forged(world.claims(sid=[str(world.session.pk)]))


@refused
def a_word_as_session(world: World) -> Sent:
    return forged(world.claims(sid="' OR 1=1 --"))


@refused
def true_as_version(world: World) -> Sent:
    return forged(world.claims(ver=False))


@refused
def a_version_beyond_the_column(world: World) -> Sent:
    return forged(world.claims(ver=10**30))


@refused
def the_session_of_somebody_else(world: World) -> Sent:
    return forged(world.claims(sid=str(SessionFactory().pk)))


@refused
def another_user_in_ones_own_session(world: World) -> Sent:
    return forged(world.claims(sub=str(UserFactory().pk)))


@refused
def a_session_that_never_was(world: World) -> Sent:
    return forged(world.claims(sid=str(world.user.pk)))
