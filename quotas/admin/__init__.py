"""Quotas in the staff's site."""

from quotas.admin import overrides, tiers, usage

__all__ = ["overrides", "tiers", "usage"]
