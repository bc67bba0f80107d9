"""What all pages of the staff's site have in common."""

from common.staff_pages.confirming import asks_first
from common.staff_pages.exporting import Exported
from common.staff_pages.filtering import BetweenDays, one_of
from common.staff_pages.pages import OraclePage, ReadOnlyPage

__all__ = ["BetweenDays", "Exported", "OraclePage", "ReadOnlyPage", "asks_first", "one_of"]
