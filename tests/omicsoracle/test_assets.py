"""What the pages load is fetched, or it is said why not."""

import sys

import pytest

from omicsoracle.run import assets

SAID = """npm error code SELF_SIGNED_CERT_IN_CHAIN
npm error request to https://npm.example/htmx.org failed, reason: self-signed certificate in chain
npm error A complete log of this run can be found in: /home/ada/.npm/_logs/1-debug-0.log
"""


def test_the_reason_of_npm_is_told_and_not_where_its_log_is() -> None:
    failing = f"import sys; sys.stderr.write({SAID!r}); sys.exit(1)"

    with pytest.raises(assets.CannotFetch, match=r"reason: self-signed certificate in chain$"):
        assets.run([sys.executable, "-c", failing])
