"""Put many pictures onto few sheets, so that a person can look at all of them quickly.

    python scripts/contact_sheet.py DIRECTORY OUTPUT [--columns N] [--only TEXT ...]

Takes every SVG of DIRECTORY whose name holds one of the texts, and writes OUTPUT-1.svg, OUTPUT-2.svg and so on; PNGs
beside them where `rsvg-convert` is installed.
"""

import argparse
import base64
import re
import shutil
import subprocess
from collections.abc import Sequence
from html import escape
from pathlib import Path

#: Units: width of a picture on the sheet, room for its name, between pictures, and of a sheet's height.
PICTURE, NAME, GAP, HEIGHT = 900.0, 26.0, 18.0, 2400.0
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def sheets(pictures: Sequence[Path], columns: int) -> list[str]:
    """As many sheets as they fill; every picture under its name."""
    done: list[str] = []
    drawn: list[str] = []
    tops = [GAP] * columns
    for path in pictures:
        source = path.read_text("utf-8")
        if (size := _SIZE.search(source)) is None:
            raise SystemExit(f"{path} says nothing of its size")
        height = PICTURE * float(size.group(2)) / float(size.group(1)) + NAME + GAP
        column = tops.index(min(tops))
        if tops[column] + height > HEIGHT and drawn:
            done.append(_sheet(drawn, columns, max(tops)))
            drawn, tops, column = [], [GAP] * columns, 0
        x, y = GAP + column * (PICTURE + GAP), tops[column]
        data = base64.b64encode(source.encode()).decode()
        drawn.append(f'<text x="{x:g}" y="{y + 18:g}">{escape(path.stem)}</text>')
        drawn.append(
            f'<image x="{x:g}" y="{y + NAME:g}" width="{PICTURE:g}" height="{height - NAME - GAP:g}" '
            f'href="data:image/svg+xml;base64,{data}"/>'
        )
        tops[column] += height
    return [*done, _sheet(drawn, columns, max(tops))] if drawn else done


def _sheet(drawn: Sequence[str], columns: int, height: float) -> str:
    width = GAP + columns * (PICTURE + GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}"><style>text{{font:16px sans-serif;fill:#555}}</style>'
        f'<rect width="100%" height="100%" fill="#bbb"/>{"".join(drawn)}</svg>\n'
    )


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Put pictures onto contact sheets.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--columns", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[""])
    given = parser.parse_args()
    found = sorted(p for p in given.directory.rglob("*.svg") if any(text in p.stem for text in given.only))
    given.output.parent.mkdir(parents=True, exist_ok=True)
    for number, sheet in enumerate(sheets(found, given.columns), start=1):
        path = given.output.with_name(f"{given.output.name}-{number}.svg")
        path.write_text(sheet, "utf-8")
        if shutil.which("rsvg-convert"):
            subprocess.run(["rsvg-convert", "--unlimited", "-o", str(path.with_suffix(".png")), str(path)], check=True)
        print(path)


if __name__ == "__main__":
    main()
