"""`python -m tests.performance.accounts [part …]`."""

import django

django.setup()  # models can be imported only after it

from tests.performance.accounts.measure import main  # noqa: E402

main()
