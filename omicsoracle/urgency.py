"""How urgent a request is, by what it asks: of too many, the least urgent are refused first."""

from omicsoracle.gate import Kind

# What anybody may call, and costs a hash.
SIGN_INS = frozenset(
    f"/api/v2/auth/{call}" for call in ("login", "register", "password/reset/confirm")
)
# The first that fits.
BEGINNINGS = {
    "/health/": Kind.HEALTH,
    "/metrics/": Kind.STAFF,
    "/admin/": Kind.STAFF,
    "/api/v2/admin/": Kind.STAFF,
    "/accounts/": Kind.AUTH,
    "/api/v2/agents/report/": Kind.EXPORT,
}
# With what is sent; what is read there, a job's state or one's own name, is a read like others.
OF_POSTS = {"/api/v2/batch/": Kind.BATCH, "/api/v2/auth/": Kind.AUTH} | BEGINNINGS
EXPORTS = ("/export/", "/results/", "/downloads/")


def kind_of(method: str, path: str) -> Kind:
    path = f"{path.rstrip('/')}/"
    if path.startswith("/api/") and path.endswith(EXPORTS):
        return Kind.EXPORT
    beginnings = OF_POSTS if method == "POST" else BEGINNINGS
    found = (kind for begin, kind in beginnings.items() if path.startswith(begin))
    return next(found, Kind.OTHER)


def is_sign_in(method: str, path: str) -> bool:
    return method == "POST" and path.rstrip("/") in SIGN_INS
