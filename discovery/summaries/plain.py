"""What must not come out of a record's text: links, and what pages or Markdown would make of it."""

import re

LINK = re.compile(
    r"""
    \b[a-z][a-z0-9+.-]{1,15}:// | \bwww\d*\. | \bmailto: | \b(?:javascript|data|vbscript):\S
    | \]\s*\( | !\[ | \]\s*: | ]\s*\[                   # Markdown's links and images
    | [\w.+-]@[\w-]{1,63}\.\w                            # addresses of people
    | \b[a-z0-9-]{1,63}\.(?:com|org|net|edu|gov|io|info|biz|co|ru|cn|de|uk|eu|fr|jp|ch|nl|app|dev
        |xyz|site|online|example|invalid|test|local)\b(?:/|:\d|\b)
    | (?:\d{1,3}\.){3}\d{1,3}
    """,
    re.IGNORECASE | re.VERBOSE,
)
MARKUP = re.compile(r"<[a-z!/?]|&(?:#\w+|[a-z]{2,8});|```|\x1b", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def holds_link(text: str) -> bool:
    """Say whether something in the text is a link, or would become one."""
    return LINK.search(text) is not None


def is_plain(text: str) -> bool:
    """Say whether the text is nothing but text: no link, no markup, no hidden characters."""
    return not (holds_link(text) or MARKUP.search(text) or CONTROL.search(text))
