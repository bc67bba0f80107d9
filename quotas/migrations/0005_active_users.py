"""Who was active is kept by months: few rows tell how many different people there were."""

import common.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEEP_SUMS = """
create or replace function keep_sums_of_gone_account() returns trigger language plpgsql as $$
declare
    nobody uuid := gen_random_uuid();
begin
    update {table} set gone = nobody where user_id = old.id;
    update tier_changes set gone = nobody where user_id = old.id;
    insert into gone_accounts (id, tier, registered_on, gone_on) values (
        nobody, old.tier, (old.created_at at time zone 'UTC')::date, (now() at time zone 'UTC')::date
    );
    return old;
end
$$;
"""
BY_MONTHS = f"""
alter table active_months add constraint active_months_user foreign key (user_id)
    references users (id) on delete set null;
insert into active_months (id, user_id, gone, month, days)
select gen_random_uuid(), user_id, gone, date_trunc('month', day)::date,
    bit_or(1 << extract(day from day)::int - 1)
from usage_daily group by 2, 3, 4;
insert into usage_site_daily (id, day, active_users)
select gen_random_uuid(), day, count(*) from usage_daily group by day;
{KEEP_SUMS.format(table="active_months")}
drop index usage_day_gone;
alter table usage_daily drop constraint usage_daily_user;
delete from usage_daily where user_id is null;
"""
# Who is gone stays among the active of the site's days; not of its months, if one goes back.
BY_DAYS = f"""
alter table usage_daily add constraint usage_daily_user foreign key (user_id)
    references users (id) on delete set null;
create index usage_day_gone on usage_daily (gone, day) where gone is not null;
{KEEP_SUMS.format(table="usage_daily")}
alter table active_months drop constraint active_months_user;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("quotas", "0004_analytics"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ActiveMonth",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("gone", models.UUIDField(editable=False, null=True)),
                ("month", models.DateField()),
                ("days", models.IntegerField()),
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
                "db_table": "active_months",
                "indexes": [
                    models.Index(
                        fields=["month"], include=("user", "gone", "days"), name="active_by_month"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "month"), name="active_month_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SiteDay",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField(unique=True)),
                ("active_users", models.IntegerField()),
            ],
            options={"db_table": "usage_site_daily"},
        ),
        migrations.RunSQL(BY_MONTHS, BY_DAYS),
        migrations.RemoveIndex(model_name="usageday", name="usage_day_by_day"),
        migrations.RemoveField(model_name="usageday", name="gone"),
        migrations.AlterField(
            model_name="usageday",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
