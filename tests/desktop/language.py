#!/usr/bin/env python3
"""The desktop app's language: the system's, the option's, the link's, and the switch, while training goes on.

    tests/desktop/language.py [PATH OF rivulet-desktop]
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parents[2]
app = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "build/native/rivulet-desktop"
PLAIN = {**os.environ, "LC_ALL": "C"}
CHINESE = {**os.environ, "LC_ALL": "zh_CN.UTF-8"}


def check(fact, what):
    if not fact:
        sys.exit(f"language test failed: {what}")
    print(f"ok  {what}")


def chinese(text):
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def read(path):
    """The report; None while there is none, or half of one."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def shown(folder, name, *options, env=PLAIN):
    """The report after some frames."""
    path = folder / f"{name}.json"
    done = subprocess.run([app, "--frames", "40", "--report", path, *options], env=env, capture_output=True, text=True, timeout=280)
    check(done.returncode == 0, f"{name}: ends well {done.stderr[-300:] if done.returncode else ''}")
    return read(path)


def until(path, test, what):
    for _ in range(600):
        report = read(path)
        if report and test(report):
            check(True, what)
            return report
        time.sleep(0.2)
    sys.exit(f"language test failed: waited in vain for {what}: {report}")


def press(window, path, name, done):
    """Clicks until it has an effect: without a window manager the first click may only raise the window."""
    for _ in range(4):
        x, y, w, h = read(path)["boxes"][name]
        for action in (["mousemove", "--window", window, str(round(x + w / 2)), str(round(y + h / 2))], ["mousedown", "1"], ["mouseup", "1"]):
            subprocess.run(["xdotool", *action], check=True)
            time.sleep(0.5)
        for _ in range(25):
            report = read(path)
            if report and done(report):
                return
            time.sleep(0.2)
    sys.exit(f"language test failed: {name} does nothing")


def switches(folder):
    """A visitor presses the switch while a network trains: the words change, the training goes on."""
    path = folder / "switch.json"
    running = subprocess.Popen([app, "--size", "1200x800", "--report", path], env=PLAIN, stderr=subprocess.DEVNULL)
    try:
        before = until(path, lambda r: r["step"] > 20 and r["language"] == "en", "training in English")
        window = subprocess.run(["xdotool", "search", "--pid", str(running.pid)], capture_output=True, text=True, check=True).stdout.split()[-1]
        press(window, path, "language", lambda r: "lang=zh" in r["state"])
        after = until(path, lambda r: r["language"] == "zh" and r["step"] > before["step"] + 20, "training in Chinese")
        check(after["run"] == before["run"] and after["error"] == "", f"the same run: step {before['step']}, then {after['step']}")
        check(after["state"].endswith("lang=zh") and after["toast"] == "", f"the link says so: {after['state']}")
        press(window, path, "language", lambda r: "lang=en" in r["state"])
        again = until(path, lambda r: r["language"] == "en" and r["step"] > after["step"] + 20, "training in English again")
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
        done = subprocess.run([app, "--lang", "xx"], env=PLAIN, capture_output=True, text=True, timeout=60)
        check(done.returncode == 2 and "--lang" in done.stderr, "and so it is as an option")
        switches(folder)


if "RIVULET_LANGUAGE_TEST" in os.environ or not shutil.which("xvfb-run"):
    main()
else:  # everything on one virtual screen
    os.environ["RIVULET_LANGUAGE_TEST"] = "1"
    os.execvp("xvfb-run", ["xvfb-run", "-a", "-s", "-screen 0 1600x1200x24", sys.executable, *sys.argv])
