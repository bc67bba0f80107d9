#!/usr/bin/env bash
# Makes the database and its roles, once, when PostgreSQL's image finds an empty folder. For a server that
# is there already: run the same statements as its superuser (docs/PRODUCTION_DEPLOYMENT.md).
#
# omicsoracle_owner owns the tables and runs `migrate`; omicsoracle_app is what servers and workers are: it
# owns nothing, and may only add to the audit log.
set -euo pipefail
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\set owner_password `cat /run/secrets/database_owner_password`
\set app_password `cat /run/secrets/database_app_password`
create role omicsoracle_owner login password :'owner_password';
create role omicsoracle_app login password :'app_password';
grant pg_read_all_stats to omicsoracle_app;
create database omicsoracle owner omicsoracle_owner;
\connect omicsoracle
create extension vector;
create extension pg_trgm;
create extension btree_gin;
create extension pg_stat_statements;
SQL
