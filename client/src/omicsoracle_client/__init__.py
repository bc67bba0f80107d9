"""OmicsOracle from Python: find GEO series, judge, compare, report, and ask many questions at once.

client = Client("https://omicsoracle.example", api_key="oo_…")
for hit in client.search("breast cancer RNA-seq", min_samples=20).datasets:
    print(hit.geo_id, hit.title, hit.match_reasons)
"""

from omicsoracle_client.client import Client
from omicsoracle_client.errors import (
    Conflict,
    Forbidden,
    LimitReached,
    NotAuthenticated,
    NotFound,
    NotReached,
    NotValid,
    OmicsOracleError,
    Problem,
    Unavailable,
    UnexpectedAnswer,
)

__all__ = [
    "Client",
    "Conflict",
    "Forbidden",
    "LimitReached",
    "NotAuthenticated",
    "NotFound",
    "NotReached",
    "NotValid",
    "OmicsOracleError",
    "Problem",
    "Unavailable",
    "UnexpectedAnswer",
]
