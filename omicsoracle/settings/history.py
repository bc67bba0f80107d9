"""What was asked, and what is told of it: docs/history.md."""

from omicsoracle.settings.processes import *

# Whether it is kept at all what people asked.
HISTORY_RECORDED = env.bool("HISTORY_RECORDED", default=True)
# For how many days, by tier: "free=90,pro=365,enterprise=1095". A tier that is missing: as the longest.
HISTORY_KEPT_DAYS: dict[str, int] = env.dict(
    "HISTORY_KEPT_DAYS",
    cast={"value": int},
    default={"free": 90, "pro": 365, "enterprise": 1095},
)
