"""Reports over series: what they have in common, what follows, what to do. Plain Python, no clock.

A report is made of plain text and numbers; only the writers know of Markdown and HTML, and each
escapes whatever it is given. So no record, whoever wrote it, becomes anything but text.
"""

from discovery.reports.composing import compose
from discovery.reports.document import Report
from discovery.reports.material import Asked, Kind
from discovery.reports.series import Series
from discovery.reports.writing import Format, write

__all__ = ["Asked", "Format", "Kind", "Report", "Series", "compose", "write"]
