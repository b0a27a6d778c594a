#!/usr/bin/env python3
"""Writes DICOM files in every combination that pydicom, its plug-ins, Pillow, imagecodecs and DCMTK can write:
transfer syntaxes, photometric interpretations, depths, frames, offset tables. For check.py, which compares what
`lingshu inspect` says of them with pydicom, and with the values that went in where the syntax is lossless.

  python tools/imaging/variants.py OUT          needs pydicom pylibjpeg[all] pyjpegls pillow imagecodecs; DCMTK's tools
                                                add their share where they are installed
OUT/truth.json: file name -> SHA-256 of the first frame's stored values, for lossless files.
"""
import hashlib
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

IMPLICIT, EXPLICIT, DEFLATED, BIG = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99",
                                     "1.2.840.10008.1.2.2")
BASELINE, EXTENDED, LOSSLESS, SV1 = (f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 57, 70))
JLS, JLS_NEAR, J2K, J2K_LOSSY = (f"1.2.840.10008.1.2.4.{n}" for n in (80, 81, 90, 91))
HT, HT_RPCL, HT_LOSSY, RLE = (*(f"1.2.840.10008.1.2.4.{n}" for n in (201, 202, 203)), "1.2.840.10008.1.2.5")


def picture(rows, columns, bits, samples, signed, frame, seed=0):
    """Smooth waves with some noise over the whole range of `bits`: compressible, and every bit in use."""
    y, x = np.mgrid[0:rows, 0:columns].astype(float)
    rng = np.random.default_rng(1000 * seed + 10 * frame + bits)
    planes = []
    for c in range(samples):
        wave = 0.5 + 0.45 * np.sin((x * (c + 1) + 3 * frame) / 9.0) * np.cos((y - 2 * c) / 7.0)
        planes.append(np.clip(wave * (2.0**bits - 1) + rng.normal(0, 2.0**bits / 100, wave.shape), 0, 2.0**bits - 1))
    planes[0].flat[0], planes[0].flat[-1] = 2.0**bits - 1, 0
    stored = np.stack(planes, -1).astype(np.uint64)
    if signed:
        stored = stored.astype(np.int64) - 2**(bits - 1)
    return stored if samples > 1 else stored[..., 0]


