"""Bars as SVG that programs for the blind read out, that runs nothing and loads nothing."""

from html import escape

from discovery.reports.document import Chart
from discovery.reports.wording import plain

ROW, BAR = 22, 14
LABEL, WIDEST, VALUE = 90, 300, 70


def draw(chart: Chart) -> str:
    """Return the chart as a figure, in the colour of the text around it."""
    height, width = ROW * len(chart.bars) + 4, LABEL + WIDEST + VALUE
    highest = max(value for _, value in chart.bars) or 1
    rows = "\n".join(
        _row(label, value, top=ROW * number, length=max(1, round(WIDEST * value / highest)))
        for number, (label, value) in enumerate(chart.bars)
    )
    title, description = escape(plain(chart.title)), escape(plain(chart.description))
    return (
        f"<figure>\n<figcaption>{title}</figcaption>\n"
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" aria-labelledby="chart-title chart-description"'
        ' font-family="sans-serif" font-size="12" fill="currentColor">\n'
        f'<title id="chart-title">{title}</title>\n'
        f'<desc id="chart-description">{description}</desc>\n{rows}\n</svg>\n</figure>\n'
    )


def _row(label: str, value: int, *, top: int, length: int) -> str:
    base = top + BAR
    return (
        f'<text x="{LABEL - 6}" y="{base}" text-anchor="end">{escape(plain(label))}</text>'
        f'<rect x="{LABEL}" y="{top + 3}" width="{length}" height="{BAR}" opacity="0.7"/>'
        f'<text x="{LABEL + length + 6}" y="{base}">{value:,}</text>'
    )
