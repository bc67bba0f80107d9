"""The audit log: it can be added to, and what was written stays."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import audit
from accounts.models import Action, AuditEntry, User
from common import client_address, request_id

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db
AS_APPLICATION = "set local role omicsoracle_app"


def write(number: int = 3) -> None:
    for line in range(number):
        audit.record(Action.TIER_CHANGED, at=NOON, thing=line, before={"tier": "free"})


def tamper(statement: str) -> None:
    """Do as PostgreSQL's superuser what the log's own rules forbid."""
    with connection.cursor() as cursor:
        cursor.execute("alter table audit_log disable trigger user")
        cursor.execute(statement)
        cursor.execute("alter table audit_log enable trigger user")


def test_a_line_says_who_what_from_where_and_in_which_request(user: User) -> None:
    with client_address.bound("2001:db8::1"), request_id.bound("the-request"):
        audit.record(
            Action.TIER_CHANGED,
            at=NOON,
            actor=user,
            subject=user,
            thing="x",
            before={"tier": "free"},
            after={"tier": "pro"},
        )

    line = AuditEntry.objects.get()
    assert (line.at, line.action, line.object) == (NOON, "tier.changed", "x")
    assert line.actor == line.subject == user.audit_id
    assert (line.before, line.after) == ({"tier": "free"}, {"tier": "pro"})
    assert (line.address, line.request_id) == ("2001:db8::1", "the-request")


def test_lines_are_numbered_without_gaps_and_chained() -> None:
    write(3)

    lines = list(AuditEntry.objects.order_by("id"))
    assert [line.pk for line in lines] == [1, 2, 3]
    assert [line.previous for line in lines] == ["", lines[0].digest, lines[1].digest]
    assert len({line.digest for line in lines}) == 3


def test_an_untouched_log_is_whole() -> None:
    write(3)

    verdict = audit.verify()

    assert (verdict.lines, verdict.broken_at) == (3, None)
    assert verdict.head == AuditEntry.objects.latest("id").digest


def test_an_empty_log_is_whole() -> None:
    assert audit.verify() == audit.Verdict(0, "", None)


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("update audit_log set action = 'x' where id = 2", 2),
        ("update audit_log set at = at + interval '1 microsecond' where id = 1", 1),
        ("update audit_log set before = '{}' where id = 3", 3),
        ("update audit_log set address = '10.0.0.1' where id = 2", 2),
        ("update audit_log set actor = gen_random_uuid() where id = 2", 2),
        ("update audit_log set digest = previous where id = 2", 2),
        ("delete from audit_log where id = 1", 1),
        ("delete from audit_log where id = 2", 2),
        ("update audit_log set id = -id where id = 2", 2),
        (
            """insert into audit_log (id, at, action, object, request_id, previous, digest)
            values (4, now(), 'x', '', '', '', '')""",
            4,
        ),
        (
            """update audit_log a set action = 'x', digest = encode(sha256(convert_to(
            audit_text(row(a.id, a.at, 'x', a.actor, a.subject, a.object, a.before, a.after,
            a.address, a.request_id, a.previous, a.digest)::audit_log), 'UTF8')), 'hex')
            where id = 2""",
            3,
        ),
    ],
)
def test_whoever_tampers_with_it_is_found_out(statement: str, broken_at: int) -> None:
    write(3)

    tamper(statement)

    assert audit.verify().broken_at == broken_at


def test_that_the_end_was_cut_off_shows_by_the_head() -> None:
    write(3)
    head = audit.verify().head

    tamper("delete from audit_log where id = 3")

    assert audit.verify().broken_at is None
    assert audit.verify().head != head


def test_a_long_log_is_checked_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.audit.PAGE", 2)
    write(5)

    assert audit.verify().lines == 5


@pytest.mark.parametrize(
    "statement", ["update audit_log set action = 'x'", "delete from audit_log"]
)
@pytest.mark.parametrize("role", ["reset role", AS_APPLICATION])
def test_no_line_can_be_changed_or_deleted(statement: str, role: str) -> None:
    write(1)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{role}; {statement}")

    assert AuditEntry.objects.get().action == Action.TIER_CHANGED


@pytest.mark.parametrize(
    "statement",
    [
        "truncate audit_log",
        "alter table audit_log disable trigger user",
        "drop table audit_log",
        "set session_replication_role = replica",
        "create table mine (x int)",
        "drop function audit_refuses() cascade",
    ],
)
def test_the_application_has_no_way_around(statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{AS_APPLICATION}; {statement}")


def test_the_application_reads_and_adds() -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(AS_APPLICATION)
        write(2)
        assert audit.verify().lines == 2


def test_a_line_cannot_be_added_with_a_number_or_a_digest_of_ones_own() -> None:
    write(1)

    AuditEntry.objects.create(pk=99, at=NOON, action="x", previous="p", digest="d")

    assert audit.verify() == audit.Verdict(2, AuditEntry.objects.get(pk=2).digest, None)


@pytest.mark.django_db(transaction=True)
def test_lines_written_at_once_are_one_chain() -> None:
    def one(_: int) -> None:
        try:
            with transaction.atomic():
                write(2)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(24)))

    assert audit.verify() == audit.Verdict(48, AuditEntry.objects.latest("id").digest, None)


def test_what_was_rolled_back_leaves_no_gap() -> None:
    write(1)
    with transaction.atomic():
        write(1)
        transaction.set_rollback(True)
    write(1)

    assert audit.verify().lines == 2
