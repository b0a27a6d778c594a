#!/usr/bin/env python3
"""Holds `lingshu inspect FILE --json` against pydicom with its plug-ins, nibabel, pynrrd, SimpleITK and Pillow.

  python tools/imaging/check.py FOLDER_OR_FILE … [--binary build/release/bin/lingshu] [--table FILE] [--all]

Prints one line for every file that differs (every file with --all), and a table: transfer syntax or format, equal,
equal within the codec's tolerance, refused by both, and the rest. --table writes every file's row as TSV. A folder made by
variants.py brings truth.json, the values that went in; they outrank pydicom where the two differ.
"""
import argparse
import collections
import concurrent.futures
import hashlib
import io
import json
import logging
import math
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

KEYS = ("modality", "rows", "columns", "frames", "bits_stored", "photometric", "transfer_syntax", "pixel_spacing_mm",
        "value_min", "value_max", "shape", "affine")
LOSSY = {f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 81, 91, 203)}


def sha(array):
    array = np.ascontiguousarray(array)
    if array.dtype.byteorder == ">" or (array.dtype.byteorder == "=" and sys.byteorder == "big"):
        array = array.astype(array.dtype.newbyteorder("<"))
    return hashlib.sha256(array.tobytes()).hexdigest()


def dicom_spacing(ds):
    def pair(value):
        return [float(value[0]), float(value[1])] if value is not None and len(value) == 2 and min(value) > 0 else None
    if found := pair(ds.get("PixelSpacing")):
        return found
    for holder in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        if holder in ds and len(ds[holder].value) and "PixelMeasuresSequence" in ds[holder][0]:
            if found := pair(ds[holder][0].PixelMeasuresSequence[0].get("PixelSpacing")):
                return found
    return None


def first_frame(ds):
    """Candidates for the first frame's stored values, best first: as stored, and as RGB."""
    from pydicom.encaps import generate_frames
    from pydicom.pixels import get_decoder
    candidates = []
    syntax = ds.file_meta.TransferSyntaxUID
    if ds.get("BitsAllocated") in (8, 16) and syntax in LOSSY and str(syntax).endswith((".50", ".51")):
        try:
            from PIL import Image
            stream = next(generate_frames(ds.PixelData, number_of_frames=int(ds.get("NumberOfFrames", 1) or 1)))
            picture = Image.open(io.BytesIO(stream))
            if picture.mode in ("L", "RGB", "YCbCr"):
                candidates.append(np.asarray(picture).astype(f"u{ds.BitsAllocated // 8}"))
        except Exception:
            pass
    decoder = get_decoder(syntax)
    if "gdcm" in decoder.available_plugins and len(decoder.available_plugins) > 1:
        decoder.remove_plugin("gdcm")  # it ends the process on streams that it does not like
    failure = None
    for options in ({"raw": True}, {"raw": False}):
        try:
            candidates.append(decoder.as_array(ds, index=0, **options)[0])
        except Exception as error:
            failure = error
    if not candidates:
        raise failure
    return candidates


def modality_values(ds, array):
    from pydicom.pixels import apply_modality_lut
    scaled = ds
    if "RescaleSlope" not in ds and "ModalityLUTSequence" not in ds:
        for holder in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
            if holder in ds and len(ds[holder].value) and "PixelValueTransformationSequence" in ds[holder][0]:
                scaled = ds[holder][0].PixelValueTransformationSequence[0]
                break
    if array.ndim > 2 or ds.PhotometricInterpretation == "PALETTE COLOR":
        return array
    return apply_modality_lut(array, scaled)


