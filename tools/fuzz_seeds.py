#!/usr/bin/env python3
"""Seeds of the fuzzers, one folder a target: small files of every kind that the readers know.
   fuzz_seeds.py FOLDER      pictures come from tests/cases/image-rasters, the rest is written here"""
import base64, gzip, json, pathlib, struct, sys, zlib


def element(tag, vr, value, explicit=True):
    if len(value) % 2:
        value += b"\0" if vr in (b"UI", b"OB") else b" "
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if not explicit:
        return head + struct.pack("<I", len(value)) + value
    if vr in (b"OB", b"OW", b"SQ", b"UN", b"UT"):
        return head + vr + struct.pack("<HI", 0, len(value)) + value
    return head + vr + struct.pack("<H", len(value)) + value


def dicom(syntax=b"1.2.840.10008.1.2.1", bits=16, samples=1, photometric=b"MONOCHROME2", pixels=None, extra=b"", fragments=None,
          explicit=True, late=b""):
    us = lambda tag, *v: element(tag, b"US", struct.pack("<%dH" % len(v), *v), explicit)
    body = element(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.7", explicit) + element(0x00080018, b"UI", b"1.2.3", explicit)
    body += element(0x00080060, b"CS", b"CT", explicit) + element(0x00100010, b"PN", b"A^B", explicit)
    body += element(0x0020000D, b"UI", b"1.2.3.4", explicit) + us(0x00280002, samples) + element(0x00280004, b"CS", photometric, explicit)
    if samples > 1:
        body += us(0x00280006, 0)
    body += us(0x00280010, 4) + us(0x00280011, 4) + us(0x00280100, bits) + us(0x00280101, bits) + us(0x00280102, bits - 1) + us(0x00280103, 0)
    body += extra
    if fragments is not None:
        body += struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFFF)
        for f in [b""] + fragments:
            f += b"\0" * (len(f) % 2)
            body += struct.pack("<HHI", 0xFFFE, 0xE000, len(f)) + f
        body += struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    else:
        body += element(0x7FE00010, b"OW", pixels or bytes(range(16)) * (bits // 8) * samples, explicit)
    body += late
    if syntax == b"1.2.840.10008.1.2.1.99":
        c = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = c.compress(body) + c.flush()
    return b"\0" * 128 + b"DICM" + element(0x00020010, b"UI", syntax) + body


def nifti(datatype=4, bits=16, voxels=b"\1\0" * 24):
    h = bytearray(352)
    struct.pack_into("<i", h, 0, 348)
    struct.pack_into("<8h", h, 40, 3, 2, 3, 4, 1, 1, 1, 1)
    struct.pack_into("<hh", h, 70, datatype, bits)
    struct.pack_into("<8f", h, 76, 1, 1, 2, 3, 0, 0, 0, 0)
    struct.pack_into("<fff", h, 108, 352, 1, 0)
    struct.pack_into("<hh", h, 252, 1, 1)
    struct.pack_into("<12f", h, 280, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)
    h[344:348] = b"n+1\0"
    return bytes(h) + voxels


def mgh():
    h = bytearray(284)
    struct.pack_into(">7i", h, 0, 1, 2, 3, 4, 1, 4, 0)
    struct.pack_into(">h", h, 28, 1)
    struct.pack_into(">15f", h, 30, 1, 1, 1, -1, 0, 0, 0, 0, -1, 0, 1, 0, 0, 0, 0)
    return bytes(h) + b"\0\1" * 24


def main():
    out = pathlib.Path(sys.argv[1])
    count = {}

    def put(target, data):
        folder = out / target
        folder.mkdir(parents=True, exist_ok=True)
        count[target] = count.get(target, 0) + 1
        (folder / f"seed{count[target]:03}").write_bytes(data)

    jpeg = []
    for case in json.load(open("tests/cases/image-rasters/golden.json"))["cases"]:
        data = base64.b64decode(case["base64"])
        target = case["name"].split(" ")[0]
        put(target, data)
        if target == "jpeg":
            jpeg.append(data)
    lut = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + element(0x00283002, b"US", struct.pack("<3H", 2, 0, 16)) + \
        element(0x00283006, b"OW", b"\1\0\2\0") + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
    palette = b"".join(element(0x00281101 + i, b"US", struct.pack("<3H", 2, 0, 16)) for i in range(3)) + \
        b"".join(element(0x00281201 + i, b"OW", b"\1\0\2\0") for i in range(3))
    rle = struct.pack("<16I", 1, 64, *[0] * 14) + b"\x0f" + bytes(range(16))
    files = [dicom(), dicom(bits=8), dicom(samples=3, bits=8, photometric=b"RGB"), dicom(b"1.2.840.10008.1.2", explicit=False),
             dicom(b"1.2.840.10008.1.2.1.99"), dicom(extra=element(0x00281050, b"DS", b"4") + element(0x00281051, b"DS", b"8")),
             dicom(extra=element(0x00283000, b"SQ", lut)), dicom(bits=8, photometric=b"PALETTE COLOR", extra=palette),
             dicom(b"1.2.840.10008.1.2.5", bits=8, fragments=[rle]),
             dicom(late=element(0x60000010, b"US", b"\4\0") + element(0x60003000, b"OW", b"\0\0")),
             dicom(extra=element(0x00282000, b"OB", b"\0" * 36 + b"acsp" + b"\0" * 92))]
    files += [dicom(b"1.2.840.10008.1.2.4.50", bits=8, samples=3, photometric=b"YBR_FULL_422", fragments=[j]) for j in jpeg[:4]]
    files += [dicom(b"1.2.840.10008.1.2.4.%d" % n, bits=8, fragments=[jpeg[0]]) for n in (51, 57, 70, 80, 81, 90, 91)]
    for f in files:
        put("dicom", f)
        put("deidentify", f)
    put("nifti", nifti())
    put("nifti", gzip.compress(nifti(), 9))
    put("nifti", nifti(16, 32, b"\0\0\x80\x3f" * 24))
    put("mgh", mgh())
    put("mgh", gzip.compress(mgh(), 9))
    head = b"NRRD0004\ntype: short\ndimension: 3\nsizes: 2 3 4\nspace: RAS\nspace directions: (1,0,0) (0,2,0) (0,0,3)\nendian: little\n"
    put("nrrd", head + b"encoding: raw\n\n" + b"\1\0" * 24)
    put("nrrd", head + b"encoding: gzip\n\n" + gzip.compress(b"\1\0" * 24))
    put("nrrd", head + b"encoding: ascii\n\n" + b"1 " * 24)
    meta = b"ObjectType = Image\nNDims = 3\nDimSize = 2 3 4\nElementSpacing = 1 2 3\nElementType = MET_SHORT\n"
    put("metaimage", meta + b"ElementDataFile = LOCAL\n" + b"\1\0" * 24)
    put("metaimage", meta + b"CompressedData = True\nElementDataFile = LOCAL\n" + zlib.compress(b"\1\0" * 24))
    put("safetensors", struct.pack("<Q", 56) + b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  ' + b"\0" * 8)
    put("gguf", b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q", 3) + b"a.b" + struct.pack("<II", 4, 7) +
        struct.pack("<Q", 1) + b"w" + struct.pack("<IQIQ", 1, 8, 0, 0) + b"\0" * 64)
    put("jinja", b"{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m.content | trim }}{% if loop.last %}!{% endif %}{% endfor %}")
    put("tokenizer", b'{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]},"added_tokens":[]}')
    print(json.dumps(count))


main()
