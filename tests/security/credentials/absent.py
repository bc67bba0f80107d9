"""Nothing, nothing that we know, and too much."""

import base64

from django.conf import settings

from tests.factories import PASSWORD, ApiKeyFactory
from tests.security.credentials.world import (
    Sent,
    World,
    api_key,
    bearer,
    refused,
)


@refused
def none(world: World) -> Sent:
    return Sent()


@refused
def a_bare_scheme(world: World) -> Sent:
    return Sent({"Authorization": "Bearer"})


@refused
def an_empty_bearer(world: World) -> Sent:
    return bearer("")


@refused
def an_empty_header(world: World) -> Sent:
    return Sent({"Authorization": ""})


@refused
def an_empty_api_key(world: World) -> Sent:
    return api_key("")


@refused
def the_wrong_scheme(world: World) -> Sent:
    return Sent({"Authorization": f"JWT {world.token}"})


@refused
def basic_with_the_right_password(world: World) -> Sent:
    pair = base64.b64encode(f"{world.user.email}:{PASSWORD}".encode()).decode()
    return Sent({"Authorization": f"Basic {pair}"})


@refused
def a_token_without_scheme(world: World) -> Sent:
    return Sent({"Authorization": world.token})


@refused
def a_token_in_the_query_string(world: World) -> Sent:
    names = ("token", "access", "access_token", "authorization", "jwt")
    return Sent(query=dict.fromkeys(names, world.token))


@refused
def a_key_in_the_query_string(world: World) -> Sent:
    return Sent(query=dict.fromkeys(("api_key", "key", "X-API-Key", "apikey"), world.key.text))


@refused
def a_made_up_browser_session(world: World) -> Sent:
    return Sent(cookies={settings.SESSION_COOKIE_NAME: "x" * 32})


@refused
def a_token_and_a_key_as_cookies(world: World) -> Sent:
    return Sent(cookies={"access": world.token, "token": world.token, "X-API-Key": world.key.text})


@refused
def the_users_name_in_a_header(world: World) -> Sent:
    return Sent({"Remote-User": world.user.email, "X-Forwarded-User": world.user.email})


@refused
def a_token_and_a_key(world: World) -> Sent:
    return Sent({"Authorization": f"Bearer {world.token}", "X-API-Key": world.key.text})


@refused
def two_different_keys(world: World) -> Sent:
    other = ApiKeyFactory(user=world.user)
    return Sent({"Authorization": f"Api-Key {other.text}", "X-API-Key": world.key.text})


@refused
def two_tokens_in_one_header(world: World) -> Sent:
    return Sent({"Authorization": f"Bearer {world.token}, Bearer {world.token}"})


@refused
def basic_and_a_key(world: World) -> Sent:
    return Sent({"Authorization": "Basic eDp4", "X-API-Key": world.key.text})