class Writer:
    def __init__(self, out):
        self.out, self.truth = Path(out), {}
        self.out.mkdir(parents=True, exist_ok=True)

    def base(self, rows, columns, photometric, allocated, stored, high, signed, samples, planar, frames):
        ds = Dataset()
        ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", generate_uid(entropy_srcs=["variants"])
        ds.StudyInstanceUID = ds.SeriesInstanceUID = generate_uid(entropy_srcs=["variants series"])
        ds.PatientID, ds.Modality = "variants", "OT"
        ds.SamplesPerPixel, ds.PhotometricInterpretation = samples, photometric
        if samples > 1:
            ds.PlanarConfiguration = planar
        if frames > 1:
            ds.NumberOfFrames = frames
        ds.Rows, ds.Columns = rows, columns
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = allocated, stored, high, int(signed)
        return ds

    def save(self, name, ds, syntax, truth=None):
        path = self.out / f"{name}.dcm"
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
        meta.TransferSyntaxUID = syntax
        ds.file_meta = meta
        ds.save_as(path, enforce_file_format=True)
        if truth is not None:
            self.truth[path.name] = hashlib.sha256(truth).hexdigest()
        return path

    def native(self, name, syntax, photometric, allocated, stored, high, signed, samples=1, planar=0, frames=1,
               size=(33, 18), junk=False, more=None):
        rows, columns = size
        ds = self.base(rows, columns, photometric, allocated, stored, high, signed, samples, planar, frames)
        pictures = [picture(rows, columns, stored, samples, signed, f) for f in range(frames)]
        kind = np.dtype(f"{'i' if signed else 'u'}{max(1, allocated // 8)}")
        truth = pictures[0].astype(kind).tobytes()
        if allocated == 1:
            ds.PixelData = np.packbits(np.concatenate([p.ravel() for p in pictures]).astype(np.uint8),
                                       bitorder="little").tobytes()
            vr = "OB"
        else:
            unsigned = np.dtype(f"u{allocated // 8}")
            cells = []
            for p in pictures:
                bits = p.astype(np.int64).astype(unsigned)
                if stored < allocated:
                    bits = bits & np.array(2**stored - 1, unsigned)
                    bits = bits << np.array(high + 1 - stored, unsigned)
                    if junk:  # overlays of old, in the unused bits above
                        bits = bits | (np.array(1, unsigned) << np.array(allocated - 1, unsigned))
                if planar and samples > 1:
                    bits = np.moveaxis(bits, -1, 0)
                cells.append(bits)
            data = np.concatenate([c.ravel() for c in cells])
            if syntax == BIG and allocated > 8:
                data = data.byteswap()
            ds.PixelData = data.tobytes()
            vr = "OB" if allocated == 8 and syntax != IMPLICIT else "OW"
        if len(ds.PixelData) % 2:
            ds.PixelData += b"\0"
        if syntax == BIG and vr == "OW" and allocated <= 8:
            data = bytearray(ds.PixelData)
            data[0::2], data[1::2] = data[1::2], data[0::2]
            ds.PixelData = bytes(data)
        ds["PixelData"].VR = vr
        for keyword, value in (more or {}).items():
            setattr(ds, keyword, value)
        return self.save(name, ds, syntax, truth)

    def encoded(self, name, syntax, photometric, allocated, stored, signed, samples, frames, encode, size=(33, 18),
                lossless=True, planar=0, layout="bot", truth_of=None):
        """encode(array) -> bytes. layout: bot, nobot, fragments, extended, oddbot."""
        rows, columns = size
        ds = self.base(rows, columns, photometric, allocated, stored, stored - 1, signed, samples, planar, frames)
        kind = np.dtype(f"{'i' if signed else 'u'}{max(1, allocated // 8)}")
        pictures = [picture(rows, columns, stored, samples, signed, f).astype(kind) for f in range(frames)]
        streams = [encode(p) for p in pictures]
        if layout == "extended":
            ds.PixelData, ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = encapsulate_extended(streams)
        else:
            ds.PixelData = encapsulate(streams, fragments_per_frame=3 if layout.startswith("fragments") else 1,
                                       has_bot=layout in ("bot", "fragments"))
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
        truth = (truth_of or (lambda p: p))(pictures[0]).tobytes() if lossless else None
        return self.save(name, ds, syntax, truth)


def jpeg8(samples, subsampling=None, quality=90, progressive=False):
    def encode(a):
        buffer = io.BytesIO()
        Image.fromarray(a.astype(np.uint8)).save(buffer, "JPEG", quality=quality, progressive=progressive,
                                                 **({"subsampling": subsampling} if samples == 3 else {}))
        return buffer.getvalue()
    return encode


def lossless_jpeg(bits, predictor=1):
    def encode(a):
        unsigned = (a.astype(np.int64) & (2**bits - 1)).astype(np.uint8 if bits <= 8 else np.uint16)
        return imagecodecs.jpeg8_encode(unsigned, lossless=True, bitspersample=bits, predictor=predictor,
                                        colorspace="RGB" if a.ndim == 3 else None,
                                        outcolorspace="RGB" if a.ndim == 3 else None)
    return encode


def jpegls(bits, near=0, interleave=None):
    import jpeg_ls
    def encode(a):
        unsigned = (a.astype(np.int64) & (2**bits - 1)).astype(np.uint8 if bits <= 8 else np.uint16)
        kwargs = {} if a.ndim == 2 else {"interleave_mode": interleave}
        if a.ndim == 3 and interleave == 0:
            unsigned = np.ascontiguousarray(np.moveaxis(unsigned, -1, 0))
        return bytes(jpeg_ls.encode_array(unsigned, lossy_error=near, **kwargs))
    return encode


def htj2k(reversible=True, mct=None):
    def encode(a):
        return bytes(imagecodecs.htj2k_encode(a, level=None if reversible else 0.01, reversible=reversible, rgb=mct))
    return encode


