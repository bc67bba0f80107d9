"""`python -m tests.performance.live [--sockets N] [--seconds N]`."""

import django

django.setup()  # models can be imported only after it

from tests.performance.live.measure import main  # noqa: E402

main()
