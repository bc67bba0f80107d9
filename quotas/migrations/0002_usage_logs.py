"""Usage, in partitions by month. The application may make and drop months, and alter nothing else."""

import common.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = """
create table usage_logs (
    id uuid not null,
    user_id uuid references users (id) on delete set null,
    api_key_id uuid,
    endpoint varchar(255) not null,
    method varchar(10) not null,
    status_code integer not null,
    execution_time_ms integer not null,
    cost integer not null default 1,
    created_at timestamptz not null default now(),
    primary key (id, created_at)
) partition by range (created_at);
create index usage_by_user on usage_logs (user_id, created_at desc);
create index usage_by_time on usage_logs using brin (created_at);

-- These run as the owner of the table: the application's own role owns none.
create function usage_logs_make_month(moment timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp set timezone to 'UTC'
as $$
declare
    start_at timestamptz := date_trunc('month', moment);
    part text := 'usage_logs_' || to_char(start_at, 'YYYY_MM');
begin
    if to_regclass('public.' || part) is not null then
        return false;
    end if;
    perform pg_advisory_xact_lock(hashtext('usage_logs'));
    execute format(
        'create table if not exists public.%I partition of public.usage_logs for values from (%L) to (%L)',
        part, start_at, start_at + interval '1 month'
    );
    return true;
end
$$;

create function usage_logs_drop_before(moment timestamptz) returns integer
language plpgsql security definer set search_path = public, pg_temp set timezone to 'UTC'
as $$
declare
    part text;
    dropped integer := 0;
begin
    if moment > now() - interval '1 month' then
        raise exception 'Usage of the last month stays.' using errcode = 'insufficient_privilege';
    end if;
    for part in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'public.usage_logs'::regclass
            and c.relname < 'usage_logs_' || to_char(date_trunc('month', moment), 'YYYY_MM')
    loop
        execute format('drop table public.%I', part);
        dropped := dropped + 1;
    end loop;
    return dropped;
end
$$;

revoke execute on function usage_logs_make_month(timestamptz) from public;
revoke execute on function usage_logs_drop_before(timestamptz) from public;
do $$
begin
    if exists (select from pg_roles where rolname = 'omicsoracle_app') then
        grant execute on function usage_logs_make_month(timestamptz) to omicsoracle_app;
        grant execute on function usage_logs_drop_before(timestamptz) to omicsoracle_app;
    end if;
end
$$;

select usage_logs_make_month(now()), usage_logs_make_month(now() + interval '1 month');
"""

NO_TABLE = """
drop function usage_logs_drop_before(timestamptz);
drop function usage_logs_make_month(timestamptz);
drop table usage_logs;
"""


class Migration(migrations.Migration):
    dependencies = [("quotas", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, NO_TABLE)],
            state_operations=[
                migrations.CreateModel(
                    name="UsageLog",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=common.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("api_key_id", models.UUIDField(null=True)),
                        ("endpoint", models.CharField(max_length=255)),
                        ("method", models.CharField(max_length=10)),
                        ("status_code", models.IntegerField()),
                        ("execution_time_ms", models.IntegerField()),
                        ("cost", models.IntegerField(default=1)),
                        ("created_at", models.DateTimeField()),
                        (
                            "user",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "usage_logs",
                        "indexes": [
                            models.Index(fields=["user", "-created_at"], name="usage_by_user")
                        ],
                    },
                ),
            ],
        ),
    ]
