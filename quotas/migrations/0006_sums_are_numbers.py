"""How long requests took becomes one number in each sum; sums of kinds of call in days, and of accounts.

Whoever still runs the version before goes on writing arrays until these are gone, and a trigger makes
numbers of them; after that its statements fail, and what it would have stored waits in the stream.
"""

import common.ids
import django.db.models.deletion
import quotas.models.timed
from django.conf import settings
from django.db import migrations, models

TABLES = {
    "usagehour": "usage_hourly",
    "usageday": "usage_daily",
    "usagemonth": "usage_monthly",
    "sitehour": "usage_site_hourly",
    "sitesum": "usage_site_sums",
}
DIGITS = 12
PAGES = 500  # of a table, rewritten in one statement
OF_ARRAYS = f"""
create or replace function took_of_arrays() returns trigger language plpgsql as $$
begin
    new.took := (
        select coalesce(sum((of_one || 'e' || {DIGITS} * bucket)::numeric), 0)
        from unnest(new.took_buckets, new.took_counts) as given (bucket, of_one)
    );
    return new;
end
$$
"""
# The array of a number: each bucket's digits, where there is anything.
OF_NUMBERS = f"""
create or replace function took_of_numbers() returns trigger language plpgsql as $$
begin
    select coalesce(array_agg(bucket order by bucket), '{{}}'), coalesce(array_agg(of_one order by bucket), '{{}}')
    into new.took_buckets, new.took_counts
    from (
        select bucket::smallint, right(substr(digits, 1, length(digits) - {DIGITS} * bucket), {DIGITS})::bigint as of_one
        from (select new.took::text as digits) as told, generate_series(
            (length(digits) - length(rtrim(digits, '0'))) / {DIGITS}, (length(digits) - 1) / {DIGITS}
        ) as bucket
        where new.took > 0
    ) as read where of_one > 0;
    return new;
end
$$
"""
NUMBERS = ("took numeric not null default 0",)
ARRAYS = (
    "took_buckets smallint[] not null default '{}'",
    "took_counts bigint[] not null default '{}'",
)
# What was used in days by kind of call, month by month.
MONTHS = "select distinct date_trunc('month', hour, 'UTC') from usage_hourly order by 1"
FILL = """
insert into usage_daily_kinds (id, user_id, day, endpoint, method, status_code, requests, took)
select gen_random_uuid(), user_id, (hour at time zone 'UTC')::date as of_day, endpoint, method,
    status_code, sum(requests), sum(took)
from usage_hourly
where hour >= %(month)s and hour < %(month)s + interval '1 month' and user_id is not null
group by user_id, of_day, endpoint, method, status_code
on conflict do nothing
"""


def turning(columns, gone, function, name):
    """Return what gives all tables other columns, made of those that go, and holds no strong lock for long."""

    def turn(apps, editor):
        for table in TABLES.values():
            with editor.connection.cursor() as cursor:
                _add(cursor, table, columns)
                cursor.execute(function)
                cursor.execute(
                    f"create or replace trigger {name} before insert or update on {table}"
                    f" for each row execute function {name}()"
                )
                _rewrite(cursor, table, gone[0].split()[0])
                _drop(cursor, table, [column.split()[0] for column in gone])
                cursor.execute(f"drop trigger {name} on {table}")
        editor.execute(f"drop function if exists {name}()")

    return turn


def _add(cursor, table, columns):
    added = ", ".join(f"add column if not exists {column}" for column in columns)
    cursor.execute(f"alter table {table} {added}")


def _rewrite(cursor, table, column):
    """Let the trigger see every row, a part of the table at a time."""
    cursor.execute(
        "select exists (select from pg_attribute where attrelid = %s::regclass and attname = %s"
        " and not attisdropped), pg_relation_size(%s) / current_setting('block_size')::int",
        [table, column, table],
    )
    there, pages = cursor.fetchone()
    for page in range(0, pages if there else 0, PAGES):
        cursor.execute(
            f"update {table} set {column} = {column} where ctid >= %s::tid and ctid < %s::tid",
            [f"({page},0)", f"({page + PAGES},0)"],
        )


def _drop(cursor, table, columns):
    dropped = ", ".join(f"drop column if exists {column}" for column in columns)
    cursor.execute(f"alter table {table} {dropped}")


def fill_days(apps, editor):
    with editor.connection.cursor() as cursor:
        cursor.execute(MONTHS)
        for (month,) in cursor.fetchall():
            cursor.execute(FILL, {"month": month})


TO_NUMBERS = turning(NUMBERS, ARRAYS, OF_ARRAYS, "took_of_arrays")
TO_ARRAYS = turning(ARRAYS, NUMBERS, OF_NUMBERS, "took_of_numbers")


def uuid_field():
    return models.UUIDField(
        default=common.ids.uuid7, editable=False, primary_key=True, serialize=False
    )


def took_field():
    return quotas.models.timed.TookField(db_default=0, default=0, editable=False)


def of_arrays():
    return [
        operation
        for model in TABLES
        for operation in (
            migrations.RemoveField(model_name=model, name="took_buckets"),
            migrations.RemoveField(model_name=model, name="took_counts"),
            migrations.AddField(model_name=model, name="took", field=took_field()),
        )
    ]


class Migration(migrations.Migration):
    atomic = False  # each table is rewritten in parts while all go on

    dependencies = [
        ("quotas", "0005_active_users"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(TO_NUMBERS, TO_ARRAYS),
        migrations.SeparateDatabaseAndState(state_operations=of_arrays()),
        migrations.CreateModel(
            name="AccountDay",
            fields=[
                ("id", uuid_field()),
                ("day", models.DateField(unique=True)),
                ("registered", models.IntegerField()),
                ("gone", models.IntegerField()),
            ],
            options={"db_table": "account_days"},
        ),
        migrations.CreateModel(
            name="UsageDayKind",
            fields=[
                ("took", took_field()),
                ("id", uuid_field()),
                ("day", models.DateField()),
                ("endpoint", models.CharField(max_length=255)),
                ("method", models.CharField(max_length=10)),
                ("status_code", models.IntegerField()),
                ("requests", models.BigIntegerField()),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "usage_daily_kinds",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "day", "endpoint", "method", "status_code"),
                        name="usage_day_kind_once",
                    )
                ],
            },
        ),
        migrations.RunPython(fill_days, migrations.RunPython.noop),
    ]
