# SPDX-License-Identifier: MIT
"""What `tmux capture-pane -e` gives on standard input, as a page of HTML: for pictures of a terminal."""
import html
import re
import sys

COLOURS = {31: "#ff7b72", 32: "#7ee787", 33: "#e3b341"}
STYLE = """body{margin:0;background:#0d1117}pre{margin:0;padding:14px 16px;color:#e6edf3;
font:15px/1.3 'DejaVu Sans Mono',monospace}.b{font-weight:700}.d{color:#9aa4ae}.u{text-decoration:underline}
.r{background:#e6edf3;color:#0d1117}"""


def span(text, codes):
    classes = " ".join(name for code, name in ((1, "b"), (2, "d"), (4, "u"), (7, "r")) if code in codes)
    colour = next((COLOURS[c] for c in codes if c in COLOURS), None)
    style = f' style="color:{colour}"' if colour and 7 not in codes else ""
    return f'<span class="{classes}"{style}>{html.escape(text)}</span>'


def line_of(text, codes):
    out = []
    for piece in re.split(r"(\x1b\[[0-9;]*m)", text):
        if not piece.startswith("\x1b["):
            out.append(span(piece.replace("\x0f", ""), codes))
            continue
        for code in [int(c or 0) for c in piece[2:-1].split(";")]:
            if code == 0:
                codes.clear()
            elif code == 39:
                codes -= set(COLOURS)
            else:
                codes.add(code)
    return "".join(out)


codes = set()
lines = [line_of(line, codes) for line in sys.stdin.read().rstrip("\n").split("\n")]
print(f"<!DOCTYPE html><meta charset=utf-8><style>{STYLE}</style><pre>" + "\n".join(lines) + "</pre>")
