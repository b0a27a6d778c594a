#!/usr/bin/env python3
"""Reading whole series, volumes and pictures: here against pydicom with its plug-ins, nibabel and Pillow, side by side.

  ninja -C build/release image_bench && python tools/imaging/bench.py SCRATCH [--repeats 3]

Writes its inputs into SCRATCH (a 512 x 512 x 120 CT-like series in six transfer syntaxes, a volume, pictures), and times
both sides in turns (A B A B) on one thread each: medians of processor seconds, since other work may share the machine. The
last column is how many times as fast ours is by the clock on all cores.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")
sys.path.insert(0, str(Path(__file__).parent))


def body(slices, side):
    """Something like a thorax: smooth organs with the noise of a scanner, 12 bits."""
    z, y, x = np.mgrid[0:slices, 0:side, 0:side].astype(np.float32)
    inside = ((x - side / 2) / (side * 0.42)) ** 2 + ((y - side / 2) / (side * 0.3)) ** 2 < 1
    tissue = 1040 + 60 * np.sin(x / 31 + z / 17) * np.cos(y / 23)
    lungs = (((np.abs(x - side / 2) - side * 0.19) / (side * 0.13)) ** 2 + ((y - side / 2) / (side * 0.2)) ** 2) < 1
    values = np.where(inside, np.where(lungs, 180, tissue), 0)
    values += np.random.default_rng(1).normal(0, 12, values.shape).astype(np.float32) * inside
    return values.clip(0, 4095).astype(np.uint16)


def write_series(folder, values, syntax, encode):
    from variants import Writer
    from pydicom.encaps import encapsulate
    w = Writer(folder)
    for i, plane in enumerate(values):
        ds = w.base(*plane.shape, "MONOCHROME2", 16, 12, 11, False, 1, 0, 1)
        ds.Modality, ds.InstanceNumber = "CT", i + 1
        ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        ds.ImagePositionPatient, ds.ImageOrientationPatient = [0, 0, 2.5 * i], [1, 0, 0, 0, 1, 0]
        ds.PixelSpacing, ds.RescaleSlope, ds.RescaleIntercept = [0.7, 0.7], 1, -1024
        if encode is None:
            ds.PixelData = plane.tobytes()
            ds["PixelData"].VR = "OW"
        else:
            ds.PixelData = encapsulate([encode(plane)])
            ds["PixelData"].VR = "OB"
            ds["PixelData"].is_undefined_length = True
        w.save(f"{i:04}", ds, syntax)


def write_inputs(scratch):
    import nibabel
    import variants as v
    from PIL import Image
    values = body(120, 512)
    series = {"explicit": (v.EXPLICIT, None), "rle": (v.RLE, v.rle(16)), "jpeg_lossless": (v.SV1, v.lossless_jpeg(12)),
              "jpegls": (v.JLS, v.jpegls(12)), "j2k": (v.J2K, v.opj(12, False, 1, [])), "htj2k": (v.HT, v.htj2k())}
    for name, (syntax, encode) in series.items():
        if not (scratch / name).is_dir():
            write_series(scratch / name, values, syntax, encode)
    if not (scratch / "volume.nii.gz").is_file():
        picture = nibabel.Nifti1Image(values.T.astype(np.int16), np.diag([0.7, 0.7, 2.5, 1]))
        nibabel.save(picture, scratch / "volume.nii")
        nibabel.save(picture, scratch / "volume.nii.gz")
    for name, options in (("jpeg", {"quality": 90}), ("png", {}), ("webp", {"quality": 90})):
        (scratch / name).mkdir(exist_ok=True)
        for i in range(0, 24):
            path = scratch / name / f"{i}.{name}"
            if not path.is_file():
                plane = (values[i * 5] >> 4).astype(np.uint8)
                Image.fromarray(np.stack([plane, plane, np.roll(plane, 5)], -1)).resize((1024, 1024)).save(path, **options)
    return list(series)


def peer(task, path):
    if task == "series":
        import pydicom
        slices = [pydicom.dcmread(f) for f in sorted(Path(path).glob("*.dcm"))]
        slices.sort(key=lambda ds: float(ds.ImagePositionPatient[2]))
        return np.stack([ds.pixel_array for ds in slices])
    if task == "volume":
        import nibabel
        return np.array(nibabel.load(path).dataobj)
    from PIL import Image
    return [np.asarray(Image.open(f).convert("RGB")) for f in sorted(Path(path).iterdir())]


def serve_peer():
    """One line "TASK PATH" in, seconds out: imports are paid once, as ours are by one process."""
    for line in sys.stdin:
        task, path = line.split()
        start = time.process_time()
        peer(task, path)
        print(time.process_time() - start, flush=True)


def ours(binary, task, path, threads):
    """(seconds, processor seconds) of the second of two passes, as the peer's process is warm too."""
    ran = subprocess.run([binary, task, path, str(threads), "2"], capture_output=True, text=True, check=True)
    return [float(number) for number in ran.stdout.splitlines()[1].split()[:2]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--binary", default="build/release/image_bench")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.peer:
        return serve_peer()
    flags.scratch.mkdir(parents=True, exist_ok=True)
    cases = [("series", flags.scratch / name) for name in write_inputs(flags.scratch)]
    cases += [("volume", flags.scratch / name) for name in ("volume.nii", "volume.nii.gz")]
    cases += [("pictures", flags.scratch / name) for name in ("jpeg", "png", "webp")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    server = subprocess.Popen([sys.executable, __file__, str(flags.scratch), "--peer"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, env=environment)
    cores = len(os.sched_getaffinity(0))
    print(f"{'what':<24}{'peer s':>10}{'here s':>10}{'ratio':>8}{f'on {cores} cores':>14}")
    for task, path in cases:
        times = {"peer": [], "here": [], "one": [], "all": []}
        for _ in range(flags.repeats + 1):
            server.stdin.write(f"{task} {path}\n")
            server.stdin.flush()
            times["peer"].append(float(server.stdout.readline()))
            seconds, used = ours(flags.binary, task, path, 1)
            times["here"].append(used)
            times["one"].append(seconds)
            times["all"].append(ours(flags.binary, task, path, cores)[0])
        peer_s, here, one, every = (statistics.median(times[k][1:]) for k in ("peer", "here", "one", "all"))
        print(f"{path.name:<24}{peer_s:>10.3f}{here:>10.3f}{peer_s / here:>8.2f}{one / every:>14.2f}", flush=True)
    server.stdin.close()
    server.wait()


if __name__ == "__main__":
    main()
