"""Writes sw.js and kept.json of a finished site: stamp.py TEMPLATE SITE.

Its version is a number of all files of the page (but weights and pictures, which are kept by what the server says of them), so
that any change makes another. kept.json names those others, and the fonts, with their bytes: what a visitor may keep beside the page.
"""
import hashlib
import json
import pathlib
import sys


def main():
    template, site = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    kinds = {".html", ".mjs", ".js", ".wasm", ".svg", ".webmanifest", ".png"}
    files = {
        path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.rglob("*"))
        if path.is_file() and path.suffix in kinds and path.name != "sw.js" and path.parts[len(site.parts)] not in ("models", "pictures")
    }
    others = {
        path.relative_to(site).as_posix(): path.stat().st_size
        for path in sorted(site.rglob("*"))
        if path.is_file() and path.parts[len(site.parts)] in ("models", "pictures", "fonts")
    }
    write(site / "kept.json", json.dumps(others))
    text = template.read_text()
    version = hashlib.sha256((text + json.dumps(files)).encode()).hexdigest()[:16]
    text = text.replace("'VERSION'", f"'{version}'").replace("['FILES']", json.dumps(list(files)))
    write(site / "sw.js", text)


def write(path, text):
    """Leaves a file that would not change as old as it is."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


main()
