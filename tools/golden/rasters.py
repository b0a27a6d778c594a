"""Makes tests/cases/image-rasters/golden.json: small files of everyday formats, and their pixels as Pillow reads them.

    python tools/golden/rasters.py > tests/cases/image-rasters/golden.json

Where Pillow and raster.h differ by intent, raster.h's rule is applied here: alpha on white, the high byte of 16 bits.
"""
import base64
import hashlib
import io
import json

import numpy as np
import PIL
from PIL import Image, ImageOps

from picture import make_picture

WIDTH, HEIGHT = 21, 13
rgb = Image.fromarray(make_picture(WIDTH, HEIGHT))
gray = rgb.convert("L")
smooth = Image.fromarray((np.add.outer(np.arange(HEIGHT) * 9, np.arange(WIDTH) * 5)[..., None] + [0, 40, 80]).clip(0, 255).astype(np.uint8))
alpha = Image.fromarray((np.add.outer(np.arange(HEIGHT), np.arange(WIDTH)) * 8 % 256).astype(np.uint8))
rgba = rgb.copy()
rgba.putalpha(alpha)
gray_alpha = gray.copy()
gray_alpha.putalpha(alpha)
deep = Image.fromarray(np.asarray(gray).astype(np.uint16) * 251 + 3)
palette = rgb.quantize(16)
cmyk = rgb.convert("CMYK")


def expected(data, frame):
    picture = Image.open(io.BytesIO(data))
    if frame:
        picture.seek(frame)
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I;16"):
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGB", picture.size, (255, 255, 255))
        white.paste(picture, mask=picture.getchannel("A"))
        return white
    return picture.convert("RGB")


cases = []


def add(name, picture, format, frame=0, **options):
    out = io.BytesIO()
    picture.save(out, format, **options)
    data = out.getvalue()
    pixels = expected(data, frame)
    case = {"name": name, "size": list(pixels.size), "sha256": hashlib.sha256(pixels.tobytes()).hexdigest(),
            "base64": base64.b64encode(data).decode()}
    if frame:
        case["frame"] = frame
    cases.append(case)


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


add("jpeg gray", gray, "JPEG")
add("jpeg 4:2:0", smooth, "JPEG", subsampling=2)
add("jpeg 4:2:2", smooth, "JPEG", subsampling=1)
add("jpeg 4:4:4", rgb, "JPEG", subsampling=0, quality=95)
add("jpeg progressive", rgb, "JPEG", progressive=True)
add("jpeg cmyk", cmyk, "JPEG")
add("jpeg restart markers", rgb, "JPEG", restart_marker_rows=1)
for orientation in range(1, 9):
    add(f"jpeg exif {orientation}", smooth, "JPEG", exif=exif(orientation), quality=60)
add("png rgb", rgb, "PNG")
add("png gray", gray, "PNG")
add("png one bit", gray.convert("1"), "PNG")
add("png four bits", palette, "PNG", bits=4)
add("png palette", rgb.quantize(200), "PNG")
add("png palette with transparency", palette, "PNG", transparency=3)
add("png gray with transparency", gray, "PNG", transparency=int(np.asarray(gray)[2, 2]))
add("png rgb with transparency", rgb, "PNG", transparency=tuple(int(v) for v in np.asarray(rgb)[3, 3]))
add("png rgba", rgba, "PNG")
add("png gray alpha", gray_alpha, "PNG")
add("png 16 bits", deep, "PNG")
add("png exif 6", rgb, "PNG", exif=exif(6))
add("webp lossless", rgb, "WEBP", lossless=True)
add("webp lossless alpha", rgba, "WEBP", lossless=True, exact=True)
add("webp lossy", smooth, "WEBP", quality=70)
add("webp exif 8", rgb, "WEBP", lossless=True, exif=exif(8))
add("tiff gray", gray, "TIFF")
add("tiff rgb", rgb, "TIFF")
add("tiff rgb lzw", rgb, "TIFF", compression="tiff_lzw")
add("tiff rgb deflate", rgb, "TIFF", compression="tiff_adobe_deflate")
add("tiff packbits", gray, "TIFF", compression="packbits")
add("tiff 16 bits", deep, "TIFF")
add("tiff palette", palette, "TIFF")
add("tiff one bit", gray.convert("1"), "TIFF")
add("tiff fax", gray.convert("1"), "TIFF", compression="group4")
add("tiff second page", rgb, "TIFF", frame=1, save_all=True, append_images=[gray])
add("gif palette", palette, "GIF")
add("gif many colours", rgb.quantize(256), "GIF", interlace=0)
add("gif interlaced", palette, "GIF", interlace=1)
add("gif transparent", palette, "GIF", transparency=2)
add("bmp 24 bits", rgb, "BMP")
add("bmp 8 bits", gray, "BMP")
add("bmp palette", palette, "BMP")
add("bmp one bit", gray.convert("1"), "BMP")

rows = ",\n  ".join(json.dumps(case) for case in cases)
print(f'{{"pillow": "{PIL.__version__}", "cases": [\n  {rows}\n]}}')
