#!/usr/bin/env python3
"""Recall and precision of `lingshu deid` on text burned into real pictures: names, numbers and dates in many fonts, sizes,
colours and contrasts, level, slanted and upright, drawn over films, ultrasound, endoscopy, skin and microscopy.
   measure_text_detector.py DATA [--count 120] [--skip 0] [--seed 7] [--lingshu build/release/bin/lingshu]
Recall: lines whose strokes are covered to 99 %. Precision: covered pixels that lie at a line (within half its height, the detector's
own margin), of all covered pixels; and boxes on the same pictures without text."""
import argparse, io, json, pathlib, random, struct, subprocess, tempfile
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONTS = sorted(str(p) for p in pathlib.Path("/usr/share/fonts/truetype/dejavu").glob("*.ttf") if "Math" not in p.name)
FOLDERS = ["img_xray_nih", "img_ultrasound_busi", "img_endoscopy", "img_dermoscopy_isic550", "img_microscopy_bccd", "img_mri_braintumor"]


def element(tag, vr, value):
    value = value.encode() if isinstance(value, str) else value
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB") else b" "
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    return head + (struct.pack("<HI", 0, len(value)) if vr in ("OB", "OW") else struct.pack("<H", len(value))) + value


def capture(pixels, number):
    us = lambda tag, n: element(tag, "US", struct.pack("<H", n))
    gray = pixels.ndim == 2
    body = element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7") + element(0x00080018, "UI", f"1.2.3.{number}")
    body += element(0x00080060, "CS", "OT") + element(0x00100020, "LO", "P") + element(0x0020000D, "UI", "1.2.3") + element(0x00200013, "IS", str(number))
    body += us(0x00280002, 1 if gray else 3) + element(0x00280004, "CS", "MONOCHROME2" if gray else "RGB") + (b"" if gray else us(0x00280006, 0))
    body += us(0x00280010, pixels.shape[0]) + us(0x00280011, pixels.shape[1]) + us(0x00280100, 8) + us(0x00280101, 8) + us(0x00280102, 7) + us(0x00280103, 0)
    return b"\0" * 128 + b"DICM" + element(0x00020010, "UI", "1.2.840.10008.1.2.1") + body + element(0x7FE00010, "OB", pixels.tobytes())


