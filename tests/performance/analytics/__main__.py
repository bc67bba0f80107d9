"""`python -m tests.performance.analytics [--short]`."""

import django

django.setup()  # models can be imported only after it

from tests.performance.analytics.measure import main  # noqa: E402

main()
