"""`make bench`."""

import django

django.setup()  # models can be imported only after it

from tests.performance.compare import main  # noqa: E402

main()
