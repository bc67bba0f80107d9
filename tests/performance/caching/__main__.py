"""`python -m tests.performance.caching [part …]`."""

import django

django.setup()  # models can be imported only after it

from tests.performance.caching.measure import main  # noqa: E402

main()
