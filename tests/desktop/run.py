#!/usr/bin/env python3
"""The desktop app in a virtual screen: starts, trains, draws, takes its settings back, survives bad ones.

    tests/desktop/run.py [PATH OF rivulet-desktop]
"""
import pathlib
import struct
import sys
import tempfile
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent / "shared"))
from screen import check, ended, on_virtual_screen, read, root, start, until  # noqa: E402

pictures = root / "build/screenshots"
STATE = "flow2d?target=spirals&method=mean-flow&steps=8&view=paths&time=0.5&rate=0.001&width=64&seed=3&theme=dark"

PICTURES = "pictures?method=flow-matching&labels=x.3&steps=2&seed=7&picture=5&theme=dark"

UUID = "550e8400-e29b-41d4-a716-446655440000"
TARFLOW2D = ("tarflow2d?target=rings&blocks=6&width=24&rate=0.002&flow=0&after=6&rule=0&x=0.5&y=-0.6"
             "&theme=dark")
TARFLOW_PICTURES = "tarflow-pictures?sampler=jacobi&seconds=0&seed=3&labels=x.6&guidance=1&theme=dark"
EXPERTS = "experts-geometry?rule=router&room=many&n=6&overlap=0.4&k=2&theme=dark"
LAYER = "experts-geometry?view=layer&target=rings&map=predicted&k=2&x=-1&y=0.5&theme=dark"
DISTILL = "distill2d?left=l3&right=1.5&start=3&gaussian=1&batch=128&view=why&level=0.4&theme=dark"
BALANCE = "experts-balance?target=rings&left=sign&right=dynamic&n=6&k=2&view=count&time=0.25&theme=dark"
STUDENT = "distill-pictures?lambda=1.2&steps=8&labels=x.3&batch=4&theme=dark"
HAND = "experts-balance?batch=128&view=hand&hand=0"
EXPERTS_PICTURES = "experts-pictures?steps=8&seed=3&layer=4&silenced=0.6&theme=dark"
DDCM = "ddcm?picture=7&bytes=32&codebook=hadamard&theme=dark"


def run(folder, name, *options, done=lambda r: r["frames"] > 5, size="1440x900"):
    """Starts the app until its report is as it should be; returns its last report and picture, and what it said."""
    report = folder / f"{name}.json"
    picture = pictures / f"desktop-{name}.png"
    said = folder / f"{name}.txt"
    with said.open("w") as words:
        running = start("--size", size, "--report", report, "--screenshot", picture, *options, stderr=words)
        try:
            until(running, report, done, f"{name} to be done")
        finally:
            running.terminate()
            status = running.wait(30)
    check(status == 0, f"{name}: ends well {said.read_text()[-300:] if status else ''}")
    return read(report), picture.read_bytes(), said.read_text()


