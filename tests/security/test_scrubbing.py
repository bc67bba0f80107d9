"""Secrets that somebody put where they do not belong: no line of the log shows them."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings

from accounts import keys, refresh_tokens
from monitoring import logs
from monitoring.scrubbing import Scrubber, is_secret, secrets_of
from tests.factories import SessionFactory, access_token

KEY = keys.make().text
REFRESH = refresh_tokens.RefreshToken.first(uuid4()).text(key=b"k" * 32)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLWl0"
# What stands in a text, and the part of it that must not.
TEXTS = [
    (f"the key {KEY} does not fit", KEY),
    (f"the key {KEY[:-9]} is cut", KEY[:-9]),
    (f"token {JWT}", JWT.rpartition(".")[2]),
    (f"refresh {REFRESH} is used", REFRESH),
    ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
    ("Authorization: Basic YWRhOmh1bnRlcjI=", "YWRhOmh1bnRlcjI="),
    ("Cookie: __Host-session=q8w7e6r5t4; other=1", "q8w7e6r5t4"),
    ("X-API-Key: q8w7e6r5t4", "q8w7e6r5t4"),
    ("connect to postgres://ada:q8w7e6r5t4@db:5432/x", "q8w7e6r5t4"),
    ("connect to redis://:q8w7e6r5t4@cache:6379/0", "q8w7e6r5t4"),
    ("https://q8w7e6r5t4@sentry.example/1", "q8w7e6r5t4"),
    ("sk-proj-q8w7e6r5t4q8w7e6r5t4", "q8w7e6r5t4"),
    ("whsec_q8w7e6r5t4q8w7e6r5t4==", "q8w7e6r5t4"),
    ("GET /password/reset/confirm?uid=MTIz&token=q8w7e6-r5t4", "q8w7e6-r5t4"),
    ("GET /email/verify?key=q8w7e6r5t4", "q8w7e6r5t4"),
    ("GET /callback?code=q8w7e6r5t4&state=1", "q8w7e6r5t4"),
    ('{"password": "q8w7e6r5t4"}', "q8w7e6r5t4"),
    ("{'new_password': 'q8w7e6r5t4'}", "q8w7e6r5t4"),
    ("password=q8w7e6r5t4 host=db", "q8w7e6r5t4"),
    ("api_key=q8w7e6r5t4&db=gds", "q8w7e6r5t4"),
    ("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$q8w7e6r5t4", "q8w7e6r5t4"),
]
NAMES = ["password", "refresh_token", "Authorization", "cookie", "x-api-key", "client_secret"]
NAMES += ["API_KEY_PEPPERS", "sentry_dsn", "webhook-signature", "csrfmiddlewaretoken"]


def line_of(message: str = "x", **context: Any) -> str:
    event = {"event": message, "level": "info", **context}
    return logs.to_json(None, "", logs.in_form(None, "", event))


@pytest.mark.parametrize(
    ("text", "secret"), TEXTS, ids=[text.replace(secret, "…")[:24] for text, secret in TEXTS]
)
def test_no_line_shows_a_secret_in_whatever_form_it_comes(text: str, secret: str) -> None:
    line = line_of(text, note=text, exception=f"Error\n  {text}", deep=[{"inner": text.encode()}])

    assert secret not in line
    assert json.loads(line)["message"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_called_a_secret_is_hidden(name: str) -> None:
    line = line_of(**{name: "correct horse"}, deep={name: ["correct horse"]})

    assert "correct horse" not in line


def test_people_read_no_secrets_either() -> None:
    shown = logs.for_people(None, "", {"event": f"the key {KEY}", "password": "correct horse"})

    assert not {KEY, "correct horse"} & set(str(shown).split())
    assert str(shown).count("[secret]") == 2


def test_what_only_sounds_like_one_is_told() -> None:
    line = line_of("2 tokens", max_tokens=500, keys=3, tasks=["a-task-of-many"], task="sk-x")

    assert json.loads(line)["context"]["max_tokens"] == 500
    assert "[secret]" not in line


def test_the_secrets_of_the_settings_are_known_as_such(settings: LazySettings) -> None:
    given = {
        "SECRET_KEY": "the django key",
        "JWT_SIGNING_KEYS": {"1": "the signing key"},
        "API_KEY_PEPPERS": {"1": "the very pepper"},
        "OPENAI_API_KEY": 'the model\'s "key"',
        "NCBI_API_KEY": "the ncbi key",
        "METRICS_TOKEN": "the metrics word",
        "EMAIL_HOST_PASSWORD": "the mail word",
        "REDIS_URL": "redis://:the-valkey-word@cache/0",
        "SOCIALACCOUNT_PROVIDERS": {"github": {"APPS": [{"secret": "the client's word"}]}},
    }
    for name, value in given.items():
        setattr(settings, name, value)
    scrubber = Scrubber()

    scrubber.learn(secrets_of(settings))

    known = secrets_of(settings)
    assert len(known) >= len(given)
    assert [one for one in known if one in scrubber.text(f"it was {one} that I said")] == []
    assert "model" not in scrubber.text(json.dumps('the model\'s "key"'))


@pytest.mark.django_db
def test_real_credentials_are_recognised() -> None:
    token = access_token(SessionFactory().user)

    assert token.split(".")[1] not in line_of(f"sent {token}")
    assert is_secret("HTTP_AUTHORIZATION")