def words(rng):
    names = ["DOE^JANE", "Müller, Hans", "SMITH JOHN", "Wang Xiaoming", "O'Neill, Mary", "GARCIA LOPEZ", "de Vries"]
    return rng.choice([rng.choice(names), f"MRN {rng.randrange(10**6, 10**8)}", f"{rng.randrange(1, 29):02}/{rng.randrange(1, 13):02}/{rng.randrange(1930, 2024)}",
                       f"DOB: {rng.randrange(1930, 2010)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}", f"ID {rng.randrange(10**4, 10**7)} {rng.choice('MF')} {rng.randrange(18, 90)}y",
                       "St. Mary's Hospital", f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"])


def draw(pixels, rng):
    """One line of text; None when it does not fit. Returns the picture, the mask of strokes, and what it is like."""
    height, width = pixels.shape[:2]
    size = rng.choice([8, 10, 12, 14, 18, 24, 32, 40])
    font = ImageFont.truetype(rng.choice(FONTS), size)
    turn = rng.choice(["level"] * 6 + ["upright", "slanted"])
    text = words(rng)
    box = font.getbbox(text)
    tile = Image.new("L", (box[2] + 6, box[3] + 6), 0)
    ImageDraw.Draw(tile).text((3, 3), text, fill=255, font=font)
    angle = {"level": 0, "upright": rng.choice([90, 270]), "slanted": rng.choice([-10, -5, 5, 10])}[turn]
    if angle:
        tile = tile.rotate(angle, expand=True, resample=Image.BICUBIC)
    if tile.width >= width or tile.height >= height:
        return None
    x, y = rng.randrange(width - tile.width), rng.randrange(height - tile.height)
    strokes = np.zeros((height, width), np.float32)
    strokes[y:y + tile.height, x:x + tile.width] = np.asarray(tile, np.float32) / 255
    ground = pixels[y:y + tile.height, x:x + tile.width].astype(np.float32)
    level = float(np.median(ground.max(axis=2) if ground.ndim == 3 else ground))
    step = rng.choice([60, 100, 150, 255])
    bright = level + step <= 255 or level < 128
    target = min(255, level + step) if bright else max(0, level - step)
    colour = np.full(3, target, np.float32)
    tint = rng.random() < 0.3 and pixels.ndim == 3 and bright
    if tint:
        colour = np.array([target, target, target * 0.2], np.float32)
    ink = colour if pixels.ndim == 3 else np.float32(target)
    alpha = strokes[..., None] if pixels.ndim == 3 else strokes
    return (pixels * (1 - alpha) + alpha * ink + 0.5).astype(np.uint8), strokes, {"size": size, "turn": turn, "contrast": abs(int(target - level))}


def pixels_of(data, number, shape):
    at = data.rindex(struct.pack("<HH", 0x7FE0, 0x10))
    return np.frombuffer(data[at + 12:at + 12 + int(np.prod(shape))], np.uint8).reshape(shape)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--skip", type=int, default=0, help="pictures passed over: others than a detector was tuned on")
    parser.add_argument("--seed", type=int, default=7, help="of the texts")
    parser.add_argument("--lingshu", default="build/release/bin/lingshu")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    files = []
    for folder in FOLDERS:
        found = sorted(p for p in (args.data / folder).rglob("*") if p.suffix.lower() in (".png", ".jpg", ".jpeg", ".bmp"))
        random.Random(7).shuffle(found)
        first, count = args.skip // len(FOLDERS), args.count // len(FOLDERS)
        files += found[first:first + count]
    work = pathlib.Path(tempfile.mkdtemp())
    (work / "in").mkdir()
    cases = {}
    for number, path in enumerate(files):
        image = Image.open(path)
        image.thumbnail((1024, 1024))
        pixels = np.asarray(image.convert("L" if image.mode in ("L", "P", "1", "I") or path.parts[-2].startswith("img_xray") else "RGB")).copy()
        (work / "in" / f"{2 * number}.dcm").write_bytes(capture(pixels, 2 * number))
        cases[2 * number] = (pixels, None, None)
        drawn = draw(pixels, rng)
        if drawn:
            (work / "in" / f"{2 * number + 1}.dcm").write_bytes(capture(drawn[0], 2 * number + 1))
            cases[2 * number + 1] = drawn
    run = subprocess.run([args.lingshu, "deid", str(work / "in"), str(work / "out"), "--key", str(work / "key")], capture_output=True, text=True)
    report = json.loads(run.stdout)
    found, total, at_line, covered, clean_covered, clean_pixels = [], [], 0, 0, 0, 0
    for path in (work / "out").rglob("*.dcm"):
        data = path.read_bytes()
        at = data.index(struct.pack("<HH2s", 0x20, 0x13, b"IS"))
        number = int(data[at + 8:at + 8 + data[at + 6]].decode().strip())
        before, strokes, kind = cases[number]
        after = pixels_of(data, number, before.shape)
        changed = (before != after).any(axis=2) if before.ndim == 3 else before != after
        if strokes is None:
            clean_covered += int(changed.sum())
            clean_pixels += changed.size
            continue
        ink = strokes > 0.5
        # A stroke as dark as the cover is covered too, though no value changed.
        dark = (before.max(axis=2) if before.ndim == 3 else before) <= before.min() + 2
        total.append(kind)
        if (changed | dark)[ink].mean() >= 0.99:
            found.append(kind)
        ys, xs = np.nonzero(ink)
        margin = max(6, kind["size"])
        near = np.zeros_like(ink)
        near[max(0, ys.min() - margin):ys.max() + margin, max(0, xs.min() - 2 * margin):xs.max() + 2 * margin] = True
        covered += int(changed.sum())
        at_line += int((changed & near).sum())
    print(f"pictures {len(files)}, lines {len(total)}, text boxes in all {report['pixels']['text_boxes']}")
    print(f"recall {len(found) / len(total):.3f}, precision by area {at_line / max(1, covered):.3f}, covered of pictures without text {clean_covered / clean_pixels:.4f}")
    for name, values in (("turn", ["level", "upright", "slanted"]), ("size", [8, 10, 12, 14, 18, 24, 32, 40])):
        print(name, {v: f"{sum(k[name] == v for k in found)}/{sum(k[name] == v for k in total)}" for v in values})
    bands = [(0, 48), (48, 80), (80, 130), (130, 256)]
    print("contrast", {f"{a}-{b}": f"{sum(a <= k['contrast'] < b for k in found)}/{sum(a <= k['contrast'] < b for k in total)}" for a, b in bands})


main()
