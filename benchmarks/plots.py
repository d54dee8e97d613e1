"""Bars and lines as SVG, by hand: no package, and readable on light and dark pages.

In lines, a floor is dashed and has the colour of ours under the same server.
"""

import math
from html import escape

WIDTH, LEFT, ROW, TOP, RIGHT = 800, 290, 22, 62, 465
OURS = {"daphne": "#2563eb", "uvicorn": "#0891b2", "uvicorn, our class": "#059669"}
PEERS = {"Node": "#d97706", "python-socketio, uvicorn": "#dc2626", "python-socketio": "#db2777", "Channels": "#9333ea"}
OTHER, FLOOR = "#4f6fb5", "#8b93a1"
STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.more { fill: #59636e }
.page { fill: #ffffff; stroke: #d1d9e0 }
.grid { stroke: #8b93a1; stroke-opacity: .35 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .more { fill: #9198a1 } .page { fill: #0d1117; stroke: #3d444d }
}
</style>"""  # with a page of its own, it is readable where a site's theme is not the system's


def colour(name):
    """One for each subject, the same in all plots: ours blue and green, peers warm, floors grey."""
    if name.startswith("ours, "):
        return OURS.get(name.removeprefix("ours, "), OTHER)
    return next((ink for start, ink in PEERS.items() if name.startswith(start)), FLOOR)


def document(path, title, height, parts):
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
    head += f' aria-label="{escape(title)}">'
    page = f'<rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>'
    text = f'<text class="title" x="16" y="28">{escape(title)}</text>'
    text += '<text class="more" x="16" y="46">less is better</text>'
    path.write_text("\n".join([head, STYLE, page, text, *parts, "</svg>"]) + "\n")


def bars(path, title, figures):
    """``figures``: name -> number. The shortest bar first."""
    ordered = sorted(figures.items(), key=lambda item: item[1])
    scale = (WIDTH - LEFT - 70) / ordered[-1][1]
    parts = []
    for number, (name, value) in enumerate(ordered):
        y = TOP + number * ROW
        parts.append(f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>')
        size = f'width="{value * scale:.1f}" height="{ROW - 6}"'
        parts.append(f'<rect x="{LEFT}" y="{y + 3}" {size} rx="2" fill="{colour(name)}"/>')
        parts.append(f'<text x="{LEFT + value * scale + 6:.1f}" y="{y + 15}">{value:.1f}</text>')
    document(path, title, TOP + len(ordered) * ROW + 14, parts)


def lines(path, title, counted, curves):
    """``curves``: name -> [(size, number)]. Both axes are logarithmic."""
    sizes = [size for points in curves.values() for size, _ in points]
    heights = [value for points in curves.values() for _, value in points]
    x = axis(min(sizes), max(sizes), 60, RIGHT - 15)
    y = axis(min(heights), max(heights), 320, 70)
    parts = [
        *grid(x, y, sizes, heights),
        f'<text class="more" x="{(45 + RIGHT) / 2}" y="364" text-anchor="middle">{counted}</text>',
    ]
    for number, (name, points) in enumerate(curves.items()):
        ink, dash = colour(name.replace("floor, ", "ours, ")), ' stroke-dasharray="5 4"' * name.startswith("floor")
        path_of = " ".join(f"{x(size):.1f},{y(value):.1f}" for size, value in points)
        parts.append(f'<polyline points="{path_of}" fill="none" stroke="{ink}" stroke-width="2"{dash}/>')
        parts += [f'<circle cx="{x(size):.1f}" cy="{y(value):.1f}" r="3" fill="{ink}"/>' for size, value in points]
        place = f'x1="{RIGHT + 26}" x2="{RIGHT + 46}" y1="{79 + number * ROW}" y2="{79 + number * ROW}"'
        parts.append(f'<line {place} stroke="{ink}" stroke-width="3"{dash}/>')
        parts.append(f'<text x="{RIGHT + 54}" y="{83 + number * ROW}">{escape(name)}</text>')
    document(path, title, max(380, 90 + len(curves) * ROW), parts)


def axis(least, most, start, end):
    """A function from a number to its place, logarithmic."""
    low, high = math.log10(least) - 0.05, math.log10(most) + 0.05
    return lambda value: start + (math.log10(value) - low) / (high - low) * (end - start)


def grid(x, y, sizes, heights):
    for size in sorted(set(sizes)):
        yield f'<line class="grid" x1="{x(size):.1f}" x2="{x(size):.1f}" y1="62" y2="328"/>'
        yield f'<text x="{x(size):.1f}" y="345" text-anchor="middle">{size:,}</text>'
    for value in ticks(min(heights), max(heights)):
        yield f'<line class="grid" x1="52" x2="{RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        yield f'<text x="48" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>'


def ticks(least, most):
    """Round numbers between the two, more of them where the two are near."""
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    steps = (1, 2, 5) if most > 10 * least else (1, 1.5, 2, 3, 4, 5, 6, 8)
    numbers = [step * 10.0**power for power in powers for step in steps]
    return [number for number in numbers if least * 0.9 <= number <= most * 1.1]
