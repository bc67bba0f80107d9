-- A section for each table: its name, and how many rows there are for a million users.
-- :who is a user, of whom some have much more than others; :drawn gives each row its number, a moment
-- in the last thirteen months and a chance.

-- users 1000000
insert into users (id, email, hashed_password, full_name, tier, is_active, is_staff, is_admin,
    email_verified, token_version, audit_id, created_at, updated_at)
select uuidv7(at - now()), lower(first || '.' || last || number || '@' || place), '!',
    first || ' ' || last,
    (array['free', 'free', 'free', 'free', 'free', 'free', 'free', 'free', 'pro', 'pro',
        'enterprise'])[1 + floor(random() * 11)::int],
    random() > 0.002, number % 10000 = 0, false, random() > 0.1, 0, gen_random_uuid(), at, at
from (
    select number, now() - random() * interval '390 days' as at,
        (array['Ada', 'Grace', 'Rosalind', 'Barbara', 'Dorothy', 'Lise', 'Emmy', 'Chien', 'Jane',
            'Marie', 'Rita', 'Tu', 'Maryam', 'Vera', 'Katherine'])[1 + floor(random() * 15)::int] as first,
        (array['Lovelace', 'Hopper', 'Franklin', 'Clintock', 'Hodgkin', 'Meitner', 'Noether', 'Wu',
            'Goodall', 'Curie', 'Levi', 'Youyou', 'Mirzakhani', 'Rubin', 'Johnson'])
            [1 + floor(random() * 15)::int] as last,
        (array['lab.example', 'uni.example', 'clinic.example', 'pharma.example', 'home.example'])
            [1 + floor(random() * 5)::int] as place
    from generate_series(1, :rows) as number
) as drawn;

-- api_keys 500000
insert into api_keys (id, user_id, name, key_prefix, key_hash, pepper_version, scopes, created_at, revoked_at)
select uuidv7(at - now()), :who, 'laptop', lpad(to_hex(number), 8, '0'), md5(number::text), 1,
    array['read'], at, case when chance > 0.9 then now() end
from :drawn;

-- user_sessions 1000000
insert into user_sessions (id, user_id, token_version, token_digest, browser_key, created_at,
    last_used_at, expires_at, ended_at, ip, user_agent)
select uuidv7(at - now()), :who, 0, md5(number::text), '', at, at, at + interval '30 days',
    case when chance > 0.4 then now() end, '10.0.0.0'::inet + (number % 250000), 'Firefox'
from :drawn;

-- audit_log 2000000
insert into audit_log (id, at, action, actor, subject, object, address, request_id, previous, digest)
select number, now() - interval '390 days' * (1 - number / :rows::float8),
    (array['session.signed_in', 'session.signed_in', 'session.signed_in', 'session.signed_out',
        'session.sign_in_failed', 'api_key.made', 'tier.changed', 'account.registered'])
        [1 + floor(power(random(), 2) * 8)::int],
    who, who, '', '10.0.0.0'::inet + number % 250000, md5(number::text), '', ''
from (
    select number, people[1 + floor(power(random(), 3) * (cardinality(people) - 1))::int] as who
    from generate_series(1, :rows) as number, (select array_agg(audit_id) as people from someone) as they
) as drawn;

-- mail_outbox 200000
insert into mail_outbox (id, kind, address, user_id, context, created_at, next_at, attempts, error, sent_at, given_up_at)
select uuidv7(at - now()), 'verification', number || '@lab.example', :who, '{}', at, at, 1, '',
    case when chance < 0.999 then at end, case when chance >= 0.999 then at end
from :drawn;

-- quota_overrides 2000
insert into quota_overrides (id, user_id, "values", reason, created_at)
select uuidv7(), id, '{"hour": 500}', 'a course', now() from someone limit :rows;

-- tier_changes 50000
insert into tier_changes (id, user_id, before, after, at)
select uuidv7(at - now()), :who, 'free', 'pro', at from :drawn;

-- usage_logs 2000000
insert into usage_logs (id, user_id, endpoint, method, status_code, execution_time_ms, created_at)
select uuidv7(at - now()), :who, '/api/v2/agents/search', 'POST',
    (array[200, 200, 200, 404, 503])[1 + floor(power(random(), 4) * 5)::int], 40, at
from :drawn;

