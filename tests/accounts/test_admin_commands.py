"""The commands of operators: the first admin, and the proof that the log is whole."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts import audit
from accounts.models import Action, AuditEntry, User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def run(name: str, *args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(name, *args, stdout=out, **options)
    return out.getvalue()


def typed(monkeypatch: pytest.MonkeyPatch, *passwords: str) -> None:
    given = iter(passwords)
    monkeypatch.setattr("accounts.management.commands.create_admin.getpass", lambda _: next(given))


def test_an_admin_is_made_with_a_password_that_is_typed_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    typed(monkeypatch, PASSWORD, PASSWORD)

    said = run("create_admin", "Root@example.org")

    made = User.objects.get(email="root@example.org")
    assert "was made" in said
    assert made.is_admin
    assert made.email_verified
    assert made.check_password(PASSWORD)


def test_a_password_can_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\nmore\n"))

    run("create_admin", "root@example.org", password_stdin=True)

    assert User.objects.get().check_password(PASSWORD)


def test_a_user_becomes_an_admin_and_keeps_the_password() -> None:
    user = UserFactory.create(is_active=False)

    said = run("create_admin", user.email)

    user.refresh_from_db()
    assert "is an admin now" in said
    assert user.is_admin
    assert user.is_active
    assert user.check_password(PASSWORD)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before, entry.after) == (
        Action.ROLE_CHANGED,
        {"roles": ["user"]},
        {"roles": ["user", "admin"]},
    )


@pytest.mark.parametrize(
    ("email", "passwords"),
    [
        ("root@example.org", ["short", "short"]),
        ("root@example.org", ["password1234", "password1234"]),
        ("root@example.org", [PASSWORD, "another one here"]),
        ("nobody", [PASSWORD, PASSWORD]),
    ],
)
def test_what_will_not_do_makes_nobody(
    monkeypatch: pytest.MonkeyPatch, email: str, passwords: list[str]
) -> None:
    typed(monkeypatch, *passwords)

    with pytest.raises(CommandError):
        run("create_admin", email)

    assert not User.objects.exists()


def test_a_whole_log_is_said_to_be_whole_with_its_head() -> None:
    for _ in range(3):
        audit.record(Action.SIGNED_IN, at=timezone.now())
    head = AuditEntry.objects.latest("id").digest

    said = run("verify_audit_log")

    assert "3 lines" in said
    assert head in said
    assert "3 lines" in run("verify_audit_log", expect=head)


def tamper(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("alter table audit_log disable trigger user")
        cursor.execute(statement)
        cursor.execute("alter table audit_log enable trigger user")


def test_a_log_that_was_changed_fails_with_the_first_line() -> None:
    for _ in range(3):
        audit.record(Action.SIGNED_IN, at=timezone.now())
    tamper("update audit_log set action = 'x' where id = 2")

    with pytest.raises(CommandError, match="line 2"):
        run("verify_audit_log")


def test_a_log_that_was_cut_fails_by_the_digest_that_was_kept() -> None:
    for _ in range(3):
        audit.record(Action.SIGNED_IN, at=timezone.now())
    head = AuditEntry.objects.latest("id").digest
    tamper("delete from audit_log where id = 3")

    assert "2 lines" in run("verify_audit_log")
    with pytest.raises(CommandError, match="cut or written anew"):
        run("verify_audit_log", expect=head)


def test_a_head_of_some_time_ago_is_still_in_the_chain() -> None:
    audit.record(Action.SIGNED_IN, at=timezone.now())
    head = AuditEntry.objects.latest("id").digest
    audit.record(Action.SIGNED_IN, at=timezone.now())

    assert "2 lines" in run("verify_audit_log", expect=head)
