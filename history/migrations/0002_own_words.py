"""An index that has the words of each asker apart, made month by month while all go on."""

import django.contrib.postgres.indexes
from django.db import migrations

import history.models.own_words

FUNCTION = """
create or replace function history_own_words(who uuid, words tsvector) returns tsvector
language sql immutable strict parallel safe
return array_to_tsvector(
    array(select right(who::text, 8) || left(word, 500) from unnest(tsvector_to_array(words)) as word)
);
"""
NO_FUNCTION = "drop function if exists history_own_words(uuid, tsvector);"
OWN = ("query_history_own_words", "history_own_words(user_id, words)")
SHARED = ("query_history_words", "user_id, words")
# Of the months, those that have no valid index yet that belongs to this one; with what is left of
# an attempt that was ended.
MONTHS = """
select i.inhrelid::regclass::text, (
    select string_agg(x.indexrelid::regclass::text, ', ') from pg_index x
    where x.indrelid = i.inhrelid and not x.indisvalid
)
from pg_inherits i
where i.inhparent = 'query_history'::regclass and not exists (
    select from pg_index x join pg_inherits a on a.inhrelid = x.indexrelid
    where x.indrelid = i.inhrelid and a.inhparent = %s::regclass
)
order by 1
"""
NEWEST = "select max(indexrelid)::regclass::text from pg_index where indrelid = %s::regclass"


def making(index):
    """Return what makes an index of the whole table, without standing in anybody's way."""
    name, what = index
    how = f"using gin ({what}) with (fastupdate = off)"

    def make(apps, editor):
        # Months that are made from now on have it; it is valid as soon as all have.
        with editor.connection.cursor() as cursor:
            cursor.execute(f"create index if not exists {name} on only query_history {how}")
            cursor.execute(MONTHS, [name])
            for month, unfinished in cursor.fetchall():
                if unfinished:
                    cursor.execute(f"drop index {unfinished}")
                cursor.execute(f"create index concurrently on {month} {how}")
                cursor.execute(NEWEST, [month])
                (made,) = cursor.fetchone()
                cursor.execute(f"alter index {name} attach partition {made}")

    return make


def dropping(index):
    return lambda apps, editor: editor.execute(f"drop index if exists {index[0]}")


class Migration(migrations.Migration):
    atomic = False  # nobody waits while the indexes are made

    dependencies = [("history", "0001_query_history")]

    operations = [
        migrations.RunSQL(FUNCTION, NO_FUNCTION),
        # Not within the next one: `sqlmigrate` would run them.
        migrations.RunPython(making(OWN), dropping(OWN)),
        migrations.RunPython(dropping(SHARED), making(SHARED)),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name="queryhistory", name="query_history_words"),
                migrations.AddIndex(
                    model_name="queryhistory",
                    index=django.contrib.postgres.indexes.GinIndex(
                        history.models.own_words.OwnWords(),
                        name="query_history_own_words",
                        fastupdate=False,
                    ),
                ),
            ],
        ),
    ]
