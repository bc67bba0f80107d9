"""`python -m tests.performance.admin [--short]`."""

import django

django.setup()  # models can be imported only after it

from tests.performance.admin.measure import main  # noqa: E402

main()
