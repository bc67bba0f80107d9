"""The sums of usage, as SQL: added to what is there in the statement that stores the rows.

A sum is that of the rows that share its keys. How long they took is a number too (`quotas.durations`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from quotas.durations import DIGITS, LEAST

KIND_OF_CALL = {name: name for name in ("endpoint", "method", "status_code")}
SUMS = ("requests", "errors", "cost", "total_ms", "took")
BUCKET = (
    f"width_bucket(greatest(execution_time_ms, 0), '{{{','.join(map(str, LEAST))}}}'::int[]) - 1"
)
# `summed` is a relation of rows of `usage_logs`.
COUNTED = f"""
counted as (
    select user_id, date_trunc('hour', created_at, 'UTC') as hour, endpoint, method, status_code,
        count(*) as requests, count(*) filter (where status_code >= 400) as errors,
        sum(cost)::bigint as cost, sum(execution_time_ms)::bigint as total_ms,
        sum(('1e' || {DIGITS} * ({BUCKET}))::numeric) as took
    from summed group by 1, 2, 3, 4, 5
), counted_of_all as (
    select hour, endpoint, method, status_code, {", ".join(f"sum({one}) as {one}" for one in SUMS)}
    from counted group by 1, 2, 3, 4
)"""  # noqa: S608 (nothing of anybody is in it)


@dataclass(frozen=True, slots=True)
class RollUp:
    """A table of sums: the columns that are its key, with what they are made of, and what it sums."""

    table: str
    keys: Mapping[str, str]
    sums: tuple[str, ...]
    source: str = "counted"
    returning: str = ""

    @property
    def own(self) -> tuple[str, ...]:
        """Return the columns that are added up."""
        return (*self.sums, "took")

    def sql(self) -> str:
        """Return the statement that adds what is counted."""
        keys = ", ".join(self.keys)
        added = ", ".join(f"{one} = {self.table}.{one} + excluded.{one}" for one in self.own)
        return f"""{self.inserting()}
    on conflict ({keys}) do update set {added} {self.returning}"""

    def inserting(self) -> str:
        """Return the statement that stores what is counted, where nothing is stored of it yet.

        The rows are in the order of their keys, so that of two who add at once none waits for the other in a ring.
        """
        made = ", ".join(f"{what} as {name}" for name, what in self.keys.items())
        counted = ", ".join(f"sum({one})" for one in self.own)
        # Names of keys may be those of columns too, which come first: so the keys by their number.
        numbers = ", ".join(map(str, range(2, len(self.keys) + 2)))
        return f"""
    insert into {self.table} (id, {", ".join((*self.keys, *self.own))})
    select gen_random_uuid(), {made}, {counted} from {self.source}
    group by {numbers} order by {numbers}"""  # noqa: S608 (nothing of anybody is in it)


ROLL_UPS = {
    "of_hours": RollUp(
        "usage_hourly",
        {"user_id": "user_id", "hour": "hour", **KIND_OF_CALL},
        ("requests", "cost", "total_ms"),
    ),
    "of_days": RollUp(
        "usage_daily",
        {"user_id": "user_id", "day": "(hour at time zone 'UTC')::date"},
        ("requests", "errors", "cost"),
        "counted where user_id is not null",
        "returning day, (xmax = 0) as is_first",  # of a row that was there, xmax is who changed it
    ),
    "of_kinds_in_days": RollUp(
        "usage_daily_kinds",
        {"user_id": "user_id", "day": "(hour at time zone 'UTC')::date", **KIND_OF_CALL},
        ("requests",),
        "counted where user_id is not null",
    ),
    "of_months": RollUp(
        "usage_monthly",
        {
            "user_id": "user_id",
            "month": "date_trunc('month', hour at time zone 'UTC')::date",
            **KIND_OF_CALL,
        },
        ("requests", "cost"),
        "counted where user_id is not null",
    ),
    "of_the_site": RollUp(
        "usage_site_hourly",
        {"hour": "hour", **KIND_OF_CALL},
        ("requests", "cost", "total_ms"),
        "counted_of_all",
    ),
    "of_the_site_in_all": RollUp(
        "usage_site_sums",
        {
            "grain": "grain",
            "endpoint": "case when is_all then '' else endpoint end",
            "start": "date_trunc(grain, hour, 'UTC')",
            "method": "case when is_all then '' else method end",
            "status_code": "case when is_all then 0 else status_code end",
        },
        ("requests", "errors", "cost"),
        """counted_of_all cross join (values ('hour', true), ('day', true), ('day', false),
            ('month', true), ('month', false)) as grains (grain, is_all)""",
    ),
}
# On which days users were active, and how many were: each counts with the first row of the day.
ACTIVE = """
of_active_months as (
    insert into active_months (id, user_id, month, days)
    select gen_random_uuid(), user_id, date_trunc('month', hour at time zone 'UTC')::date as month,
        bit_or(1 << extract(day from hour at time zone 'UTC')::int - 1)
    from counted where user_id is not null group by user_id, month order by user_id, month
    on conflict (user_id, month) do update set days = active_months.days | excluded.days
        where active_months.days <> active_months.days | excluded.days
), of_active_days as (
    insert into usage_site_daily (id, day, active_users)
    select gen_random_uuid(), day, count(*) from of_days where is_first group by day order by day
    on conflict (day) do update set
        active_users = usage_site_daily.active_users + excluded.active_users
)"""


def adding(summed: str) -> str:
    """Return the parts of a `with` that add to all sums.

    :param summed: a query of rows of `usage_logs`
    """
    parts = [f"{name} as ({one.sql()}\n)" for name, one in ROLL_UPS.items()]
    return ",\n".join([f"summed as ({summed})", COUNTED, *parts, ACTIVE])
