"""Makes subsets of Noto Sans CJK SC from the characters that tables of words use (needs fonttools):
    chinese_fonts.py REGULAR.ttc BOLD.ttc OUTPUT_FOLDER TABLE.cpp...

OUTPUT_FOLDER gets NotoSansSC-Regular.otf with every character, and NotoSansSC-Bold.otf with those of
titles and short lines only: what is bold is a title or a label, and the app takes from the regular face what the
bold one lacks. Outlines on a grid of 200 units an em are more than a quarter smaller than those on 1000, and
are a thirtieth of a pixel off at the app's sizes.
"""
import gzip
import pathlib
import re
import sys

from fontTools import subset
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

SIMPLIFIED = "Noto Sans CJK SC"
UNITS_PER_EM = 200
LONGEST_LABEL = 10  # characters
TITLES = re.compile("title$|^taglines$")  # members that are bold at any length
MOST_BYTES = 150_000  # gzipped, both faces


def wide(text):
    """Characters that the app's other fonts lack: ideographs and full-width punctuation."""
    return {c for c in text if c >= "\u2e80"}


def lines_of(table):
    """The literals of a C++ source, those that stand side by side joined, by the member that they are of."""
    literal = r'"(?:[^"\\]|\\.)*"'
    member = ""
    for name, run in re.findall(rf"\n    \.(\w+) =|({literal}(?:\s+{literal})*)", table):
        member = name or member
        if run:
            yield member, "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', run))


def simplified_face(collection):
    for number in range(32):
        font = TTFont(collection, fontNumber=number)
        if font["name"].getDebugName(1) == SIMPLIFIED or font["name"].getDebugName(16) == SIMPLIFIED:
            return font
    raise SystemExit(f"{collection} has no face of {SIMPLIFIED}")


def shrink(font):
    """To UNITS_PER_EM. fonttools rounds each step along an outline, which adds up; here each point is rounded."""
    outlines = {}
    glyphs = font.getGlyphSet()
    for name in font.getGlyphOrder():
        outlines[name] = RecordingPen()
        glyphs[name].draw(outlines[name])
    part = UNITS_PER_EM / font["head"].unitsPerEm
    scale_upem(font, UNITS_PER_EM)
    strings = font["CFF "].cff.topDictIndex[0].CharStrings
    for name, outline in outlines.items():
        pen = T2CharStringPen(None, None)
        outline.replay(TransformPen(pen, (part, 0, 0, part, 0, 0)))
        old = strings[name]
        strings[name] = pen.getCharString(private=old.private, globalSubrs=old.globalSubrs)


def make(collection, characters, path):
    font = simplified_face(collection)
    options = subset.Options(hinting=False, desubroutinize=True, layout_features=[], notdef_outline=False, name_IDs=[0, 1, 2, 4, 6, 13, 14],
                             drop_tables=["GPOS", "GDEF", "GSUB", "BASE", "VORG", "vhea", "vmtx"])
    missing = characters - {chr(code) for code in font.getBestCmap()}
    if missing:
        raise SystemExit(f"{collection} lacks {''.join(sorted(missing))}")
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(characters))
    subsetter.subset(font)
    shrink(font)
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(path)
    return len(gzip.compress(path.read_bytes(), 9))


def main():
    regular, bold, folder, *tables = sys.argv[1:]
    lines = {table: list(lines_of(table.read_text(encoding="utf-8"))) for table in map(pathlib.Path, tables)}
    every = [line for found in lines.values() for _, line in found]
    labels = [line for table, found in lines.items() if table.stem != "errors" for member, line in found
              if len(line) <= LONGEST_LABEL or TITLES.search(member)]
    out = pathlib.Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    size = make(regular, wide("".join(every)), out / "NotoSansSC-Regular.otf")
    size += make(bold, wide("".join(labels)), out / "NotoSansSC-Bold.otf")
    if size > MOST_BYTES:
        raise SystemExit(f"the Chinese fonts have {size} bytes gzipped, more than {MOST_BYTES}")


main()
