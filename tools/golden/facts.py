"""Makes tests/cases/image-facts/golden.json: what pydicom and nibabel say of public DICOM and NIfTI files.

    python tools/golden/facts.py DATA > tests/cases/image-facts/golden.json

DATA is the folder of real data; the files themselves are not part of the repository, and the test is skipped without them.
Lossless JPEG and JPEG-LS need the packages pylibjpeg-libjpeg and pyjpegls beside pydicom. Left out are files that pydicom
cannot decode, and lossy frames of 12 bits, where decoders may differ by one.
"""
import hashlib
import io
import json
import logging
import os
import sys
import warnings

import nibabel
import numpy as np
import pydicom
from PIL import Image
from pydicom.encaps import generate_frames
from pydicom.pixels import apply_modality_lut, pixel_array

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
ROOT = sys.argv[1]
BASELINE, EXTENDED = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"


def first_frame(ds, path):
    """Stored values; JPEG as Pillow decodes it, in RGB when the data set says YBR."""
    frames = int(ds.get("NumberOfFrames") or 1)
    if ds.file_meta.TransferSyntaxUID in (BASELINE, EXTENDED) and ds.BitsStored == 8:
        picture = Image.open(io.BytesIO(next(generate_frames(ds.PixelData, number_of_frames=frames))))
        if ds.PhotometricInterpretation == "RGB" and "adobe_transform" not in picture.info:
            picture.draft("YCbCr", picture.size)  # no conversion
        return np.asarray(picture)
    if ds.file_meta.TransferSyntaxUID == EXTENDED:
        raise ValueError("lossy, 12 bits")
    values = pixel_array(path, raw=True)
    return values[0] if frames > 1 else values


def scale(ds, values):
    """The modality's values, also where slope and intercept lie in functional groups."""
    for groups in (ds.get("PerFrameFunctionalGroupsSequence"), ds.get("SharedFunctionalGroupsSequence")):
        if groups and "PixelValueTransformationSequence" in groups[0] and "RescaleSlope" not in ds:
            group = groups[0].PixelValueTransformationSequence[0]
            return values * float(group.RescaleSlope) + float(group.RescaleIntercept)
    return apply_modality_lut(values, ds)


def facts_of_dicom(path):
    ds = pydicom.dcmread(path)
    values = first_frame(ds, path)
    little = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"))
    scaled = scale(ds, values)
    return {"rows": ds.Rows, "columns": ds.Columns, "frames": int(ds.get("NumberOfFrames") or 1),
            "photometric": ds.PhotometricInterpretation, "transfer_syntax": str(ds.file_meta.TransferSyntaxUID),
            "pixel_sha256": hashlib.sha256(little.tobytes()).hexdigest(),
            "value_min": float(np.nanmin(scaled)), "value_max": float(np.nanmax(scaled))}


def facts_of_volume(path):
    volume = nibabel.load(path)
    raw = np.asarray(volume.dataobj.get_unscaled())
    values = np.asarray(volume.dataobj)
    facts = {"shape": [int(n) for n in volume.shape], "affine": volume.affine.tolist(),
             "pixel_sha256": hashlib.sha256(raw.astype(raw.dtype.newbyteorder("<")).tobytes(order="F")).hexdigest()}
    if values.dtype.names is None:
        facts |= {"value_min": float(np.nanmin(values)), "value_max": float(np.nanmax(values))}
    return facts


rows = []
for folder, _, files in sorted(os.walk(ROOT)):
    for name in sorted(files):
        path = os.path.join(folder, name)
        short = os.path.relpath(path, ROOT)
        try:
            if short.startswith("vol_"):
                facts = facts_of_volume(path)
            elif short.startswith("dicom_"):
                facts = facts_of_dicom(path)
            else:
                continue
        except Exception:
            continue
        rows.append("  " + json.dumps({"path": short} | facts))
print("[\n" + ",\n".join(rows) + "\n]")