def expect_dicom(path):
    import pydicom
    ds = pydicom.dcmread(path, force=True)
    if "TransferSyntaxUID" not in ds.file_meta:
        little = ds.original_encoding[1]
        implicit = ds.original_encoding[0]
        ds.file_meta.TransferSyntaxUID = ("1.2.840.10008.1.2" if implicit else "1.2.840.10008.1.2.1" if little
                                          else "1.2.840.10008.1.2.2")
    arrays = first_frame(ds)
    values = modality_values(ds, arrays[0]).astype(float)
    values = values[~np.isnan(values)]
    return {"format": "dicom", "modality": ds.get("Modality") or None, "rows": ds.Rows, "columns": ds.Columns,
            "frames": int(ds.get("NumberOfFrames", 1) or 1), "bits_stored": ds.get("BitsStored", ds.BitsAllocated),
            "photometric": ds.PhotometricInterpretation, "transfer_syntax": str(ds.file_meta.TransferSyntaxUID),
            "pixel_spacing_mm": dicom_spacing(ds), "pixel_sha256": [sha(a) for a in arrays],
            "value_min": float(values.min()) if values.size else None,
            "value_max": float(values.max()) if values.size else None, "shape": None, "affine": None}


def volume(array, affine, spacing, stored):
    values = array.astype(float)
    values = values[~np.isnan(values)] if array.dtype.fields is None else np.zeros(0)
    return {"modality": None, "photometric": None, "transfer_syntax": None, "shape": list(array.shape),
            "affine": affine.tolist(), "pixel_spacing_mm": spacing,
            "pixel_sha256": [hashlib.sha256(stored).hexdigest()],
            "value_min": float(values.min()) if values.size else None,
            "value_max": float(values.max()) if values.size else None}


def fortran(array):
    return np.asarray(array).astype(array.dtype.newbyteorder("<")).tobytes(order="F")


def expect_nibabel(path):
    import nibabel
    picture = nibabel.load(path)
    stored = np.asanyarray(picture.dataobj.get_unscaled() if hasattr(picture.dataobj, "get_unscaled")
                           else picture.dataobj)
    if stored.dtype.fields:
        values = stored
    else:
        values = np.asarray(picture.dataobj, dtype=np.float64)
    facts = volume(values if not stored.dtype.fields else stored, picture.affine, None, fortran(stored))
    zooms = picture.header.get_zooms()
    facts["pixel_spacing_mm"] = [float(zooms[1]), float(zooms[0])] if len(zooms) > 1 else None
    return facts


def expect_itk(path):
    import SimpleITK as sitk
    picture = sitk.ReadImage(str(path))
    array = sitk.GetArrayViewFromImage(picture)
    colours = picture.GetNumberOfComponentsPerPixel()
    shape = list(picture.GetSize())
    dimension = picture.GetDimension()
    affine = np.eye(4)
    direction = np.array(picture.GetDirection()).reshape(dimension, dimension)[:3, :3]
    affine[:direction.shape[0], :direction.shape[1]] = direction * np.array(picture.GetSpacing()[:3])
    affine[:min(3, dimension), 3] = picture.GetOrigin()[:3]
    affine = np.diag([-1, -1, 1, 1]) @ affine
    stored = np.moveaxis(array, -1, 0) if colours not in (1, 3, 4) else array  # other components become volumes
    facts = volume(array, affine, [picture.GetSpacing()[1], picture.GetSpacing()[0]],
                   np.ascontiguousarray(stored).tobytes())
    facts["shape"] = shape + ([colours] if colours not in (1, 3, 4) else [])
    return facts


def expect_pillow(path):
    from PIL import Image
    picture = Image.open(path)
    picture.load()
    facts = {"rows": picture.height, "columns": picture.width, "mode": picture.mode}
    if picture.mode == "F":
        values = np.asarray(picture)
        facts |= {"value_min": float(values.min()), "value_max": float(values.max())}
    return facts


def expectation(path):
    with open(path, "rb") as file:
        head = file.read(1024)
    name = path.name.lower()
    try:
        if head[128:132] == b"DICM" or name.endswith((".dcm", ".acr")):
            return expect_dicom(path)
        if name.endswith((".nii", ".nii.gz", ".mgz", ".mgh")):
            return expect_nibabel(path)
        if name.endswith((".nrrd", ".nhdr", ".mha", ".mhd")):
            return expect_itk(path)
        if name.endswith((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".bmp", ".webp")):
            return expect_pillow(path)
        return expect_dicom(path)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {str(error).splitlines()[0][:120] if str(error) else ''}"}


