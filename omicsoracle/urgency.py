"""How urgent a request is, by what it asks: of too many, the least urgent are refused first."""

from omicsoracle.gate import Kind

# What anybody may call, and costs a hash.
SIGN_INS = frozenset(
    f"/api/v2/auth/{call}" for call in ("login", "register", "password/reset/confirm")
)
# The first that fits. A job's state is a read like others: only what makes work is a batch.
BEGINNINGS = {
    "/health/": Kind.HEALTH,
    "/metrics/": Kind.STAFF,
    "/admin/": Kind.STAFF,
    "/api/v2/admin/": Kind.STAFF,
    "/api/v2/auth/": Kind.AUTH,
    "/accounts/": Kind.AUTH,
    "/api/v2/agents/report/": Kind.EXPORT,
    "/api/v2/agents/": Kind.SEARCH,
    "/api/v2/workflows/": Kind.SEARCH,
}
EXPORTS = ("/export/", "/results/", "/downloads/")
BATCH = "/api/v2/batch/"


def kind_of(method: str, path: str) -> Kind:
    path = f"{path.rstrip('/')}/"
    if path.startswith("/api/") and path.endswith(EXPORTS):
        return Kind.EXPORT
    if method == "POST" and path.startswith(BATCH):
        return Kind.BATCH
    found = (kind for begin, kind in BEGINNINGS.items() if path.startswith(begin))
    return next(found, Kind.OTHER)


def is_sign_in(method: str, path: str) -> bool:
    return method == "POST" and path.rstrip("/") in SIGN_INS
