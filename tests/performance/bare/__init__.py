"""Views that do nothing but answer: what Django, and DRF, cost by themselves. Only the bench has them."""