def pixels(png):
    """Width, height and the set of colours of some rows of an 8-bit RGBA PNG without interlacing."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    data, at = b"", 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at:at + 8])
        if name == b"IDAT":
            data += png[at + 8:at + 8 + length]
        at += 12 + length
    raw = zlib.decompress(data)
    assert depth == 8 and kind in (2, 6) and len(raw) > width * height * 3
    return width, height, len(set(raw[i:i + 64] for i in range(0, len(raw), 64)))


def coded(report):
    return report["trace"].get("finished")


def scored(report):
    return report["likelihood"].get("scored") == 64


def cards(folder):
    """On the card that the processor plays, where it does."""
    report, _, _ = run(folder, "card", "--device", "gpu:llvmpipe", "--state", "flow2d?width=32&batch=64&lang=en",
                       done=lambda r: r.get("step", 0) > 3)
    check(report["device"].startswith("gpu:"), f"the device that was named computes: {report['device']}")
    check(report["step"] > 3 and report["error"] == "", f"and trains, {report['step']} steps, "
          f"{report['steps_per_second']:.0f} a second: {report['error']}")
    check("device" in report["boxes"] and report["toast"] == "", "the bar names it")
    report, _, _ = run(folder, "usual", "--state", "flow2d", done=lambda r: "device" in r["boxes"])
    check(report["device"] == "cpu" and "device" in report["boxes"], "software is no card: the processor computes")
    done = ended("--device", "gpu:none of this name")
    check(done.returncode == 2 and "no device named" in done.stderr and "cpu" in done.stderr,
          f"a device that is not there is named: {done.stderr.strip()}")


def main():
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        report, png, _ = run(folder, "light", "--theme", "light", done=lambda r: r["step"] > 20)
        width, height, variety = pixels(png)
        check((width, height) == (1440, 900), "a picture of the size that was asked for")
        check(variety > 500, f"the picture shows something ({variety} different pieces)")
        check(report["step"] > 20 and report["threads"], f"trains in the background (step {report['step']})")
        check(report["error"] == "" and report["toast"] == "", "no complaints")
        check(report["frame_ms"] < 4, f"our code takes {report['frame_ms']:.2f} ms a frame, first frame after "
              f"{report['first_frame_ms']:.0f} ms, {report['steps_per_second']:.0f} training steps/s")

        report, _, _ = run(folder, "state", "--state", STATE, done=lambda r: r["step"] > 0)
        check(report["state"] == STATE, f"the settings come back as they were given: {report['state']}")
        check(report["target"] == "spirals" and report["sides"][0]["method"] == "mean-flow", "and are in use")
        check(report["theme"] == "dark", "the theme as well")

        report, _, said = run(folder, "bad", "--state", "flow2d?width=999999&target=spirals", done=lambda r: r["toast"])
        check("width" in report["toast"] and "width" in said, f"a bad state is explained: {report['toast']}")
        check(report["target"] == "eight-gaussians", "and the defaults are used")

        report, png, _ = run(folder, "phone", "--scale", "2", size="780x1688")
        check(report["width"] == 390 and report["scale"] == 2, "a dense narrow screen has the phone's layout")
        check("settings" in report["boxes"], "with its button for the settings")
        tabs = [name for name in report["boxes"] if name.startswith(("system.", "tab."))]
        check(tabs == ["system.shortcut", "system.distillation", "system.tarflow", "system.ddcm", "system.experts", "tab.flow2d", "tab.pictures"],
              "a tab for each system and a choice of the open one's labs")
        for size in ("320x480", "390x844"):
            report, _, _ = run(folder, f"phone-{size}", "--state", "pictures?theme=dark", size=size)
            width = report["width"]
            beyond = [name for name, (x, _, w, _) in report["boxes"].items() if x < -1 or x + w > width + 1]
            check(not beyond, f"nothing is cut off at {size}: {beyond}")

        report, png, _ = run(folder, "pictures", "--state", PICTURES,
                             done=lambda r: r["models"][1].get("grid", {}).get("done") == 24 and r["nearest"]["count"] > 0)
        model = report["models"][1]
        check(report["state"] == PICTURES, f"the settings of pictures come back: {report['state']}")
        check(model["weights"] == "ready" and model["grid"]["done"] == 24, "all pictures of the grid are made")
        check(report["nearest"]["count"] == 4096, f"the nearest of 4096 is {report['nearest']['distance']:.3f} away")
        check(pixels(png)[2] > 500, f"{model['grid']['batch']} pictures in {model['grid']['ms']:.0f} ms, "
              f"{model['grid']['gflops']:.0f} GFLOP/s")

        report, _, _ = run(folder, "pictures-none", "--state", "pictures", "--assets", folder,
                           done=lambda r: r["models"][0]["weights"] == "failed")
        check(report["models"][0]["weights"] == "failed" and "retry.shortcut" in report["boxes"],
              f"weights that are not there are explained: {report['models'][0]['error']}")
        (folder / "models").mkdir()
        (folder / "models/shortcut-avatars.safetensors").write_bytes(b"\xff" * 5000)
        report, _, _ = run(folder, "pictures-bad", "--state", "pictures", "--assets", folder,
                           done=lambda r: r["models"][0]["weights"] == "failed")
        check(report["models"][0]["weights"] == "failed", f"and so are bad ones: {report['models'][0]['error']}")

        report, png, _ = run(folder, "ddcm", "--state", DDCM, done=coded)
        check(report["state"] == DDCM, f"the settings of codes come back: {report['state']}")
        check(report["trace"]["finished"] and report["code"]["bytes"] == 32 and report["code"]["text"].startswith("DD"),
              f"a face is coded in {report['code']['bytes']} bytes, {report['trace']['ms']:.0f} ms, {report['psnr']:.1f} dB")
        check(report["psnr"] > 20 and pixels(png)[2] > 500, "and decoded")
        report, _, _ = run(folder, "uuid", "--state", f"ddcm?source=code&code={UUID}", done=coded)
        check(report["trace"]["finished"] and report["code"]["text"] == UUID, "a UUID has a face")
        report, _, _ = run(folder, "restore", "--state", "ddcm?view=restore&task=4x", done=coded)
        check(report["trace"]["finished"] and report["trace"]["steps"] == 65, "a picture is restored")
        report, _, _ = run(folder, "plane", "--state", "ddcm?view=plane&k=64", done=lambda r: r["plane"]["finished"])
        check(report["plane"]["finished"] and report["weights"] == "none", "walks in the plane need no model")
        report, _, _ = run(folder, "ddcm-none", "--state", "ddcm", "--assets", folder / "nothing",
                           done=lambda r: r["weights"] == "failed")
        check(report["weights"] == "failed" and "retry" in report["boxes"], f"a model that is not there: {report['model_error']}")

        report, png, _ = run(folder, "tarflow2d", "--state", TARFLOW2D,
                             done=lambda r: r["step"] > 10 and r["held_out"] is not None and abs(r["mass"] - 1) < 0.1)
        check(report["state"] == TARFLOW2D, f"the settings of a flow come back: {report['state']}")
        check(report["step"] > 10 and report["error"] == "" and abs(report["mass"] - 1) < 0.1,
              f"its density is one: {report['mass']:.3f} after {report['step']} steps, entropy {report['entropy']:.2f}, "
              f"unseen {report['held_out']:.2f}")
        check(abs(report["x"][0] - 0.5) < 1e-4 and report["z"] is not None, f"the held point's noise is {report['z']}")
        check(pixels(png)[2] > 500, "and it is drawn")

        report, png, _ = run(folder, "tarflow-pictures", "--state", TARFLOW_PICTURES,
                             done=lambda r: r["sheet"].get("stage") == "finished" and r["sheet"]["costs"][1] > 0)
        sheet = report["sheet"]
        check(report["state"] == TARFLOW_PICTURES, f"the settings of a flow of pictures come back: {report['state']}")
        check(sheet["stage"] == "finished" and sheet["denoised"] == 16 and pixels(png)[2] > 500,
              f"16 faces by {sheet['runs']} sweeps in {sheet['costs'][1]:.0f} ms")
        report, _, _ = run(folder, "tarflow-latent", "--state", "tarflow-pictures?view=latent&picture=9",
                           done=lambda r: r["latent"].get("finished"))
        check(report["latent"]["finished"] and report["latent"]["error"] < 1e-3,
              f"a face to noise and back: error {report['latent']['error']:.1e}")
        report, _, _ = run(folder, "tarflow-likelihood", "--state", "tarflow-pictures?view=likelihood", done=scored)
        likelihood = report["likelihood"]
        check(likelihood["scored"] == 64 and likelihood["suspects"][5] > likelihood["mean"] + 1,
              f"held-out faces {likelihood['mean']:.3f} nats/dim, noise {likelihood['suspects'][5]:.2f}")
        report, _, _ = run(folder, "tarflow-bits", "--state", "tarflow-pictures?set=fashion&view=likelihood&bits=1",
                           done=scored)
        likelihood = report["likelihood"]
        check(likelihood["bits"] and likelihood["scored"] == 64 and likelihood["mean"] < likelihood["suspects"][5] < 10,
              f"held-out clothes {likelihood['mean']:.3f} bits/dim, noise {likelihood['suspects'][5]:.2f}")
        report, _, _ = run(folder, "tarflow-none", "--state", "tarflow-pictures", "--assets", folder / "nothing",
                           done=lambda r: r["weights"] == "failed")
        check(report["weights"] == "failed" and "retry" in report["boxes"], f"weights that are not there: {report['model_error']}")

        report, png, _ = run(folder, "distill2d", "--state", DISTILL,
                             done=lambda r: r["step"] > 20 and r["sides"][0]["spread"] < 3 < r["sides"][1]["spread"])
        left, right = report["sides"]
        check(report["state"] == DISTILL and report["error"] == "", f"the settings of a loss come back: {report['state']}")
        check(report["step"] > 20 and left["spread"] < 3 < right["spread"] and pixels(png)[2] > 500,
              f"from 3, L3 narrows to {left['spread']:.2f}, lambda 1.5 widens to {right['spread']:.2f} in {report['step']} steps")
        report, png, _ = run(folder, "drifting", "--state", "distill2d?drifting=1&view=push",
                             done=lambda r: r["sides"][1]["spread"] > 0.6)
        right = report["sides"][1]
        check(right["drifts"] and right["spread"] > 0.6 and pixels(png)[2] > 500,
              f"drifting widens from 0.3 to {right['spread']:.2f} in {report['step']} steps")

        report, png, _ = run(folder, "experts", "--state", EXPERTS, done=lambda r: r["sets"] == 64)
        longest, best, routed, _ = report["errors"]
        check(report["state"] == EXPERTS, f"the settings of experts come back: {report['state']}")
        check(report["sets"] == 64 and all(b <= a + 1e-5 for a, b in zip(longest, best)) and pixels(png)[2] > 500,
              f"2 of 6 vectors: the longest miss {longest[2]:.3f}, the best {best[2]:.3f}, the router's {routed[2]:.3f}")
        report, png, _ = run(folder, "experts-layer", "--state", LAYER, done=lambda r: r["step"] > 20 and (r["correlation"] or 0) > 0.3)
        check(report["state"] == LAYER and report["error"] == "" and pixels(png)[2] > 500, "a layer that learns")
        check(report["step"] > 20 and report["correlation"] > 0.3,
              f"after {report['step']} steps its router ranks the blocks with {report['correlation']:.2f}")
        report, png, _ = run(folder, "balance", "--state", BALANCE, done=lambda r: r["step"] > 10 and r["sides"][0]["per_token"] == 2)
        left, right = report["sides"]
        check(report["state"] == BALANCE and report["error"] == "", f"the settings of a remedy come back: {report['state']}")
        check(report["step"] > 10 and abs(sum(left["load"]) - 1) < 0.01 and len(right["load"]) == 6,
              f"experts share the work: MaxVio {left['violation']:.2f} and {right['violation']:.2f} after {report['step']} steps")
        check(left["per_token"] == 2 and 1 < right["per_token"] < 3.5 and pixels(png)[2] > 100,
              f"dynamic k uses {right['per_token']:.2f}")
        report, png, _ = run(folder, "distill", "--state", STUDENT,
                             done=lambda r: r["step"] > 2 and all(m["done"] for m in r["makers"]))
        check(report["state"] == STUDENT and report["error"] == "", f"the settings of a student come back: {report['state']}")
        check(report["step"] > 2 and report["l1"] > 0 and report["stages"][0] == 0 and pixels(png)[2] > 200,
              f"a student learned {report['step']} steps, L1 {report['l1']:.4f}")
        check(all(m["done"] for m in report["makers"]) and [m["evaluations"] for m in report["makers"]] == [8, 4, 1, 1, 1],
              "everyone draws the same noise")

        report, png, _ = run(folder, "hand", "--state", HAND, done=lambda r: len(r["scores"]) == 4)
        you, router, even, best = report["scores"]
        check(report["state"] == HAND and len(report["choices"]) == 24 and you == router, "the visitor starts where the router is")
        check(best["loss"] <= even["loss"] + 1e-6 and even["violation"] == 0 and pixels(png)[2] > 200,
              f"its loss {router['loss']:.3f}, the best even one {even['loss']:.3f}, of all {best['loss']:.3f}")
        report, png, _ = run(folder, "experts-pictures", "--state", EXPERTS_PICTURES,
                             done=lambda r: r["known"] == r["known_without"] == 8 and r["preferred"]["pictures"] == 64)
        check(report["state"] == EXPERTS_PICTURES, f"the settings of experts come back: {report['state']}")
        check(report["known"] == 8 and report["known_without"] == 8 and abs(sum(report["load"]) - 1) < 1e-3,
              f"8 pictures in {report['ms']:.0f} ms a step, {report['active']} of {report['parameters']} numbers for a patch")
        check(report["difference"] > 0 and report["preferred"]["pictures"] == 64 and pixels(png)[2] > 500,
              f"without two experts {100 * report['difference']:.1f} % change")
        report, _, _ = run(folder, "experts-pictures-none", "--state", "experts-pictures", "--assets", folder / "nothing",
                           done=lambda r: r["weights"] == "failed")
        check(report["weights"] == "failed" and "retry" in report["boxes"], f"experts that are not there: {report['error']}")

        cards(folder)

        done = ended("--size", "12")
        check(done.returncode == 2 and "--size" in done.stderr, "bad usage ends with status 2 and a word")


on_virtual_screen()
main()
