"""Tokens that were good once."""

from django.utils import timezone

from accounts.models import Session, User
from accounts.services import sessions
from tests.security.credentials.world import (
    Sent,
    World,
    bearer,
    forged,
    refused,
)


@refused
def a_session_that_was_signed_out(world: World) -> Sent:
    token = world.token
    sessions.sign_out(user=world.user, session=world.session, token=None, at=timezone.now())
    return bearer(token)


@refused
def a_session_past_its_end(world: World) -> Sent:
    token = world.token
    Session.objects.update(expires_at=timezone.now())
    return bearer(token)


@refused
def all_sessions_ended(world: World) -> Sent:
    token = world.token
    User.objects.filter(pk=world.user.pk).update(token_version=1)
    return bearer(token)


@refused
def a_version_that_the_session_has_not(world: World) -> Sent:
    User.objects.filter(pk=world.user.pk).update(token_version=1)
    return forged(world.claims(ver=1))


@refused
def an_inactive_user(world: World) -> Sent:
    token = world.token
    User.objects.filter(pk=world.user.pk).update(is_active=False)
    return bearer(token)


@refused
def a_deleted_user(world: World) -> Sent:
    token = world.token
    world.user.delete()
    return bearer(token)


@refused
def a_refresh_token_as_access(world: World) -> Sent:
    signed_in = sessions.start(user=world.user, user_agent="", how="password", at=timezone.now())
    return bearer(signed_in.refresh)
