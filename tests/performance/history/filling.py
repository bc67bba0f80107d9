"""Ten million questions, as two thousand people asked them in a year."""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import psutil
from django.db import connection

from accounts.models import Tier, User
from history.models import QueryHistory
from history.runner import keeping
from tests.evaluation.catalogue import use_database
from tests.performance.accounts.people import people

DATABASE = "history_{}_measured"
USERS, DAYS = 2_000, 365
FOR_FILLING = "set statement_timeout = 0; set session_replication_role = replica"  # users are there

# The first users ask most: the busiest a fiftieth of all.
DAY_OF_ROWS = """
insert into query_history (id, user_id, query_text, agent_type, asked, result, result_count,
    execution_time_ms, cached, created_at)
select uuidv7(at - now()), who, question, agent, jsonb_build_object('query', question),
    jsonb_build_object('total_found', 40, 'relevance_score', jsonb_build_array(
        jsonb_build_array('GSE' || number, 0.91), jsonb_build_array('GSE' || number + 1, 0.85),
        jsonb_build_array('GSE' || number + 2, 0.8), jsonb_build_array('GSE' || number + 3, 0.5))),
    4, 30, random() < 0.6, at
from (
    select %(day)s + make_interval(secs => random() * 86400) as at,
        (%(users)s::uuid[])[1 + floor(power(random(), 2) * %(people)s)::int] as who,
        (array['search', 'search', 'search', 'query', 'validate', 'summarize', 'report',
            'workflow'])[1 + floor(random() * 8)::int] as agent,
        (%(subjects)s::text[])[1 + floor(power(random(), 2) * 40)::int] || ' in ' ||
            (%(places)s::text[])[1 + floor(random() * 20)::int] || ' of ' ||
            (%(kinds)s::text[])[1 + floor(random() * 8)::int] ||
            ' gene' || floor(power(random(), 3) * 20000)::int as question,
        floor(random() * 250000)::int as number
    from generate_series(1, %(rows)s)
) as drawn
"""
SUBJECTS = """breast cancer|lung cancer|type 2 diabetes|Alzheimer disease|hypoxia|sepsis|asthma|
melanoma|glioblastoma|leukemia|lymphoma|psoriasis|obesity|fasting|ageing|infection|inflammation|
fibrosis|stroke|epilepsy|autism|depression|malaria|tuberculosis|influenza|HIV|cirrhosis|hepatitis|
pancreatitis|colitis|arthritis|lupus|sclerosis|anemia|thrombosis|heart failure|hypertension|
regeneration|wound healing|heat shock""".replace("\n", "").split("|")
PLACES = """liver|heart|kidney|brain|hippocampus|skin|blood|bone marrow|muscle|lung|colon|pancreas|
ovary|testis|retina|spleen|thymus|adipose tissue|placenta|embryo""".replace("\n", "").split("|")
KINDS = ["mice", "women", "men", "rats", "zebrafish", "children", "pigs", "macaques"]
WITHOUT_INDEXES = (
    "drop index query_history_by_user, query_history_by_agent, query_history_own_words"
)
INDEXES = [
    "create index query_history_by_user on query_history (user_id, created_at desc, id desc)",
    "create index query_history_by_agent on query_history (user_id, agent_type, created_at desc, id desc)",
    """create index query_history_own_words on query_history
        using gin (history_own_words(user_id, words)) with (fastupdate = off)""",
]


def filled(wanted: int) -> datetime:
    """Make the database if it is not there yet, whole; return when its last day ends."""
    use_database(DATABASE.format(wanted))
    newest = QueryHistory.objects.order_by("-created_at").first()
    if newest is not None and _is_indexed():
        return newest.created_at
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    _write(wanted, today)
    return today


def _is_indexed() -> bool:
    """Say whether the filling came to its end."""
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('query_history_own_words') is not null")
        (found,) = cursor.fetchone()
    return bool(found)


def _write(wanted: int, today: datetime) -> None:
    """Fill the months, as many at once as there are processors; then make the indexes, which is quicker."""
    with connection.cursor() as cursor:
        cursor.execute("truncate users cascade")
    people([f"busy{number:04}@example.org" for number in range(USERS)], tier=Tier.ENTERPRISE)
    users = list(User.objects.order_by("email").values_list("pk", flat=True))
    given = {"users": users, "people": USERS, "rows": -(-wanted // DAYS)}
    given |= {"subjects": SUBJECTS, "places": PLACES, "kinds": KINDS}
    days = [today - timedelta(days=ago) for ago in range(DAYS, 0, -1)]
    months = [list(month) for _, month in groupby(days, key=lambda day: day.month)]
    for month in months:
        keeping.make_month(month[0])
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_INDEXES)
    with ThreadPoolExecutor(psutil.cpu_count()) as threads:
        list(threads.map(lambda month: _write_month(given, month), months))
    with connection.cursor() as cursor:
        cursor.execute(FOR_FILLING)
        for index in INDEXES:
            cursor.execute(index)
            _tell("i")
        cursor.execute("vacuum analyze query_history")
        cursor.execute("reset all")
    sys.stderr.write("\n")


def _write_month(given: dict[str, Any], days: Sequence[datetime]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FOR_FILLING)
        for day in days:
            cursor.execute(DAY_OF_ROWS, given | {"day": day})
            _tell(".")
    connection.close()


def _tell(sign: str) -> None:
    sys.stderr.write(sign)
    sys.stderr.flush()
