"""The smallest valid objects. A test states what matters to it."""

from datetime import timedelta
from functools import cache
from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts import keys, tokens
from accounts.models import ApiKey, Session, User
from accounts.services.api_keys import seal
from discovery.models import Workflow, WorkflowStatus

PASSWORD = "seven purple otters"  # every made user's


@cache
def hash_of_password() -> str:
    return make_password(PASSWORD)


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence("user{}@example.org".format)
    password = factory.LazyFunction(hash_of_password)


class ApiKeyFactory(DjangoModelFactory[ApiKey]):
    """The key itself is the object's attribute `text`."""

    class Meta:
        model = ApiKey

    user = factory.SubFactory(UserFactory)
    name = "a program"

    @classmethod
    def _create(cls, model_class: type[ApiKey], *_: Any, **fields: Any) -> ApiKey:
        key = keys.make()
        version, digest = seal(key)
        sealed = {"prefix": key.prefix, "pepper_version": version, "key_hash": digest}
        made = model_class.objects.create(**(sealed | fields))
        made.text = key.text
        return made


class SessionFactory(DjangoModelFactory[Session]):
    """A sign-in whose refresh token nobody has."""

    class Meta:
        model = Session

    user = factory.SubFactory(UserFactory)
    token_version = factory.SelfAttribute("user.token_version")
    token_digest = "0" * 64
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))


def access_token(user: User) -> str:
    """Return a token with which the user is signed in."""
    return tokens.issue(session=SessionFactory(user=user), at=timezone.now())


class WorkflowFactory(DjangoModelFactory[Workflow]):
    """One that has ended."""

    class Meta:
        model = Workflow

    user = factory.SubFactory(UserFactory)
    asked = factory.LazyFunction(lambda: {"query": "asthma", "workflow_type": "simple_search"})
    status = WorkflowStatus.COMPLETED
    progress = 100
    completed_at = factory.LazyFunction(timezone.now)
