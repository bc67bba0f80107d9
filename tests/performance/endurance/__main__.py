"""`python -m tests.performance.endurance [load] [stress] [spike] [soak] [--short] [--rate N] [--minutes N]`."""

import django

django.setup()  # models can be imported only after it

from tests.performance.endurance.measure import main  # noqa: E402

main()
