"""`python -m tests.performance.batch [part …] [--short]`."""

import django

django.setup()  # models can be imported only after it

from tests.performance.batch.measure import main  # noqa: E402

main()
