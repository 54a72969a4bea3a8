"""The letters of the shared picture: the site's font -> webinars/picture/letters.png and .json.

`python -m config.lettering` draws them anew, with the Chromium of the journeys. It is needed only
when the font, a size or the set of letters changes: the product reads the two files, no font.
"""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from webinars.picture import png
from webinars.picture.letters import JSON, PNG

FONT = Path(__file__).parent / "static" / "site" / "hyperlegible.woff2"
# Size in points and weight, by what they are for.
STYLES = {"title": (66, 700), "long title": (48, 700), "day": (44, 700), "text": (38, 450)}
# ASCII, the rest of Latin-1, Latin Extended-A, and the signs that organizers paste.
WANTED = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA1, 0x180)])) + "–—‘’“”„•…€™"

# Every letter alone, as high as a line, with 4 empty points on its left.
DRAW = """
async ({font, styles, wanted}) => {
  const face = new FontFace("Letters", `url(data:font/woff2;base64,${font})`, {weight: "200 800"});
  document.fonts.add(await face.load());
  const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const canvas = context.canvas;
  const width = (letter, css) => { context.font = css; return context.measureText(letter).width; };
  const has = letter => ["monospace", "serif"].map(
    other => width(letter, `66px Letters, ${other}`)).every((each, _, all) => each === all[0]);
  const letters = [...wanted].filter(has);
  const pairs = letters.filter(letter => /[A-Za-zÁÉÍÓÚÜÑáéíóúüñ.,:-]/.test(letter));
  const drawn = {};
  for (const [name, [size, weight]] of Object.entries(styles)) {
    const css = `${weight} ${size}px Letters`;
    const ascent = Math.ceil(size * 0.98), height = Math.ceil(size * 1.28);
    const glyphs = {}, kerning = {};
    for (const letter of letters) {
      const advance = width(letter, css);
      canvas.width = Math.ceil(advance) + 12; canvas.height = height;
      context.font = css; context.fillStyle = "#fff"; context.fontKerning = "normal";
      context.fillText(letter, 4, ascent);
      const points = context.getImageData(0, 0, canvas.width, height).data;
      glyphs[letter] = {advance, width: canvas.width,
        levels: Array.from({length: canvas.width * height}, (_, at) => points[4 * at + 3])};
    }
    for (const one of pairs) for (const two of pairs) {
      const closer = width(one + two, css) - glyphs[one].advance - glyphs[two].advance;
      if (Math.abs(closer) >= 1) kerning[one + two] = Math.round(closer);
    }
    drawn[name] = {height, glyphs, kerning};
  }
  return drawn;
}
"""
LEFT = 4
LEVELS = 16  # of each point: more are not seen, and fewer compress better


def main() -> int:
    drawn = draw()
    rows, told = laid_out(drawn)
    PNG.write_bytes(png.grey(rows))
    JSON.write_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    sys.stdout.write(f"{PNG.stat().st_size + JSON.stat().st_size} bytes\n")
    return 0


def draw() -> Any:
    """What DRAW answers."""
    browser = (
        os.environ.get("CHROMIUM")
        or subprocess.run(
            [sys.executable, "-m", "config.browser"], capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    font = base64.b64encode(FONT.read_bytes()).decode()
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page()
        return page.evaluate(DRAW, {"font": font, "styles": STYLES, "wanted": WANTED})


def laid_out(drawn: Any) -> tuple[list[bytearray], dict[str, Any]]:
    """One strip for each style, its letters side by side without their empty margins."""
    strips: list[bytearray] = []
    told = {}
    for name, style in drawn.items():
        rows = [bytearray() for _row in range(style["height"])]
        letters = {letter: add(rows, glyph) for letter, glyph in style["glyphs"].items()}
        told[name] = {
            "top": len(strips), "height": style["height"], "letters": letters,
            "kerning": style["kerning"],
        }  # fmt: skip
        strips += rows
    widest = max(map(len, strips))
    return [strip.ljust(widest, b"\0") for strip in strips], told


def add(rows: list[bytearray], glyph: Any) -> list[float]:
    """Put a letter at the end of a strip: its place and width there, its left edge, its advance."""
    width, levels = glyph["width"], bytes(level * (LEVELS - 1) // 255 for level in glyph["levels"])
    lines = [levels[at : at + width] for at in range(0, len(levels), width)]
    inked = [column for column in range(width) if any(line[column] for line in lines)]
    left, right = (inked[0], inked[-1] + 1) if inked else (LEFT, LEFT)
    place = len(rows[0])
    for row, line in zip(rows, lines, strict=True):
        row += line[left:right]
    return [place, right - left, left - LEFT, round(glyph["advance"], 2)]


if __name__ == "__main__":
    sys.exit(main())
