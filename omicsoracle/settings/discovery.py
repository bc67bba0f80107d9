"""The catalogue, the models that read it, and NCBI: docs/ncbi.md."""

from omicsoracle.settings.processes import *

STARTER_CATALOGUE = BASE_DIR / "discovery" / "starter.jsonl"
EMBEDDING_CACHE_DIR = VAR_DIR / "embeddings"
# Threads of one embedding call; the web server needs its cores for requests.
EMBEDDING_THREADS = env.int("EMBEDDING_THREADS", default=1)
# A language model for summaries, behind OpenAI's API or any that is like it: used once a key or an
# address is set. Where it is, the settings alone say.
OPENAI_API_KEY = env("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env("OPENAI_BASE_URL", default="") or "https://api.openai.com/v1"
OPENAI_MODEL = env("OPENAI_MODEL", default="gpt-5-mini")
SUMMARY_WRITER = (
    "discovery.writing.Writer" if OPENAI_API_KEY or env("OPENAI_BASE_URL", default="") else ""
)
# Runs what a workflow asks for; days for which those are kept that somebody waited for.
WORKFLOW_EXECUTOR = "discovery.rendered_reports.execute"
WORKFLOWS_KEPT_DAYS = env.int("WORKFLOWS_KEPT_DAYS", default=30)

# --- NCBI: docs/ncbi.md ------------------------------------------------------------------------
# Who NCBI can write to if we are a nuisance. Nothing is asked before this is set.
NCBI_EMAIL = env("NCBI_EMAIL", default="")
NCBI_TOOL = env("NCBI_TOOL", default="omicsoracle")
NCBI_API_KEY = env("NCBI_API_KEY", default="")
NCBI_URL = (
    env("NCBI_URL", default="https://eutils.ncbi.nlm.nih.gov/entrez/eutils").rstrip("/") + "/"
)
NCBI_GEO_URL = (
    env("NCBI_GEO_URL", default="https://www.ncbi.nlm.nih.gov/geo/query").rstrip("/") + "/"
)
# Live searches that one process has under way, and how long one may take: each holds a thread.
NCBI_LIVE_AT_ONCE = env.int("NCBI_LIVE_AT_ONCE", default=max(1, WEB_THREADS // 4))
NCBI_LIVE_SECONDS = env.float("NCBI_LIVE_SECONDS", default=20.0)
NCBI_LIVE_KEPT_FOR = 900.0  # seconds that the answer to a live search is given again
# When the catalogue is brought up to date, in UTC, and whether with whole records.
NCBI_REFRESH_HOUR = env.int("NCBI_REFRESH_HOUR", default=2)
NCBI_REFRESH_FULL = env.bool("NCBI_REFRESH_FULL", default=True)
