"""Score how names and questions are grounded, and write it into docs/evaluation-understanding.md."""

import django

django.setup()  # models can be imported only after it

from tests.evaluation.grounding.measure import main  # noqa: E402

main()
