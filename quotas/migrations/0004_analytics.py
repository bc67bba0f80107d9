"""Sums of how long requests took, of months and of the site; and sums that outlive accounts."""

import common.ids
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GONE = """
alter table usage_daily add constraint usage_daily_user foreign key (user_id)
    references users (id) on delete set null;
alter table tier_changes add constraint tier_changes_user foreign key (user_id)
    references users (id) on delete set null;
create index usage_day_gone on usage_daily (gone, day) where gone is not null;
create index tier_change_gone on tier_changes (gone) where gone is not null;

create function keep_sums_of_gone_account() returns trigger language plpgsql as $$
declare
    nobody uuid := gen_random_uuid();
begin
    update usage_daily set gone = nobody where user_id = old.id;
    update tier_changes set gone = nobody where user_id = old.id;
    insert into gone_accounts (id, tier, registered_on, gone_on) values (
        nobody, old.tier, (old.created_at at time zone 'UTC')::date, (now() at time zone 'UTC')::date
    );
    return old;
end
$$;
create trigger keep_sums before delete on users
    for each row execute function keep_sums_of_gone_account();
"""
NOT_GONE = """
drop trigger keep_sums on users;
drop function keep_sums_of_gone_account();
drop index tier_change_gone;
drop index usage_day_gone;
alter table tier_changes drop constraint tier_changes_user;
alter table usage_daily drop constraint usage_daily_user;
delete from usage_daily where user_id is null;
"""


def least():
    """Return the least milliseconds of each bucket: within one, none is 5 % off what stands for it."""
    low = 0
    while low < 2**31:
        yield low
        low = (low * 105 // 100) * 100 // 95 + 1


def made_anew(table, keys, sums, where=""):
    """Return SQL that sums all rows: what is kept of sums is kept of rows."""
    names = ", ".join(keys)
    of = ", ".join(map(str, range(1, len(keys) + 1)))
    counted = {
        "requests": "count(*)",
        "errors": "count(*) filter (where status_code >= 400)",
        "cost": "sum(cost)",
        "total_ms": "sum(execution_time_ms)",
    }
    made = ", ".join(f"{what} as {name}" for name, what in keys.items())
    return f"""
delete from {table};
insert into {table} (id, {names}, {", ".join(sums)}, took_buckets, took_counts)
select gen_random_uuid(), {names}, {", ".join(f"sum({one})" for one in sums)},
    array_agg(bucket order by bucket), array_agg(requests order by bucket)
from (
    select {made}, {", ".join(f"{counted[one]} as {one}" for one in sums)},
        (width_bucket(greatest(execution_time_ms, 0), '{{{",".join(map(str, least()))}}}'::int[]) - 1)::smallint
            as bucket
    from usage_logs {where} group by {of}, bucket
) as of_bucket group by {names};
"""


KIND = {name: name for name in ("endpoint", "method", "status_code")}
HOUR = {"hour": "date_trunc('hour', created_at, 'UTC')"}
USER = {"user_id": "user_id"}
DAY = "(created_at at time zone 'UTC')::date"
MONTH = "date_trunc('month', created_at at time zone 'UTC')::date"


def site(grain, kind):
    keys = {"grain": f"'{grain}'", "start": f"date_trunc('{grain}', created_at, 'UTC')", **kind}
    sql = made_anew("usage_site_sums", keys, ("requests", "errors", "cost"))
    return sql.replace("delete from usage_site_sums;", "")


SUMS = ("requests", "cost", "total_ms")
ALL = {"endpoint": "''", "method": "''", "status_code": "0"}
KNOWN = "where user_id is not null"
FILL = "".join(
    [
        "set local statement_timeout = 0;",
        made_anew("usage_hourly", {**USER, **HOUR, **KIND}, SUMS),
        made_anew("usage_daily", {**USER, "day": DAY}, ("requests", "errors", "cost"), KNOWN),
        made_anew("usage_monthly", {**USER, "month": MONTH, **KIND}, ("requests", "cost"), KNOWN),
        made_anew("usage_site_hourly", {**HOUR, **KIND}, SUMS),
        *(site(grain, ALL) for grain in ("hour", "day", "month")),
        *(site(grain, KIND) for grain in ("day", "month")),
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("quotas", "0003_usage_days"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GoneAccount",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                (
                    "tier",
                    models.CharField(
                        choices=[("free", "Free"), ("pro", "Pro"), ("enterprise", "Enterprise")],
                        max_length=50,
                    ),
                ),
                ("registered_on", models.DateField(db_index=True)),
                ("gone_on", models.DateField(db_index=True)),
            ],
            options={
                "db_table": "gone_accounts",
            },
        ),
        migrations.CreateModel(
            name="SiteSum",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "grain",
                    models.CharField(
                        choices=[("hour", "Hour"), ("day", "Day"), ("month", "Month")], max_length=5
                    ),
                ),
                ("start", models.DateTimeField()),
                ("endpoint", models.CharField(blank=True, default="", max_length=255)),
                ("method", models.CharField(blank=True, default="", max_length=10)),
                ("status_code", models.IntegerField(default=0)),
                ("requests", models.BigIntegerField()),
                ("errors", models.BigIntegerField()),
                ("cost", models.BigIntegerField()),
                (
                    "took_buckets",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(),
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "took_counts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), db_default=[], default=list, size=None
                    ),
                ),
            ],
            options={
                "db_table": "usage_site_sums",
            },
        ),
        migrations.CreateModel(
            name="UsageMonth",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField()),
                ("endpoint", models.CharField(max_length=255)),
                ("method", models.CharField(max_length=10)),
                ("status_code", models.IntegerField()),
                ("requests", models.BigIntegerField()),
                ("cost", models.BigIntegerField()),
                (
                    "took_buckets",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(),
                        db_default=[],
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "took_counts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), db_default=[], default=list, size=None
                    ),
                ),
            ],
            options={
                "db_table": "usage_monthly",
            },
        ),
        migrations.AddField(
            model_name="sitehour",
            name="took_buckets",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SmallIntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="sitehour",
            name="took_counts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="tierchange",
            name="gone",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="usageday",
            name="errors",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="usageday",
            name="gone",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="usageday",
            name="took_buckets",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SmallIntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="usageday",
            name="took_counts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="usagehour",
            name="took_buckets",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SmallIntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="usagehour",
            name="took_counts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AlterField(
            model_name="tierchange",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="tier_changes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="usageday",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="usageday",
            index=models.Index(fields=["day", "user"], name="usage_day_by_day"),
        ),
        migrations.AddConstraint(
            model_name="sitesum",
            constraint=models.UniqueConstraint(
                fields=("grain", "endpoint", "start", "method", "status_code"),
                name="usage_site_sum_once",
            ),
        ),
        migrations.AddField(
            model_name="usagemonth",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="usagemonth",
            constraint=models.UniqueConstraint(
                fields=("user", "month", "endpoint", "method", "status_code"),
                name="usage_month_once",
            ),
        ),
        migrations.RunSQL(GONE, NOT_GONE),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
