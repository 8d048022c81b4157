#!/usr/bin/env python3
"""The desktop app's language: the system's, the option's, the link's, and the switch, while training goes on.

    tests/desktop/language.py [PATH OF rivulet-desktop]
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent / "shared"))
from screen import ENGLISH, check, ended, on_virtual_screen, read, start, until  # noqa: E402

CHINESE = {**os.environ, "LC_ALL": "zh_CN.UTF-8"}


def chinese(text):
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def shown(folder, name, *options, env=ENGLISH):
    """The report after some frames."""
    path = folder / f"{name}.json"
    done = ended("--frames", "40", "--report", path, *options, env=env)
    check(done.returncode == 0, f"{name}: ends well {done.stderr[-300:] if done.returncode else ''}")
    return read(path)


def press(window, path, name, done, tries=1):
    """Clicks faster than frames come, until it has an effect."""
    for _ in range(tries):
        x, y, w, h = read(path)["boxes"][name]
        place = (str(round(x + w / 2)), str(round(y + h / 2)))
        subprocess.run(["xdotool", "mousemove", "--window", window, *place, "click", "1", "mousemove", "--window", window, "600", "400"], check=True)
        for _ in range(25):
            report = read(path)
            if report and done(report):
                return
            time.sleep(0.2)
    sys.exit(f"desktop test failed: {name} does nothing")


def switches(folder):
    """A visitor presses the switch while a network trains: the words change, the training goes on."""
    path = folder / "switch.json"
    running = start("--size", "1200x800", "--report", path, stderr=subprocess.DEVNULL)
    try:
        before = until(running, path, lambda r: r["step"] > 20 and r["language"] == "en", "training in English")
        window = subprocess.run(["xdotool", "search", "--pid", str(running.pid)], capture_output=True, text=True, check=True).stdout.split()[-1]
        press(window, path, "language", lambda r: "lang=zh" in r["state"], tries=4)  # without a window manager the first may only raise it
        after = until(running, path, lambda r: r["language"] == "zh" and r["step"] > before["step"] + 20, "training in Chinese")
        check(after["run"] == before["run"] and after["error"] == "", f"the same run: step {before['step']}, then {after['step']}")
        check(after["state"].endswith("lang=zh") and after["toast"] == "", f"the link says so: {after['state']}")
        press(window, path, "language", lambda r: "lang=en" in r["state"])
        again = until(running, path, lambda r: r["language"] == "en" and r["step"] > after["step"] + 20, "training in English again")
        check(again["run"] == before["run"], f"still the same run, step {again['step']}")
    finally:
        running.terminate()
        running.wait()


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        report = shown(folder, "plain")
        check(report["language"] == "en" and "lang" not in report["state"], "English where the system says nothing")
        report = shown(folder, "system", env=CHINESE)
        check(report["language"] == "zh" and "lang" not in report["state"], "the system's language is the default")
        report = shown(folder, "option", "--lang", "en", env=CHINESE)
        check(report["language"] == "en", "--lang goes before it")
        report = shown(folder, "link", "--state", "tarflow2d?play=0&lang=zh")
        check(report["language"] == "zh" and report["lab"] == "tarflow2d" and "lang=zh" in report["state"], "a link brings its language")
        report = shown(folder, "bad", "--state", "flow2d?width=999999", env=CHINESE)
        check(chinese(report["toast"]) and "999999" in report["toast"], f"errors are said in it: {report['toast']}")
        report = shown(folder, "unknown", "--state", "flow2d?lang=xx")
        check("lang" in report["toast"] and report["language"] == "en", f"an unknown one is explained: {report['toast']}")
        done = ended("--lang", "xx")
        check(done.returncode == 2 and "--lang" in done.stderr, "and so it is as an option")
        switches(folder)


on_virtual_screen()
main()
