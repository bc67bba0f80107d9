"""The audit log chains itself and lets no line change; the application's own database role."""

from django.db import migrations

CHAIN = """
create function audit_text(entry audit_log) returns text
language sql stable set timezone to 'UTC'
as $$ select (to_jsonb(entry) - 'digest')::text $$;

create function audit_chain() returns trigger
language plpgsql
as $$
declare
    last audit_log;
begin
    -- One writer at a time, until its transaction ends: numbers have no gaps, the chain no forks.
    perform pg_advisory_xact_lock(hashtext('audit_log'));
    select * into last from audit_log order by id desc limit 1;
    new.id := coalesce(last.id, 0) + 1;
    new.previous := coalesce(last.digest, '');
    new.digest := encode(sha256(convert_to(audit_text(new), 'UTF8')), 'hex');
    return new;
end
$$;

create trigger audit_chain before insert on audit_log
    for each row execute function audit_chain();

create function audit_refuses() returns trigger
language plpgsql
as $$
begin
    raise exception 'The audit log can only be added to.' using errcode = 'insufficient_privilege';
end
$$;

create trigger audit_refuses before update or delete on audit_log
    for each statement execute function audit_refuses();
"""

NO_CHAIN = """
drop trigger audit_refuses on audit_log;
drop trigger audit_chain on audit_log;
drop function audit_refuses();
drop function audit_chain();
drop function audit_text(audit_log);
"""

# The role is the cluster's: another database of it may have made it already, even at this moment.
ROLE = """
do $$
begin
    create role omicsoracle_app login;
exception
    when duplicate_object or unique_violation then null;
    when insufficient_privilege then
        raise warning 'The role omicsoracle_app could not be made: docs/security.md says why it matters.';
end
$$;

do $$
begin
    if exists (select from pg_roles where rolname = 'omicsoracle_app') then
        grant usage on schema public to omicsoracle_app;
        grant select, insert, update, delete on all tables in schema public to omicsoracle_app;
        grant usage, select on all sequences in schema public to omicsoracle_app;
        alter default privileges in schema public
            grant select, insert, update, delete on tables to omicsoracle_app;
        alter default privileges in schema public
            grant usage, select on sequences to omicsoracle_app;
        revoke update, delete on audit_log from omicsoracle_app;
    end if;
end
$$;
"""

# The role itself stays: other databases of the cluster may use it.
NO_ROLE = """
do $$
begin
    if exists (select from pg_roles where rolname = 'omicsoracle_app') then
        alter default privileges in schema public revoke all on tables from omicsoracle_app;
        alter default privileges in schema public revoke all on sequences from omicsoracle_app;
        revoke all on all tables in schema public from omicsoracle_app;
        revoke all on all sequences in schema public from omicsoracle_app;
        revoke usage on schema public from omicsoracle_app;
    end if;
end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_outbox_audit_attempts")]

    operations = [
        migrations.RunSQL(CHAIN, NO_CHAIN),
        migrations.RunSQL(ROLE, NO_ROLE),
    ]
