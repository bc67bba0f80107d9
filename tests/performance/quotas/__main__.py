"""`python -m tests.performance.quotas [part …] [--short]`."""

import django

django.setup()  # models can be imported only after it

from tests.performance.quotas.measure import main  # noqa: E402

main()
