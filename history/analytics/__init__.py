"""How much was asked, how long it took, who was there and what they pay: docs/analytics.md."""
