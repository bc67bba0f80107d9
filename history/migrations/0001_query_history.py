"""What was asked, in partitions by month. The application may make and drop months, and alter nothing else."""

import common.ids
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations, models
from django.db.models import Q

AGENTS = ["query", "search", "validate", "summarize", "report", "workflow"]

TABLE = """
create table query_history (
    id uuid not null,
    user_id uuid not null references users (id) on delete cascade,
    query_text text not null,
    agent_type varchar(50) not null,
    asked jsonb not null,
    result jsonb,
    result_count integer,
    execution_time_ms integer not null,
    cached boolean not null default false,
    created_at timestamptz not null default now(),
    words tsvector generated always as (to_tsvector('geo'::regconfig, query_text)) stored,
    primary key (id, created_at),
    constraint query_history_asks check (query_text <> ''),
    constraint query_history_agent check (
        agent_type in ('query', 'search', 'validate', 'summarize', 'report', 'workflow')
    ),
    constraint query_history_counts check (result_count >= 0 and execution_time_ms >= 0)
) partition by range (created_at);
create index query_history_by_user on query_history (user_id, created_at desc, id desc);
create index query_history_by_agent on query_history (user_id, agent_type, created_at desc, id desc);
create index query_history_words on query_history using gin (user_id, words) with (fastupdate = off);
create index query_history_by_time on query_history using brin (created_at);

-- These run as the owner of the table: the application's own role owns none.
create function query_history_make_month(moment timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp set timezone to 'UTC'
as $$
declare
    start_at timestamptz := date_trunc('month', moment);
    part text := 'query_history_' || to_char(start_at, 'YYYY_MM');
begin
    if to_regclass('public.' || part) is not null then
        return false;
    end if;
    perform pg_advisory_xact_lock(hashtext('query_history'));
    execute format(
        'create table if not exists public.%I partition of public.query_history for values from (%L) to (%L)',
        part, start_at, start_at + interval '1 month'
    );
    return true;
end
$$;

create function query_history_drop_before(moment timestamptz) returns integer
language plpgsql security definer set search_path = public, pg_temp set timezone to 'UTC'
as $$
declare
    part text;
    dropped integer := 0;
begin
    if moment > now() then
        raise exception 'What is asked this month stays.' using errcode = 'insufficient_privilege';
    end if;
    for part in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'public.query_history'::regclass
            and c.relname < 'query_history_' || to_char(date_trunc('month', moment), 'YYYY_MM')
    loop
        execute format('drop table public.%I', part);
        dropped := dropped + 1;
    end loop;
    return dropped;
end
$$;

revoke execute on function query_history_make_month(timestamptz) from public;
revoke execute on function query_history_drop_before(timestamptz) from public;
do $$
begin
    if exists (select from pg_roles where rolname = 'omicsoracle_app') then
        grant execute on function query_history_make_month(timestamptz) to omicsoracle_app;
        grant execute on function query_history_drop_before(timestamptz) to omicsoracle_app;
    end if;
end
$$;

select query_history_make_month(now()), query_history_make_month(now() + interval '1 month');
"""

NO_TABLE = """
drop function query_history_drop_before(timestamptz);
drop function query_history_make_month(timestamptz);
drop table query_history;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0003_audit_chain_and_role"),
        ("discovery", "0001_initial"),  # the text search configuration
    ]

    operations = [
        BtreeGinExtension(),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, NO_TABLE)],
            state_operations=[
                migrations.CreateModel(
                    name="QueryHistory",
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
                        ("query_text", models.TextField()),
                        (
                            "agent_type",
                            models.CharField(
                                choices=[(one, one.title()) for one in AGENTS], max_length=50
                            ),
                        ),
                        ("asked", models.JSONField()),
                        ("result", models.JSONField(null=True)),
                        ("result_count", models.PositiveIntegerField(null=True)),
                        ("execution_time_ms", models.PositiveIntegerField()),
                        ("cached", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        (
                            "words",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Func(
                                    models.Value("geo"),
                                    models.F("query_text"),
                                    function="to_tsvector",
                                    template="%(function)s('geo'::regconfig, query_text)",
                                ),
                                output_field=django.contrib.postgres.search.SearchVectorField(),
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "query_history",
                        "verbose_name_plural": "query history",
                        "indexes": [
                            models.Index(
                                fields=["user", "-created_at", "-id"], name="query_history_by_user"
                            ),
                            models.Index(
                                fields=["user", "agent_type", "-created_at", "-id"],
                                name="query_history_by_agent",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                fastupdate=False,
                                fields=["user", "words"],
                                name="query_history_words",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=~Q(query_text=""), name="query_history_asks"
                            ),
                            models.CheckConstraint(
                                condition=Q(agent_type__in=AGENTS), name="query_history_agent"
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="Clearing",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "history_clearings"},
        ),
    ]
