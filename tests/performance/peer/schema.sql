create table users (
    id uuid primary key,
    email varchar(255) not null unique,
    hashed_password varchar(255) not null,
    full_name varchar(255) not null default '',
    tier varchar(50) not null default 'free',
    is_active boolean not null default true,
    created_at timestamptz not null default now()
);
create table usage_logs (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users,
    endpoint varchar(255) not null,
    method varchar(10) not null,
    status_code integer not null,
    response_time_ms double precision not null,
    created_at timestamptz not null default now()
);
create index usage_by_user on usage_logs (user_id, created_at desc);
