import common.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

# What `storing` writes of each record from now on, for the records that are there.
FILL_REFERENCES = r"""
set local statement_timeout = 0;
insert into cross_references (dataset_id, kind, accession)
select id, 'platform', platform from datasets, unnest(platforms) as platform
union select id, 'pubmed_id', pubmed_id from datasets, unnest(pubmed_ids) as pubmed_id
    where pubmed_id ~ '^[1-9][0-9]{0,9}$'
union select id, 'bioproject', (regexp_matches(relation, '\yPRJ[A-Z]{2}[0-9]{1,12}\y', 'g'))[1]
    from datasets, unnest(relations) as relation
union select id, 'sra', (regexp_matches(relation, '\y[SED]RP[0-9]{1,12}\y', 'g'))[1]
    from datasets, unnest(relations) as relation
union select id, kind, (regexp_matches(relation, '\yGSE[1-9][0-9]{0,8}\y', 'g'))[1]
    from datasets, unnest(relations) as relation,
        (values ('superseries', 'SubSeries of%'), ('subseries', 'SuperSeries of%')) as said(kind, form)
    where relation like form;
delete from cross_references r using datasets d
where d.id = r.dataset_id and d.accession = r.accession;
with told as (
    select d.accession as one, r.kind, r.accession as other
    from cross_references r join datasets d on d.id = r.dataset_id
), links as (
    select one as part, other as whole from told where kind = 'superseries'
    union select other, one from told where kind = 'subseries'
), parts as (
    select part as accession, array_agg(whole::text order by whole) as found from links group by part
), wholes as (
    select whole as accession, array_agg(part::text order by part) as found from links group by whole
)
update datasets d set
    superseries = coalesce((select found from parts where parts.accession = d.accession), '{}'),
    subseries = coalesce((select found from wholes where wholes.accession = d.accession), '{}')
where d.accession in (select accession from parts union select accession from wholes);
"""
FILL_ATTRIBUTES = r"""
with lines as (
    select id, at, regexp_replace(btrim(line), '\s+', ' ', 'g') as line
    from samples, unnest(characteristics) with ordinality as one(line, at)
), parted as (
    select id, at, line,
        lower(btrim(split_part(line, ':', 1))) as key,
        btrim(substr(line, strpos(line, ':') + 1)) as value
    from lines
), keyed as (
    select id, at,
        case when is_keyed then key else 'characteristics' end as key,
        case when is_keyed then value else line end as value
    from (
        select *, strpos(line, ':') > 0 and length(key) between 1 and 80
            and line !~* '^\s*(https?|ftp):' as is_keyed
        from parted
    ) as one
), once as (
    select id, key, value, min(at) as at from keyed where value <> '' group by id, key, value
), joined as (
    select id, key, string_agg(value, '; ' order by at) as value from once group by id, key
)
update samples s set attributes = found.attributes
from (select id, jsonb_object_agg(key, value) as attributes from joined group by id) as found
where found.id = s.id;
"""


def texts():
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.TextField(), blank=True, default=list, size=None
    )


class Migration(migrations.Migration):
    dependencies = [("discovery", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Harvest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("query", "somebody asked for what a query finds"),
                            ("refresh", "what changed at GEO since the last refresh"),
                        ],
                        max_length=8,
                    ),
                ),
                ("query", models.CharField(max_length=500)),
                ("at_most", models.PositiveIntegerField(blank=True, null=True)),
                ("is_full", models.BooleanField(default=False)),
                ("web_env", models.TextField(blank=True, default="")),
                ("query_key", models.CharField(blank=True, default="", max_length=20)),
                ("found", models.PositiveIntegerField(blank=True, null=True)),
                ("position", models.PositiveIntegerField(default=0)),
                ("added", models.PositiveIntegerField(default=0)),
                ("updated", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("last_error", models.TextField(blank=True, default="")),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("touched_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={"db_table": "harvests"},
        ),
        migrations.AddConstraint(
            model_name="harvest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at", None)),
                fields=("kind", "query"),
                name="harvest_goes_on_before_it_begins_again",
            ),
        ),
        migrations.AddConstraint(
            model_name="harvest",
            constraint=models.CheckConstraint(
                condition=models.Q(("query", ""), _negated=True), name="harvest_asks_something"
            ),
        ),
        migrations.AddField(model_name="dataset", name="superseries", field=texts()),
        migrations.AddField(model_name="dataset", name="subseries", field=texts()),
        migrations.AddField(
            model_name="dataset",
            name="origin",
            field=models.CharField(
                choices=[
                    ("starter", "the starter catalogue: facts, and sentences of our own"),
                    ("dump", "a dump"),
                    ("summary", "NCBI's summary: long texts cut, no design"),
                    ("full", "GEO's whole record"),
                ],
                default="dump",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="summary_digest",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="sample",
            name="attributes",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.CreateModel(
            name="CrossReference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("platform", "Platform"),
                            ("sra", "Sra"),
                            ("bioproject", "Bioproject"),
                            ("pubmed_id", "Pubmed Id"),
                            ("superseries", "Superseries"),
                            ("subseries", "Subseries"),
                        ],
                        max_length=12,
                    ),
                ),
                ("accession", models.CharField(max_length=20)),
                (
                    "dataset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cross_references",
                        to="discovery.dataset",
                    ),
                ),
            ],
            options={"db_table": "cross_references"},
        ),
        migrations.AddConstraint(
            model_name="crossreference",
            constraint=models.UniqueConstraint(
                fields=("dataset", "kind", "accession"), name="cross_reference_is_said_once"
            ),
        ),
        migrations.AddIndex(
            model_name="crossreference",
            index=models.Index(fields=["accession", "kind"], name="cross_reference_by_accession"),
        ),
        migrations.RunSQL(FILL_REFERENCES, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(FILL_ATTRIBUTES, reverse_sql=migrations.RunSQL.noop),
    ]
