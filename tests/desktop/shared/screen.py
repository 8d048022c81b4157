"""The desktop app as the tests use it: on a virtual screen, watched by its reports."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

root = pathlib.Path(__file__).resolve().parents[3]
app = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "build/native/rivulet-desktop"
ENGLISH = {**os.environ, "LC_ALL": "C"}
ON_SCREEN = "RIVULET_TEST_SCREEN"


def on_virtual_screen():
    """Goes on with all of this script on a screen of its own, where xvfb-run is at hand."""
    if ON_SCREEN in os.environ or not shutil.which("xvfb-run"):
        return
    os.environ[ON_SCREEN] = "1"
    os.execvp("xvfb-run", ["xvfb-run", "-a", "-s", "-screen 0 1600x1200x24", sys.executable, *sys.argv])


def check(fact, what):
    if not fact:
        sys.exit(f"desktop test failed: {what}")
    print(f"ok  {what}", flush=True)


def read(path):
    """The report; None while there is none, or half of one."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def start(*options, env=ENGLISH, **more):
    return subprocess.Popen([app, *map(str, options)], env=env, text=True, **more)


def ended(*options, env=ENGLISH):
    """What the app said before it ended by itself."""
    return subprocess.run([app, *map(str, options)], env=env, capture_output=True, text=True, timeout=60)


def until(running, path, test, what, seconds=120):
    """The first report that holds."""
    report = None
    for _ in range(10 * seconds):
        report = read(path) or report
        if report and test(report):
            return report
        if running.poll() is not None:
            sys.exit(f"desktop test failed: the app ended with {running.returncode} before {what}")
        time.sleep(0.1)
    sys.exit(f"desktop test failed: waited in vain for {what}: {report}")
