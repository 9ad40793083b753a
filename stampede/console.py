"""The terminal: results on standard output, everything else on standard error."""

from datetime import UTC, datetime

from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.theme import Theme


class VerdictHighlighter(RegexHighlighter):
    """Colours the three words."""

    base_style = "verdict."
    highlights = (r"\b(?P<pass>PASS)\b", r"\b(?P<fail>FAIL)\b", r"\b(?P<unknown>UNKNOWN)\b")


THEME = Theme({"verdict.pass": "bold green", "verdict.fail": "bold red", "verdict.unknown": "bold yellow"})
out = Console(theme=THEME, highlighter=VerdictHighlighter(), soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """One step of long work, with its time in UTC."""
    err.print(f"[dim]{datetime.now(UTC):%H:%M:%S}[/] {text}")