def opj(bits, signed, samples, flags):
    def encode(a):
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            raw, out = Path(folder) / "a.raw", Path(folder) / "a.j2k"
            data = a if samples == 1 else np.moveaxis(a, -1, 0)
            raw.write_bytes(np.ascontiguousarray(data).astype(data.dtype.newbyteorder(">")).tobytes())
            subprocess.run(["opj_compress", "-i", raw, "-o", out, "-F",
                            f"{a.shape[1]},{a.shape[0]},{samples},{bits},{'s' if signed else 'u'}", *flags],
                           check=True, capture_output=True)
            return out.read_bytes()
    return encode


def rle(allocated):
    def encode(a):
        from pydicom.pixels.encoders.native import _encode_segment
        planes = np.moveaxis(a, -1, 0) if a.ndim == 3 else a[None]
        segments = []
        for plane in planes:
            cells = np.ascontiguousarray(plane).view(np.uint8).reshape(-1, a.dtype.itemsize)
            for byte in range(a.dtype.itemsize - 1, -1, -1):
                segments.append(bytes(_encode_segment(cells[:, byte].tobytes(), a.shape[1])))
        offsets, at = [], 64
        for segment in segments:
            offsets.append(at)
            at += len(segment)
        header = np.array([len(segments)] + offsets + [0] * (15 - len(segments)), "<u4").tobytes()
        return header + b"".join(segments)
    return encode


def attempt(what, call):
    try:
        call()
    except Exception as error:  # a combination that a library does not write
        print(f"  not written: {what}: {type(error).__name__}: {str(error)[:100]}", file=sys.stderr)


def write_native(w):
    for tag, syntax in (("imp", IMPLICIT), ("exp", EXPLICIT), ("defl", DEFLATED), ("big", BIG)):
        for allocated, stored, high in ((8, 8, 7), (8, 7, 6), (8, 5, 4), (8, 4, 7), (16, 16, 15), (16, 12, 11),
                                        (16, 12, 15), (16, 10, 12), (16, 8, 7), (16, 9, 8), (16, 1, 0), (32, 32, 31),
                                        (32, 24, 23), (32, 17, 30)):
            for signed in (False, True):
                if signed and stored == 1:
                    continue
                for frames, size in ((1, (33, 18)), (3, (7, 5))):
                    w.native(f"native_{tag}_{allocated}_{stored}_{high}_{'s' if signed else 'u'}_f{frames}", syntax,
                             "MONOCHROME1" if frames == 3 else "MONOCHROME2", allocated, stored, high, signed,
                             frames=frames, size=size)
        w.native(f"native_{tag}_junk", syntax, "MONOCHROME2", 16, 12, 11, False, junk=True)
        w.native(f"native_{tag}_junk_s", syntax, "MONOCHROME2", 16, 12, 11, True, junk=True)
        for size in ((1, 1), (1, 7), (7, 1), (3, 3), (64, 64)):
            w.native(f"native_{tag}_{size[0]}x{size[1]}", syntax, "MONOCHROME2", 8, 8, 7, False, size=size)
            w.native(f"native_{tag}_rgb_{size[0]}x{size[1]}", syntax, "RGB", 8, 8, 7, False, samples=3, size=size)
        for frames, size in ((1, (8, 8)), (1, (5, 7)), (3, (5, 7)), (9, (3, 3))):
            w.native(f"native_{tag}_bit_f{frames}_{size[0]}x{size[1]}", syntax, "MONOCHROME2", 1, 1, 0, False,
                     frames=frames, size=size)
        for photometric in ("RGB", "YBR_FULL"):
            for planar in (0, 1):
                for allocated, stored in ((8, 8), (16, 16), (16, 12), (32, 32)):
                    for frames in (1, 2):
                        w.native(f"native_{tag}_{photometric.lower()}_p{planar}_{allocated}_{stored}_f{frames}", syntax,
                                 photometric, allocated, stored, stored - 1, False, samples=3, planar=planar,
                                 frames=frames, size=(11, 6))
        w.native(f"native_{tag}_padding", syntax, "MONOCHROME2", 16, 16, 15, True,
                 more={"PixelPaddingValue": -2000, "RescaleSlope": "2.5", "RescaleIntercept": "-1024"})
        w.native(f"native_{tag}_rescale", syntax, "MONOCHROME2", 16, 12, 11, False, frames=2,
                 more={"RescaleSlope": "0.1", "RescaleIntercept": "3.25", "PixelSpacing": ["0.5", "0.25"]})
        write_palettes(w, tag, syntax)
        write_tables(w, tag, syntax)
        write_422(w, tag, syntax)
    for tag, syntax in (("imp", IMPLICIT), ("exp", EXPLICIT), ("big", BIG)):
        write_floats(w, tag, syntax)


