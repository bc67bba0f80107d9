"""Reports as plain values, for programs."""

from typing import Any

import orjson

from discovery.reports.document import (
    Block,
    Cell,
    Chart,
    Insight,
    Items,
    Link,
    Paragraph,
    QualitySummary,
    Report,
    Section,
)
from discovery.reports.wording import plain


def write(report: Report) -> str:
    """Return the report as a JSON document."""
    return orjson.dumps(report_value(report), option=orjson.OPT_INDENT_2).decode()


def report_value(report: Report) -> dict[str, Any]:
    return {
        "title": plain(report.title),
        "summary": plain(report.summary),
        "sections": [section_value(one) for one in report.sections],
        "key_insights": insight_values(report.insights),
        "recommendations": [plain(one) for one in report.recommendations],
        "datasets_included": list(report.accessions),
        "quality_summary": quality_value(report.quality),
        "made_on": report.at.isoformat(),
    }


def section_value(section: Section) -> dict[str, Any]:
    return {"title": section.title, "blocks": [_block(one) for one in section.blocks]}


def insight_values(insights: tuple[Insight, ...]) -> list[dict[str, Any]]:
    return [
        {
            "insight": plain(one.text),
            "supporting_datasets": list(one.supporting),
            "confidence": one.confidence,
        }
        for one in insights
    ]


def quality_value(quality: QualitySummary | None) -> dict[str, Any]:
    """Return the quality of all that were judged, which may be none."""
    if quality is None:
        unknown = dict.fromkeys(("average_score", "lowest_score", "highest_score"))
        return {"judged": 0, **unknown, "high_quality": 0, "levels": {}, "weak": {}}
    return {
        "judged": quality.judged,
        "average_score": quality.average,
        "lowest_score": quality.lowest,
        "highest_score": quality.highest,
        "high_quality": quality.high,
        "levels": quality.levels,
        "weak": {name: list(accessions) for name, accessions in quality.weak.items()},
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return {"type": "paragraph", "text": plain(block.text)}
    if isinstance(block, Items):
        return {"type": "list", "items": [plain(one) for one in block.texts]}
    if isinstance(block, Chart):
        bars = [{"label": label, "value": value} for label, value in block.bars]
        return {
            "type": "chart",
            "title": block.title,
            "description": block.description,
            "bars": bars,
        }
    rows = [[_cell(cell) for cell in row] for row in block.rows]
    return {"type": "table", "title": block.title, "columns": list(block.columns), "rows": rows}


def _cell(cell: Cell) -> str:
    return cell.text if isinstance(cell, Link) else plain(cell)
