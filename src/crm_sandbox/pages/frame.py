"""The frame around every page: head, style, a bar with the location's name."""

from __future__ import annotations

from html import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --paper: #f6f8fa; --card: #ffffff; --line: #d9e0e7; --tone: #1769aa; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #12181f; --card: #1b232c; --line: #303b47; --tone: #6cb4ee; }
}
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header { padding: 0.9rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line); }
header b { color: var(--tone); }
main { max-width: 68rem; margin: 1.5rem auto; padding: 0 1.5rem; }
main.narrow { max-width: 34rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.2rem 1.4rem; margin-bottom: 1.4rem; }
h1 { font-size: 1.35rem; margin: 0 0 0.6rem; } h2 { font-size: 1.05rem; margin: 0 0 0.6rem; }
table { width: 100%; border-collapse: collapse; } .scroll { overflow-x: auto; }
th, td { text-align: left; padding: 0.35rem 0.7rem 0.35rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; font-size: 0.85rem; } td.sum, th.sum { text-align: right; font-variant-numeric: tabular-nums; }
.quiet { opacity: 0.75; } label { display: block; padding: 0.6rem 0; }
button { font: inherit; font-weight: 600; padding: 0.6rem 1.3rem; border: 0; border-radius: 8px; color: #fff; background: #1769aa; cursor: pointer; }
button:focus-visible, input:focus-visible { outline: 3px solid var(--tone); outline-offset: 2px; }
"""


def page(title: str, name: str, content: str, *, narrow: bool = False) -> str:
    """A whole HTML page; `content` is HTML already."""
    width = ' class="narrow"' if narrow else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<header><b>CRM sandbox</b> · {escape(name)}</header>"
        f"<main{width}>{content}</main></body></html>"
    )
