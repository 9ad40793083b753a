"""The comparison as a picture, and as a page that holds it."""

from base64 import b64encode
from html import escape
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stampede.lab.comparison import Comparison, render_markdown
from stampede.lab.peer import best

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Strategies compared</title>
<style>
  body {{ font: 15px system-ui, sans-serif; margin: 2rem }} img {{ max-width: 100% }}
  td {{ padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #dde2ea }}
</style>
<h1>Strategies compared</h1>
<img alt="Accepted writes per second" src="data:image/png;base64,{picture}">
<table>{table}</table>
"""
GREEN, RED, GREY = "#10713c", "#b3261e", "#4a5568"


def render_png(comparison: Comparison) -> bytes:
    """Accepted writes per second: a bar per strategy against the database alone, and a line each over the sweep."""
    swept = len(comparison.delays_ms) > 1
    figure = Figure(figsize=(13 if swept else 8, 5), layout="constrained")
    panels = figure.subplots(1, 2 if swept else 1, squeeze=False)[0]
    _draw_bars(panels[0], comparison)
    if swept:
        _draw_sweep(panels[1], comparison)
    figure.suptitle(f"Accepted writes per second, {comparison.plan}")
    drawn = BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    return drawn.getvalue()


def _draw_bars(axes: Axes, comparison: Comparison) -> None:
    names = comparison.strategies[::-1]
    speeds = [comparison.accepted_per_s(name) or 0 for name in names]
    axes.barh(names, speeds, color=[GREEN if name in comparison.guard.right else RED for name in names])
    for place, speed in enumerate(speeds):
        axes.annotate(f" {speed:,.0f}", (speed, place), va="center", fontsize=9)
    scripts = sorted({one.script for one in comparison.peers}, reverse=True)
    for script, style in zip(scripts, ("--", ":", "-."), strict=False):
        fastest = best(comparison.peers, script)
        label = f"database alone, {script}: {fastest.per_s:,.0f} ({fastest.clients} clients)"
        axes.axvline(fastest.per_s, color=GREY, linestyle=style, label=label)
    axes.set_title("green: right, red: wrong", fontsize=10)
    axes.margins(x=0.12)
    if comparison.peers:
        axes.legend(loc="lower right", fontsize=8)


def _draw_sweep(axes: Axes, comparison: Comparison) -> None:
    for name in comparison.strategies:
        points = [(delay, comparison.accepted_per_s(name, delay)) for delay in comparison.delays_ms]
        known = [(delay, speed) for delay, speed in points if speed is not None]
        if len(known) > 1:
            axes.plot(*zip(*known, strict=True), marker="o", label=name)
    axes.set_title("with latency added to each round trip to the database", fontsize=10)
    axes.set_xlabel("ms")
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8)


def render_page(comparison: Comparison, png: bytes) -> str:
    """A page of its own: the picture and the table, nothing to fetch."""
    table = []
    for line in render_markdown(comparison).splitlines():
        cells = [escape(cell.strip()) for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            table.append(f"</table><p>{escape(line)}</p><table>")
        elif set(line) - set("|- "):
            table.append(f"<tr>{''.join(f'<td>{cell}' for cell in cells)}</tr>")
    return PAGE.format(picture=b64encode(png).decode(), table="".join(table))
