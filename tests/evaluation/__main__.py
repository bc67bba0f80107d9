"""`make eval`."""

import django

django.setup()  # models can be imported only after it

from tests.evaluation.compare import main  # noqa: E402

main()
