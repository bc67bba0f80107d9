"""Keys that are wrong, or not good any more."""

from datetime import timedelta

from django.utils import timezone

from accounts import keys
from accounts.models import ApiKey, User
from tests.security.credentials.world import (
    Sent,
    World,
    api_key,
    bearer,
    refused,
)


@refused
def a_revoked_key(world: World) -> Sent:
    ApiKey.objects.revoke(at=timezone.now())
    return api_key(world.key.text)


@refused
def an_expired_key(world: World) -> Sent:
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return api_key(world.key.text)


@refused
def the_key_of_an_inactive_user(world: World) -> Sent:
    User.objects.filter(pk=world.user.pk).update(is_active=False)
    return api_key(world.key.text)


@refused
def the_key_of_a_deleted_user(world: World) -> Sent:
    world.user.delete()
    return api_key(world.key.text)


@refused
def a_key_with_a_typo(world: World) -> Sent:
    text = world.key.text
    return api_key(text[:20] + ("a" if text[20] != "a" else "b") + text[21:])


@refused
def a_truncated_key(world: World) -> Sent:
    return api_key(world.key.text[:-1])


@refused
def a_key_with_one_character_more(world: World) -> Sent:
    return api_key(world.key.text + "0")


@refused
def a_key_nobody_made(world: World) -> Sent:
    return api_key(keys.make().text)


@refused
def the_name_of_a_key_with_another_secret(world: World) -> Sent:
    body = f"oo_{world.key.prefix}_{'k' * keys.SECRET_LENGTH}"
    return api_key(body + keys.checksum(body))


@refused
def the_stored_hash_of_a_key(world: World) -> Sent:
    return api_key(world.key.key_hash)


@refused
def a_key_whose_pepper_is_gone(world: World) -> Sent:
    ApiKey.objects.update(pepper_version=99)
    return api_key(world.key.text)


@refused
def a_key_as_bearer(world: World) -> Sent:
    return bearer(world.key.text)


@refused
def a_token_as_key(world: World) -> Sent:
    return api_key(world.token)


@refused
def a_key_with_nul(world: World) -> Sent:
    return api_key(world.key.text[:-1] + "\0")