def close(a, b, relative=1e-6):
    if a is None or b is None:
        return a is None and b is None
    if isinstance(a, (list, tuple)):
        return isinstance(b, (list, tuple)) and len(a) == len(b) and all(close(x, y) for x, y in zip(a, b))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=relative, abs_tol=1e-6)
    return a == b


def compare(path, binary, truth):
    """(syntax or format, verdict, details)"""
    expected = expectation(path)
    ran = subprocess.run([binary, "inspect", str(path), "--json"], capture_output=True, text=True)
    group = expected.get("transfer_syntax") or path.suffix.lower() or "other"
    if ran.returncode != 0:
        reason = ran.stderr.strip().splitlines()[0][:200] if ran.stderr.strip() else f"exit {ran.returncode}"
        if "error" in expected:
            return group, "refused by both", f"{reason} | {expected['error']}"
        return group, "REFUSED HERE", reason
    found = json.loads(ran.stdout)
    group = found.get("transfer_syntax") or found["format"]
    if "error" in expected:
        known = truth.get(path.name)
        if known:
            return group, "equal" if known == found["pixel_sha256"] else "DIFFERENT", "the oracle: " + expected["error"]
        return group, "read here only", expected["error"]
    different = [f"{key}: {found.get(key)} for {expected[key]}" for key in KEYS
                 if key in expected and not close(found.get(key), expected[key])]
    if "mode" in expected:
        return group, "equal" if not different else "DIFFERENT", "; ".join(different)
    known = truth.get(path.name)
    same_pixels = found["pixel_sha256"] == known if known else found["pixel_sha256"] in expected["pixel_sha256"]
    if same_pixels and not different:
        return group, "equal", ""
    is_lossy = expected.get("transfer_syntax") in LOSSY
    extremes = [d for d in different if d.startswith("value_")]
    if is_lossy and len(extremes) == len(different):
        return group, "lossy, other decoder", "; ".join(different)
    if known and same_pixels and len(extremes) == len(different):
        return group, "equal", "the oracle differs from what went in"
    return group, "DIFFERENT", "; ".join(different + ([] if same_pixels else ["pixels"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--binary", default="build/release/bin/lingshu")
    parser.add_argument("--table", type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    flags = parser.parse_args()
    files, truth = [], {}
    for path in flags.paths:
        files += sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        if (path / "truth.json").is_file():
            truth |= json.loads((path / "truth.json").read_text())
    files = [f for f in files if f.suffix.lower() not in (".json", ".txt", ".md", ".csv", ".tsv", ".xml", ".icc", ".dump",
                                                          ".npy", ".license", ".yaml") and "LICENSE" not in f.name
             and f.name != "DICOMDIR"]
    counts = collections.defaultdict(collections.Counter)
    rows = []
    with concurrent.futures.ProcessPoolExecutor(flags.jobs) as pool:
        jobs = [(file, pool.submit(compare, file, flags.binary, truth)) for file in files]
        for file, job in jobs:
            group, verdict, details = job.result()
            counts[group][verdict] += 1
            rows.append(f"{group}\t{verdict}\t{file}\t{details}")
            if flags.all or verdict in ("DIFFERENT", "REFUSED HERE"):
                print(f"{verdict:<22} {group:<24} {file}: {details}")
    if flags.table:
        flags.table.write_text("\n".join(sorted(rows)) + "\n")
    verdicts = sorted({v for c in counts.values() for v in c})
    print(f"\n{'syntax or format':<28}" + "".join(f"{v:>24}" for v in verdicts))
    for group in sorted(counts):
        print(f"{group:<28}" + "".join(f"{counts[group][v] or '':>24}" for v in verdicts))
    total = sum(counts.values(), collections.Counter())
    print(f"{'all':<28}" + "".join(f"{total[v]:>24}" for v in verdicts))
    return 1 if total["DIFFERENT"] or total["REFUSED HERE"] else 0


if __name__ == "__main__":
    sys.exit(main())