def words(values, syntax):
    return np.asarray(values, ">u2" if syntax == BIG else "<u2").tobytes()


def write_palettes(w, tag, syntax):
    for bits in (8, 16):
        def more(first=0, count=256):
            entries = {}
            for c, name in enumerate(("Red", "Green", "Blue")):
                values = (np.arange(count) * (c + 1) * (1 if bits == 8 else 200)) % (2**bits)
                entries[f"{name}PaletteColorLookupTableDescriptor"] = [count, first, bits]
                data = words(values, syntax) if bits == 16 else values.astype(np.uint8).tobytes()
                entries[f"{name}PaletteColorLookupTableData"] = data + b"\0" * (len(data) % 2)
            return entries
        w.native(f"palette_{tag}_{bits}", syntax, "PALETTE COLOR", 8, 8, 7, False, more=more())
        w.native(f"palette_{tag}_{bits}_short", syntax, "PALETTE COLOR", 8, 8, 7, False, more=more(100, 50))
        w.native(f"palette_{tag}_{bits}_16", syntax, "PALETTE COLOR", 16, 16, 15, False, more=more(0, 4096))
    segmented = {}
    for c, name in enumerate(("Red", "Green", "Blue")):
        segmented[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        segmented[f"Segmented{name}PaletteColorLookupTableData"] = words(
            [0, 2, 100 * c, 300, 1, 126, 40000 - 1000 * c, 0, 64, *range(64), 1, 64, 65535], syntax)
    w.native(f"palette_{tag}_segmented", syntax, "PALETTE COLOR", 8, 8, 7, False, more=segmented)


def write_tables(w, tag, syntax):
    for signed in (False, True):
        item = Dataset()
        item.add_new(0x00283002, "SS" if signed else "US", [4096, -2048 if signed else 0, 16])
        item.ModalityLUTType = "HU"
        item.add_new(0x00283006, "OW", words((np.arange(4096) * 7) % 65536, syntax))
        w.native(f"modality_table_{tag}_{'s' if signed else 'u'}", syntax, "MONOCHROME2", 16, 12, 11, signed,
                 more={"ModalityLUTSequence": Sequence([item])})


def write_422(w, tag, syntax):
    ds = w.base(9, 8, "YBR_FULL_422", 8, 8, 7, False, 3, 0, 2)
    frames = []
    for f in range(2):
        p = picture(9, 8, 8, 3, False, f).astype(np.uint8)
        pairs = p.reshape(9, 4, 2, 3)
        frames.append(np.stack([pairs[:, :, 0, 0], pairs[:, :, 1, 0], pairs[:, :, 0, 1], pairs[:, :, 0, 2]], -1))
    data = np.concatenate([f.ravel() for f in frames]).tobytes()
    ds.PixelData = data
    ds["PixelData"].VR = "OW" if syntax == IMPLICIT else "OB"
    full = np.repeat(frames[0][:, :, None, 1:], 2, 2)
    full[:, :, 0, 0], full[:, :, 1, 0] = frames[0][..., 0], frames[0][..., 1]
    y = np.stack([frames[0][..., 0], frames[0][..., 1]], -1)
    chroma = np.repeat(frames[0][:, :, None, 2:], 2, 2)
    w.save(f"native_{tag}_ybr422", ds, syntax, np.concatenate([y[..., None], chroma], -1).astype(np.uint8).tobytes())


def write_floats(w, tag, syntax):
    for keyword, kind in (("FloatPixelData", "f4"), ("DoubleFloatPixelData", "f8")):
        ds = w.base(9, 8, "MONOCHROME2", 8 * int(kind[1]), 8 * int(kind[1]), 0, False, 1, 0, 2)
        for unused in ("BitsStored", "HighBit", "PixelRepresentation"):
            delattr(ds, unused)
        values = np.stack([np.sin(picture(9, 8, 12, 1, False, f) / 100.0) * 1e5 for f in range(2)]).astype(kind)
        setattr(ds, keyword, values.astype((">" if syntax == BIG else "<") + kind).tobytes())
        w.save(f"{keyword.lower()}_{tag}", ds, syntax, values[0].tobytes())


def write_rle(w):
    for allocated, stored in ((8, 8), (8, 6), (16, 16), (16, 12), (32, 32)):
        for signed in (False, True):
            for frames, layout in ((1, "bot"), (3, "bot"), (3, "nobot"), (3, "extended"), (1, "fragmentsx")):
                attempt("rle", lambda: w.encoded(
                    f"rle_{allocated}_{stored}_{'s' if signed else 'u'}_f{frames}_{layout}", RLE, "MONOCHROME2",
                    allocated, stored, signed, 1, frames, rle(allocated), layout=layout))
    for photometric in ("RGB", "YBR_FULL"):
        for allocated in (8, 16, 32):
            for planar in (0, 1):
                attempt("rle colour", lambda: w.encoded(
                    f"rle_{photometric.lower()}_{allocated}_p{planar}", RLE, photometric, allocated, allocated, False, 3,
                    2, rle(allocated), planar=planar, size=(7, 5)))
    for size in ((1, 1), (1, 300), (300, 1)):
        w.encoded(f"rle_{size[0]}x{size[1]}", RLE, "MONOCHROME2", 8, 8, False, 1, 1, rle(8), size=size)


def write_jpeg(w):
    for frames, layout in ((1, "bot"), (3, "bot"), (3, "nobot"), (3, "fragments"), (3, "fragmentsx"), (3, "extended")):
        w.encoded(f"jpeg_gray_f{frames}_{layout}", BASELINE, "MONOCHROME2", 8, 8, False, 1, frames, jpeg8(1),
                  lossless=False, layout=layout)
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        for photometric in ("YBR_FULL_422", "YBR_FULL"):
            w.encoded(f"jpeg_{photometric.lower()}_{name}", BASELINE, photometric, 8, 8, False, 3, 2,
                      jpeg8(3, subsampling), lossless=False)
    w.encoded("jpeg_16_8", BASELINE, "MONOCHROME2", 16, 8, False, 1, 1, jpeg8(1), lossless=False)
    w.encoded("jpeg_mono1", EXTENDED, "MONOCHROME1", 8, 8, False, 1, 1, jpeg8(1), lossless=False)
    attempt("jpeg rgb", lambda: w.encoded(
        "jpeg_rgb", BASELINE, "RGB", 8, 8, False, 3, 1,
        lambda a: imagecodecs.jpeg8_encode(a, level=90, colorspace="RGB", outcolorspace="RGB"), lossless=False))
    for bits in (9, 10, 12):
        attempt("jpeg 12 bits", lambda: w.encoded(
            f"jpeg_extended_{bits}", EXTENDED, "MONOCHROME2", 16, bits, False, 1, 2,
            lambda a: imagecodecs.jpeg8_encode(a.astype(np.uint16), level=95, bitspersample=12), lossless=False))
    for syntax, tag, predictors in ((SV1, "sv1", (1,)), (LOSSLESS, "p14", range(1, 8))):
        for predictor in predictors:
            for allocated, stored in ((8, 8), (8, 7), (8, 5), (16, 16), (16, 15), (16, 12), (16, 10), (16, 9), (16, 8)):
                for signed in (False, True):
                    attempt(f"lossless {stored}", lambda: w.encoded(
                        f"lossless_{tag}_{predictor}_{allocated}_{stored}_{'s' if signed else 'u'}", syntax,
                        "MONOCHROME2", allocated, stored, signed, 1, 2, lossless_jpeg(stored, predictor)))
            attempt("lossless rgb", lambda: w.encoded(f"lossless_{tag}_{predictor}_rgb", syntax, "RGB", 8, 8, False, 3,
                                                      2, lossless_jpeg(8, predictor)))
    for size in ((1, 1), (1, 9), (9, 1), (64, 64)):
        attempt("lossless size", lambda: w.encoded(f"lossless_{size[0]}x{size[1]}", SV1, "MONOCHROME2", 16, 16, False, 1,
                                                   1, lossless_jpeg(16), size=size))


def write_jpegls(w):
    for stored in (2, 4, 6, 7, 8, 9, 10, 12, 15, 16):
        for signed in (False, True):
            allocated = 8 if stored <= 8 else 16
            attempt(f"jls {stored}", lambda: w.encoded(
                f"jls_{allocated}_{stored}_{'s' if signed else 'u'}", JLS, "MONOCHROME2", allocated, stored, signed, 1, 2,
                jpegls(stored)))
            if not signed:
                attempt("near", lambda: w.encoded(f"jls_near_{allocated}_{stored}", JLS_NEAR, "MONOCHROME2", allocated,
                                                  stored, False, 1, 1, jpegls(stored, near=1 if stored == 2 else 2), lossless=False))
    w.encoded("jls_16_8", JLS, "MONOCHROME2", 16, 8, False, 1, 1, jpegls(8))
    for interleave in (0, 1, 2):
        for photometric in ("RGB", "YBR_FULL"):
            for allocated in (8, 16):
                attempt("jls colour", lambda: w.encoded(
                    f"jls_{photometric.lower()}_{allocated}_ilv{interleave}", JLS, photometric, allocated, allocated,
                    False, 3, 2, jpegls(allocated, interleave=interleave)))
        attempt("near colour", lambda: w.encoded(f"jls_near_rgb_ilv{interleave}", JLS_NEAR, "RGB", 8, 8, False, 3, 1,
                                                 jpegls(8, near=3, interleave=interleave), lossless=False))
    for layout in ("nobot", "fragments", "fragmentsx", "extended"):
        w.encoded(f"jls_{layout}", JLS, "MONOCHROME2", 8, 8, False, 1, 3, jpegls(8), layout=layout)
    for size in ((1, 1), (1, 9), (9, 1)):
        attempt("jls size", lambda: w.encoded(f"jls_{size[0]}x{size[1]}", JLS, "MONOCHROME2", 16, 16, False, 1, 1,
                                              jpegls(16), size=size))


def write_jpeg2000(w):
    for stored in (1, 4, 8, 9, 10, 12, 13, 16):
        for signed in (False, True):
            if signed and stored == 1:
                continue
            allocated = 8 if stored <= 8 else 16
            name = f"{allocated}_{stored}_{'s' if signed else 'u'}"
            attempt("j2k", lambda: w.encoded(f"j2k_{name}", J2K, "MONOCHROME2", allocated, stored, signed, 1, 2,
                                             opj(stored, signed, 1, ["-n", "3"])))
            attempt("j2k lossy", lambda: w.encoded(f"j2k_lossy_{name}", J2K_LOSSY, "MONOCHROME2", allocated, stored,
                                                   signed, 1, 1, opj(stored, signed, 1, ["-n", "3", "-I", "-r", "4"]),
                                                   lossless=False))
            attempt("htj2k", lambda: w.encoded(f"htj2k_{name}", HT, "MONOCHROME2", allocated, stored, signed, 1, 2,
                                               htj2k()))
            attempt("htj2k lossy", lambda: w.encoded(f"htj2k_lossy_{name}", HT_LOSSY, "MONOCHROME2", allocated, stored,
                                                     signed, 1, 1, htj2k(reversible=False),
                                                     lossless=False))
    for tag, flags in (("rct", ["-mct", "1"]), ("nomct", ["-mct", "0"]), ("tiles", ["-t", "16,16", "-mct", "1"]),
                       ("layers", ["-r", "20,10,1"]), ("rpcl", ["-p", "RPCL"])):
        photometric = "RGB" if tag == "nomct" else "YBR_RCT"
        for allocated in (8, 16):
            attempt("j2k colour", lambda: w.encoded(f"j2k_{tag}_{allocated}", J2K, photometric, allocated, allocated,
                                                    False, 3, 2, opj(allocated, False, 3, ["-n", "3", *flags])))
    attempt("j2k ybr", lambda: w.encoded("j2k_ybr_full", J2K, "YBR_FULL", 8, 8, False, 3, 1,
                                         opj(8, False, 3, ["-n", "3", "-mct", "0"])))
    attempt("j2k ict", lambda: w.encoded("j2k_ict", J2K_LOSSY, "YBR_ICT", 8, 8, False, 3, 1,
                                         opj(8, False, 3, ["-n", "3", "-I", "-r", "5", "-mct", "1"]), lossless=False))
    attempt("ht rgb", lambda: w.encoded("htj2k_rgb", HT_RPCL, "YBR_RCT", 8, 8, False, 3, 2, htj2k()))
    attempt("ht rgb", lambda: w.encoded("htj2k_rgb_nomct", HT, "RGB", 8, 8, False, 3, 2, htj2k(mct=False)))
    for layout in ("nobot", "fragments", "extended"):
        attempt("j2k layout", lambda: w.encoded(f"j2k_{layout}", J2K, "MONOCHROME2", 8, 8, False, 1, 3,
                                                opj(8, False, 1, ["-n", "2"]), layout=layout))


def write_dcmtk(w):
    """The encoders of DCMTK over some of the native files."""
    if shutil.which("dcmcjpeg") is None:
        return print("  DCMTK's tools are not installed", file=sys.stderr)
    gray = ("native_exp_8_8_7_u_f3", "native_exp_16_12_11_u_f1", "native_exp_16_16_15_s_f3", "native_exp_16_16_15_u_f1",
            "native_exp_16_10_12_u_f1", "native_exp_16_12_11_s_f1")
    colour = ("native_exp_rgb_p0_8_8_f2", "native_exp_rgb_p1_8_8_f1", "native_exp_ybr_full_p0_8_8_f1",
              "native_exp_rgb_64x64")
    runs = []
    for name in gray:
        runs += [("dcmcjpeg", name, flags) for flags in (["+e1"], ["+el", "+sv", "4"], ["+ee"], ["+eb"])]
        runs += [("dcmcjpls", name, ["+el"]), ("dcmcjpls", name, ["+en", "+md", "3"]), ("dcmcrle", name, [])]
    for name in colour:
        runs += [("dcmcjpeg", name, flags) for flags in (["+eb", "+n4"], ["+eb", "+n2"], ["+eb", "+cr"], ["+e1", "+cr"],
                                                         ["+ee"])]
        runs += [("dcmcjpls", name, ["+el"]), ("dcmcrle", name, [])]
    for tool, name, flags in runs:
        source = w.out / f"{name}.dcm"
        path = w.out / f"{tool}_{name}_{''.join(f.strip('+') for f in flags)}.dcm"
        if not source.exists():
            continue
        ran = subprocess.run([tool, *flags, source, path], capture_output=True, text=True)
        if ran.returncode != 0:
            path.unlink(missing_ok=True)
            print(f"  not written: {tool} {' '.join(flags)} {name}", file=sys.stderr)
        elif tool == "dcmcrle" or flags[0] in ("+e1", "+el"):
            w.truth[path.name] = w.truth[source.name]


def main():
    w = Writer(sys.argv[1])
    write_native(w)
    for part in (write_rle, write_jpeg, write_jpegls, write_jpeg2000, write_dcmtk):
        part(w)
    (w.out / "truth.json").write_text(json.dumps(w.truth, indent=0))
    print(f"{len(list(w.out.glob('*.dcm')))} files, {len(w.truth)} of them with known values")


if __name__ == "__main__":
    main()
