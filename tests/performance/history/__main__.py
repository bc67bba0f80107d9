"""`python -m tests.performance.history [rows|hot] [--short]`."""

import django

django.setup()  # models can be imported only after it

from tests.performance.history.measure import main  # noqa: E402

main()
