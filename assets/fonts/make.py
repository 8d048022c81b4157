"""Makes the subsets in this folder from Debian's fonts-inter, fonts-katex and fonts-noto-cjk (and fonttools):
    /usr/bin/python3 assets/fonts/make.py
"""
import os
import pathlib

from fontTools import subset
from fontTools.ttLib import TTFont

here = pathlib.Path(__file__).parent
fonts = pathlib.Path("/usr/share/fonts")
text = [*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, "–—‘’“”•…′≥≤≈×−←↑→↓₀₁₂₃₄₅₆₇₈₉²αβγηθλμσ")]
maths = [*range(0x20, 0x7F), *map(ord, "±·×′←→∇∈−∘√∞∣∥≈≤≥⟨⟩⋅⋯…∼"), *range(0x3B1, 0x3CA), *map(ord, "ΔΣΘΩ")]


def make(source, name, characters, number=-1, tabular=False, move=None, title=None):
    options = subset.Options(hinting=False, desubroutinize=True, layout_features=["tnum"] if tabular else [],
                             drop_tables=["GPOS", "GDEF"] + ([] if tabular else ["GSUB"]), name_IDs=[0, 1, 2, 4, 6, 13, 14])
    font = TTFont(fonts / source, fontNumber=number)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    if tabular:  # Numbers that change must not make their neighbours jump: tabular digits stand for the plain ones.
        glyphs = font["GSUB"].table.LookupList.Lookup[0].SubTable[0]
        mapping = getattr(glyphs, "ExtSubTable", glyphs).mapping
        for table in font["cmap"].tables:
            for code in map(ord, "0123456789"):
                if code in table.cmap:
                    table.cmap[code] = mapping[table.cmap[code]]
        del font["GSUB"]
    for table in font["cmap"].tables if move else []:
        table.cmap = {move.get(code, code): glyph for code, glyph in table.cmap.items()}
    if title:  # a changed font must not bear a reserved name
        for number, words in ((1, title), (4, title), (6, title.replace(" ", ""))):
            font["name"].setName(words, number, 3, 1, 0x409)
        font["name"].names = [n for n in font["name"].names if (n.platformID, n.platEncID, n.langID) == (3, 1, 0x409)]
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(here / name)
    print(f"{name:28s}{os.path.getsize(here / name):8d} bytes")


make("opentype/inter/Inter-Regular.otf", "Inter-Regular.otf", text, tabular=True)
make("opentype/inter/Inter-SemiBold.otf", "Inter-SemiBold.otf", text, tabular=True)
make("truetype/katex/KaTeX_Main-Regular.ttf", "Formula-Main.ttf", maths, title="Rivulet Formula Main")
make("truetype/katex/KaTeX_Math-Italic.ttf", "Formula-Italic.ttf", maths, title="Rivulet Formula Italic")
make("truetype/katex/KaTeX_AMS-Regular.ttf", "Formula-Blackboard.ttf", [ord("E")], move={ord("E"): 0xE000},
     title="Rivulet Formula Blackboard")
make("opentype/noto/NotoSansCJK-Bold.ttc", "NotoSansSC-Bold.otf", map(ord, "细流中"), number=2)
