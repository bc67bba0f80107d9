"""`python -m tests.performance.migrations`."""

import django

django.setup()  # models can be imported only after it

from tests.performance.migrations.measure import main  # noqa: E402

main()
