import json
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.services import identity, passwords
from accounts.services.api_keys import MOST_LIVE_KEYS
from tests.factories import ApiKeyFactory, UserFactory

pytestmark = pytest.mark.django_db


def run(*args: str, **options: Any) -> str:
    out = StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def secrets(tmp_path: Path, settings: Any) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path / "secrets" / "demo.json"


def test_the_demo_user_can_sign_in_and_has_a_key(secrets: Path) -> None:
    demo = json.loads(run("create_demo", json=True))

    user = passwords.authenticate(email=demo["email"], password=demo["password"], at=timezone.now())
    assert user.tier == "pro"
    assert user.is_admin
    assert identity.key_holder(key=demo["api_key"], at=timezone.now()).user == user


def test_the_demo_account_is_the_same_each_time(secrets: Path) -> None:
    first = run("create_demo", json=True)

    assert run("create_demo", json=True) == first
    assert User.objects.count() == ApiKey.objects.count() == 1


def test_the_demo_account_survives_a_new_database(secrets: Path) -> None:
    first = json.loads(run("create_demo", json=True))
    User.objects.all().delete()

    again = json.loads(run("create_demo", json=True))

    assert again == first
    assert identity.key_holder(key=again["api_key"], at=timezone.now()).name == "Demo"


def test_what_was_changed_of_the_demo_account_is_put_right(secrets: Path) -> None:
    demo = json.loads(run("create_demo", json=True))
    user = User.objects.get()
    user.set_password("changed by somebody")
    user.is_active = False
    user.save()
    ApiKey.objects.revoke(at=timezone.now())

    run("create_demo")

    assert identity.key_holder(key=demo["api_key"], at=timezone.now()).name == "Demo"
    assert User.objects.get().check_password(demo["password"])


def test_the_demo_secrets_can_be_read_by_their_owner_only(secrets: Path) -> None:
    run("create_demo")

    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert stat.S_IMODE(secrets.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", ["", "{", "[]", '{"email": "x"}'])
def test_half_a_file_is_replaced(secrets: Path, content: str) -> None:
    secrets.parent.mkdir(mode=0o700)
    secrets.write_text(content)

    demo = json.loads(run("create_demo", json=True))

    assert json.loads(secrets.read_text()) == demo


def test_people_read_the_demo_account_as_lines(secrets: Path) -> None:
    lines = run("create_demo").splitlines()

    assert [line.partition(":")[0] for line in lines] == ["E-mail", "Password", "API key"]


def test_a_real_server_has_no_demo_account(secrets: Path, settings: Any) -> None:
    settings.DEMO_ALLOWED = False

    with pytest.raises(CommandError, match="DEMO_ALLOWED"):
        run("create_demo")

    assert not secrets.exists()
    assert not User.objects.exists()


def test_a_key_is_made_and_printed() -> None:
    UserFactory(email="ada@example.org")

    text = run("create_api_key", "ADA@example.org", name="laptop", scope=["read"]).strip()

    key = identity.key_holder(key=text, at=timezone.now())
    assert (key.user.email, key.name, key.scopes) == ("ada@example.org", "laptop", ["read"])


def test_a_key_for_nobody_is_refused() -> None:
    with pytest.raises(CommandError, match=r"nobody@example\.org"):
        run("create_api_key", "nobody@example.org", name="laptop")


def test_an_eleventh_key_is_refused() -> None:
    user = UserFactory()
    ApiKeyFactory.create_batch(MOST_LIVE_KEYS, user=user)

    with pytest.raises(CommandError, match="Revoke one first"):
        run("create_api_key", user.email, name="laptop")
