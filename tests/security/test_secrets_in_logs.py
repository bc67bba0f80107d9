"""What must stand in no log: passwords, tokens, keys, and the secrets of links."""

import logging
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts import email_keys, password_tokens
from accounts.models import User
from tests.accounts.calls import bearer, post
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "eight green herons"


def use_everything(client: APIClient) -> list[str]:
    """Go through all that takes or gives a secret, rightly and wrongly; return the secrets."""
    sent = {"email": "ada@example.org", "password": PASSWORD}
    post(client, "register", sent)
    user = User.objects.get()
    key = email_keys.key_for(user)
    post(client, "email/verify", {"key": key})
    post(client, "login", sent | {"password": "wrong but telling"})
    tokens: dict[str, Any] = post(client, "login", sent).json()
    headers = bearer(tokens["access"])
    fresh = post(client, "refresh", {"refresh": tokens["refresh"]}).json()["refresh"]
    path = "/api/v2/users/api-keys"
    made = client.post(path, {"name": "x"}, format="json", headers=headers).json()["key"]
    for name in ({"X-API-Key": made}, {"X-API-Key": made[:-1]}, {"Authorization": f"Basic {made}"}):
        client.get("/api/v2/auth/me", headers=name)
    client.get(f"/api/v2/auth/me?api_key={made}&token={fresh}", headers=headers)
    user.refresh_from_db()
    uid, token = password_tokens.parts_for(user)
    reset = {"uid": uid, "token": token}
    post(client, "password/reset/confirm", reset | {"new_password": "password1234"})
    post(client, "password/reset/confirm", reset | {"new_password": NEW})
    client.get(f"/password/reset/confirm?uid={uid}&token={token}")
    client.get(f"/email/verify?key={key}")
    post(client, "refresh", {"refresh": tokens["refresh"][:-2] + "xx"})
    secrets = [PASSWORD, NEW, "wrong but telling", "password1234", made, token, key]
    return [*secrets, tokens["access"], tokens["refresh"], fresh]


def test_no_secret_stands_in_any_line_of_the_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        secrets = use_everything(APIClient())

    lines = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    ours = [line for line in lines if "django.db.backends" not in line]
    access = capfd.readouterr().out.splitlines()
    assert len(access) > 10
    assert [one for one in secrets if any(one in line for line in [*ours, *access])] == []


def test_no_secret_stands_in_the_audit_log() -> None:
    secrets = use_everything(APIClient())

    with connection.cursor() as cursor:
        cursor.execute("select audit_text(audit_log) from audit_log")
        written = str(cursor.fetchall())
    assert "session.signed_in" in written
    assert [one for one in secrets if one in written] == []
