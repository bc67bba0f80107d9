# syntax=docker/dockerfile:1
#
# The platform's images: `deploy/scripts/build-images VERSION`, or
#   docker build --target web --tag omicsoracle/web:2.1.0 .
#
# Targets: web, live, worker, batch, beat, flower (one set of layers, another command each), and database:
# PostgreSQL with pgvector and what makes our backups.
#
# Base images are named by exact version. To pin them by digest, which nobody can move:
#   docker buildx imagetools inspect python:3.13.16-slim-trixie --format '{{.Manifest.Digest}}'
# and pass `--build-arg PYTHON_IMAGE=python:3.13.16-slim-trixie@sha256:…`, as the build pipeline does.
ARG PYTHON_IMAGE=python:3.13.16-slim-trixie
ARG DATABASE_IMAGE=pgvector/pgvector:0.8.6-pg18-bookworm

# --- What all have in common --------------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS python
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /srv/omicsoracle

# --- What the pages load, from npm, as package-lock.json pins it ------------------------------------
FROM python AS assets
COPY requirements/node.txt requirements/
COPY omicsoracle/assets/ omicsoracle/assets/
COPY omicsoracle/run/assets.py omicsoracle/run/
RUN python -I omicsoracle/run/assets.py

# --- Python packages, as base.txt pins them with hashes ---------------------------------------------
FROM python AS packages
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-deps --require-hashes --only-binary :all: -r /tmp/base.txt \
    && /opt/venv/bin/python -m compileall -q /opt/venv/lib \
    && /opt/venv/bin/pip uninstall --yes --quiet pip

# --- The application ----------------------------------------------------------------------------
FROM python AS application
ENV PATH=/opt/venv/bin:$PATH \
    DJANGO_SETTINGS_MODULE=omicsoracle.settings.production \
    ENV_FILE=/dev/null \
    LISTEN_HOST=0.0.0.0 \
    PORT=8000 \
    LIVE_PORT=9000 \
    VAR_DIR=/var/lib/omicsoracle \
    METRICS_DIR=/run/omicsoracle
# A number that no base image uses. What must be written lies in three folders; the rest is read-only.
RUN groupadd --gid 10001 omicsoracle \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin omicsoracle \
    && install --directory --owner 10001 --group 10001 --mode 0700 /var/lib/omicsoracle /run/omicsoracle
COPY --from=packages /opt/venv /opt/venv
COPY . .
COPY --from=assets /srv/omicsoracle/omicsoracle/static/vendor/ omicsoracle/static/vendor/
# Secrets that are none: settings want some, and nothing of them stays.
RUN SECRET_KEY=only-for-collectstatic JWT_SIGNING_KEYS=1=none API_KEY_PEPPERS=1=none ALLOWED_HOSTS=localhost \
    VAR_DIR=/tmp/var METRICS_DIR=/tmp/var/metrics DATABASE_URL=postgres://nobody@localhost/none \
    python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q . \
    && rm -rf /tmp/var
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="OmicsOracle" \
      org.opencontainers.image.description="Ask a plain question, get the GEO series that answer it" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
USER 10001:10001
VOLUME ["/var/lib/omicsoracle"]
STOPSIGNAL SIGTERM

FROM application AS web
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --retries=3 \
    CMD ["python", "-I", "deploy/scripts/answers", "http://127.0.0.1:8000/health/live"]
CMD ["python", "-m", "omicsoracle.run.program", "web"]

FROM application AS live
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --retries=3 \
    CMD ["python", "-I", "deploy/scripts/answers", "http://127.0.0.1:9000/health/live"]
CMD ["python", "-m", "omicsoracle.run.program", "live"]

# Asking a worker takes a second of processor time: once a minute is enough.
FROM application AS worker
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 \
    CMD ["sh", "-c", "celery -A omicsoracle inspect ping --timeout 10 --destination \"celery@$(hostname)\""]
CMD ["python", "-m", "omicsoracle.run.program", "worker"]

FROM application AS batch
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 \
    CMD ["sh", "-c", "celery -A omicsoracle inspect ping --timeout 10 --destination \"batch@$(hostname)\""]
CMD ["python", "-m", "omicsoracle.run.program", "batch"]

# Beat writes down when it sent what, at least every three minutes.
FROM application AS beat
HEALTHCHECK --interval=60s --timeout=5s --start-period=300s --retries=3 \
    CMD ["sh", "-c", "find /var/lib/omicsoracle -name 'celerybeat-schedule*' -mmin -10 | grep -q ."]
CMD ["python", "-m", "omicsoracle.run.program", "beat"]

FROM application AS flower
ENV FLOWER_URL=http://0.0.0.0:5555
EXPOSE 5555
HEALTHCHECK --interval=30s --timeout=4s --start-period=30s --retries=3 \
    CMD ["python", "-I", "deploy/scripts/answers", "--any", "http://127.0.0.1:5555/admin/flower/"]
CMD ["python", "manage.py", "flower"]

# --- PostgreSQL, and what makes backups of it -------------------------------------------------------
FROM ${DATABASE_IMAGE} AS database
# Debian's Python, and the three packages that backups need, pinned with hashes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
COPY requirements/backup.txt /tmp/backup.txt
RUN python3 -m venv /opt/backup \
    && /opt/backup/bin/pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r /tmp/backup.txt \
    && rm /tmp/backup.txt \
    && install --directory --owner postgres --group postgres --mode 0700 /var/lib/omicsoracle-backup \
    && install --directory --owner postgres --group postgres --mode 0755 /var/lib/omicsoracle-told
COPY deploy/__init__.py /srv/omicsoracle/deploy/
COPY deploy/backup/ /srv/omicsoracle/deploy/backup/
COPY deploy/scripts/backup deploy/scripts/restore deploy/scripts/verify /srv/omicsoracle/deploy/scripts/
COPY deploy/database/roles.sh /docker-entrypoint-initdb.d/10-roles.sh
ENV BACKUP_PYTHON=/opt/backup/bin/python \
    BACKUP_POSTGRES_BIN=/usr/lib/postgresql/18/bin \
    ENV_FILE=/dev/null \
    PATH=/srv/omicsoracle/deploy/scripts:$PATH
# The number that its image gives to postgres.
USER 999:999
HEALTHCHECK --interval=10s --timeout=4s --start-period=120s --retries=3 \
    CMD ["pg_isready", "--quiet", "--username", "postgres"]