-- usage_hourly 2000000
insert into usage_hourly (id, user_id, hour, endpoint, method, status_code, requests, cost, total_ms)
select uuidv7(at - now()), :who, date_trunc('hour', at), '/api/v2/agents/search', 'POST',
    (array[200, 200, 200, 404, 503])[1 + floor(power(random(), 4) * 5)::int], 3, 3, 100
from :drawn
on conflict do nothing;

-- query_history 1000000
insert into query_history (id, user_id, query_text, agent_type, asked, result_count, execution_time_ms,
    cached, created_at)
select uuidv7(at - now()), :who, 'liver of mice ' || number,
    (array['search', 'search', 'query', 'report'])[1 + floor(random() * 4)::int], '{}', 4, 30,
    chance < 0.6, at
from :drawn;

-- workflows 100000
insert into workflows (id, user_id, asked, status, stage_results, progress, error, request_id,
    created_at, completed_at)
select uuidv7(at - now()), :who, '{}', case when chance < 0.98 then 'completed' else 'failed' end,
    '[]', 100, '', '', at, at
from :drawn;

-- batch_jobs 300000
insert into batch_jobs (id, user_id, workflow_type, queries, parameters, metadata, webhook_url, weight,
    status, total_tasks, completed_tasks, failed_tasks, cancelled_tasks, error_message, request_id,
    body_digest, charged, refunded, created_at, charged_at, completed_at)
select uuidv7(at - now()), :who, 'simple_search', '["a", "b", "c"]', '{}', '{}', '', 1,
    case when chance < 0.001 then 'running' when chance < 0.02 then 'failed' else 'completed' end, 3,
    case when chance < 0.001 then 0 when chance < 0.02 then 0 else 3 end,
    case when chance < 0.001 then 0 when chance < 0.02 then 3 else 0 end,
    0, '', '', '', 3, 0, at, at, case when chance >= 0.001 then at end
from :drawn;

-- batch_job_items 0
insert into batch_job_items (id, job_id, index, query, status, attempts, faults, crashes, fence, due_at,
    worker, result, error, error_code, finished_at)
select uuidv7(created_at - now()), id, number, 'a', status, 1, 0, 0, 1, created_at, '',
    case when status = 'completed' then '{}'::jsonb end, case when status = 'failed' then 'x' else '' end,
    '', completed_at
from batch_jobs, generate_series(0, 2) as number;

-- webhook_deliveries 100000
insert into webhook_deliveries (id, job_id, event, url, payload, attempts, error, created_at, next_at,
    delivered_at, given_up_at)
select uuidv7(created_at - now()), id, 'job.completed', 'https://lab.example/', '{}', 1, '', created_at,
    created_at, case when random() < 0.999 then created_at end, null
from batch_jobs limit :rows;

-- search_cache 50000
insert into search_cache (id, query_hash, namespace, query_text, results, envelope, tags, seen, bytes,
    created_at, expires_at, accessed_at, access_count)
select uuidv7(), md5(number::text), 'geo:query', 'liver of mice ' || number, '{}', '', '{}', 0, 100,
    now(), now() + interval '1 day', now(), 1
from generate_series(1, :rows) as number;

-- datasets 100000
insert into datasets (id, accession, title, summary, organisms, study_types, platforms, pubmed_ids,
    supplementary_files, supplementary_types, relations, characteristics, summary_truncated, superseries,
    subseries, origin, record_digest, summary_digest, sample_count, created_at, updated_at)
select uuidv7(), 'GSE' || number, 'Livers of mice, number ' || number, repeat('Of livers. ', 60), '{}', '{}',
    '{}', '{}', '{}', '{}', '{}', '{}', false, '{}', '{}', 'dump', md5(number::text), '', 6, now(), now()
from generate_series(1, :rows) as number;

-- search_documents 0
insert into search_documents (dataset_id, organisms, study_types, platforms, document, terms, subjects,
    indexed_by, text_digest)
select id, '{}', '{}', '{}', to_tsvector('geo', title), '{}/268435456', '{}', '', '' from datasets;

-- samples 500000
insert into samples (id, accession, title, organisms, characteristics, attributes)
select uuidv7(), 'GSM' || number, 'Mouse ' || number, '{}', '{}', '{}' from generate_series(1, :rows) as number;
