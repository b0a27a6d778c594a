#!/usr/bin/env python3
"""Writes pictures and volumes in every form that Pillow, tifffile, nibabel, pynrrd and SimpleITK can write, for check.py.

  python tools/imaging/variants_pictures.py OUT
"""
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image


def waves(height, width, channels, dtype=np.uint8, seed=0):
    y, x = np.mgrid[0:height, 0:width].astype(float)
    top = np.iinfo(dtype).max
    planes = [np.clip((0.5 + 0.45 * np.sin(x * (c + 1) / 7 + seed) * np.cos(y / (5 + c))) * top, 0, top)
              for c in range(channels)]
    return np.stack(planes, -1).astype(dtype) if channels > 1 else planes[0].astype(dtype)


def attempt(what, call):
    try:
        call()
    except Exception as error:
        print(f"  not written: {what}: {type(error).__name__}: {str(error)[:90]}", file=sys.stderr)


def pictures(out):
    rgb, gray, rgba = (Image.fromarray(waves(37, 53, n)) for n in (3, 1, 4))
    la, cmyk, palette = rgba.convert("LA"), rgb.convert("CMYK"), rgb.quantize(17)
    bit, deep = gray.convert("1"), Image.fromarray(waves(37, 53, 1, np.uint16))
    ybr = rgb.convert("YCbCr")
    for name, picture in (("rgb", rgb), ("gray", gray), ("cmyk", cmyk)):
        for quality in (50, 95):
            for progressive in (False, True):
                picture.save(out / f"jpeg_{name}_{quality}_{int(progressive)}.jpg", quality=quality, progressive=progressive)
    for subsampling in (0, 1, 2):
        rgb.save(out / f"jpeg_sub{subsampling}.jpg", subsampling=subsampling)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        rgb.save(out / f"jpeg_exif{orientation}.jpg", exif=exif, quality=92)
        rgb.save(out / f"png_exif{orientation}.png", exif=exif)
        rgb.save(out / f"webp_exif{orientation}.webp", exif=exif, lossless=True)
    for name, picture in (("rgb", rgb), ("rgba", rgba), ("gray", gray), ("la", la), ("palette", palette), ("bit", bit),
                          ("deep", deep)):
        picture.save(out / f"png_{name}.png")
    palette.save(out / "png_palette_trns.png", transparency=3)
    palette.save(out / "png_palette_alpha.png", transparency=bytes(range(0, 255, 15)))
    gray.save(out / "png_gray_trns.png", transparency=120)
    rgb.save(out / "png_rgb_trns.png", transparency=rgb.getpixel((0, 0)))
    for colours in (2, 4, 16):
        rgb.quantize(colours).save(out / f"png_palette{colours}.png", bits={2: 1, 4: 2, 16: 4}[colours])
    for name, picture in (("rgb", rgb), ("rgba", rgba)):
        picture.save(out / f"webp_{name}_lossy.webp", quality=80)
        picture.save(out / f"webp_{name}_lossless.webp", lossless=True)
        picture.save(out / f"webp_{name}_animated.webp", save_all=True, append_images=[picture.rotate(90)], lossless=True)
    palette.save(out / "gif.gif")
    palette.save(out / "gif_trns.gif", transparency=2)
    palette.save(out / "gif_animated.gif", save_all=True, append_images=[palette.rotate(180)], duration=50, loop=0)
    gray.save(out / "gif_gray.gif")
    rgb.save(out / "gif_interlaced.gif", interlace=1)
    for name, picture in (("rgb", rgb), ("gray", gray), ("palette", palette), ("bit", bit), ("rgba", rgba)):
        attempt("bmp", lambda: picture.save(out / f"bmp_{name}.bmp"))
    for name, picture in (("rgb", rgb), ("gray", gray), ("palette", palette), ("bit", bit), ("rgba", rgba), ("la", la),
                          ("cmyk", cmyk), ("deep", deep), ("ybr", ybr)):
        for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4", "zstd", "lzma", "webp"):
            attempt(f"tiff {name} {compression}",
                    lambda: picture.save(out / f"tiff_{name}_{compression}.tif", compression=compression))
    rgb.save(out / "tiff_pages.tif", save_all=True, append_images=[rgb.rotate(180)])
    import tifffile
    for name, array in (("rgb", waves(70, 90, 3)), ("gray", waves(70, 90, 1)), ("deep", waves(70, 90, 1, np.uint16)),
                        ("deeprgb", waves(70, 90, 3, np.uint16))):
        photometric = "rgb" if array.ndim == 3 else "minisblack"
        for tile in (None, (32, 32)):
            for big in (False, True):
                for order in "<>":
                    tifffile.imwrite(out / f"tifffile_{name}_{'tile' if tile else 'strip'}_{int(big)}_{'le' if order == '<' else 'be'}.tif",
                                     array, tile=tile, bigtiff=big, byteorder=order, photometric=photometric,
                                     compression="zlib" if big else None)
        if array.ndim == 3:
            tifffile.imwrite(out / f"tifffile_{name}_planar.tif", np.moveaxis(array, -1, 0), photometric="rgb",
                             planarconfig="separate")
            tifffile.imwrite(out / f"tifffile_{name}_planar_tile.tif", np.moveaxis(array, -1, 0), photometric="rgb",
                             planarconfig="separate", tile=(32, 32))
    tifffile.imwrite(out / "tifffile_white.tif", waves(30, 40, 1), photometric="miniswhite")
    tifffile.imwrite(out / "tifffile_float.tif", waves(30, 40, 1).astype(np.float32) / 255, photometric="minisblack")
    tifffile.imwrite(out / "tifffile_predictor.tif", waves(30, 40, 3), photometric="rgb", compression="zlib", predictor=True)


def volumes(out):
    import nibabel
    import nrrd
    import SimpleITK as sitk
    rng = np.random.default_rng(3)
    angle = 0.3
    affine = np.array([[-0.9 * np.cos(angle), 0.2, 0.1, 10], [0.1, 1.1, np.sin(angle), -20], [0, -0.3, 2.5, 30], [0, 0, 0, 1.0]])
    for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"):
        data = (rng.normal(0, 1, (7, 5, 4)) * 50 + (100 if kind[0] == "u" else 0)).clip(0 if kind[0] == "u" else -120, 120)
        data = data.astype(kind)
        for version, make in ((1, nibabel.Nifti1Image), (2, nibabel.Nifti2Image)):
            for order in "<>":
                header = make.header_class(endianness=order)
                header.set_data_dtype(np.dtype(kind))
                picture = make(data, affine, header)
                for suffix in ("nii", "nii.gz"):
                    attempt("nifti", lambda: nibabel.save(
                        picture, out / f"nifti{version}_{kind}_{'le' if order == '<' else 'be'}.{suffix}"))
    data = rng.integers(-1000, 1000, (6, 5, 4, 3)).astype(np.int16)
    scaled = nibabel.Nifti1Image(data, affine)
    scaled.header.set_slope_inter(2.5, -100)
    nibabel.save(scaled, out / "nifti_scaled_4d.nii.gz")
    for code in (0, 1, 2):
        picture = nibabel.Nifti1Image(data[..., 0], affine)
        picture.set_sform(None if code != 1 else affine, code=0 if code != 1 else 1)
        picture.set_qform(None if code == 0 else np.diag([-2, 3, 4, 1.0]), code=0 if code == 0 else 1)
        nibabel.save(picture, out / f"nifti_form{code}.nii")
    nibabel.save(nibabel.Nifti1Pair(data[..., 0], affine), out / "pair.img")
    nibabel.save(nibabel.MGHImage(data[..., 0].astype(np.int32), affine), out / "volume.mgz")
    for kind in ("u1", "i2", "u2", "i4", "f4", "f8"):
        array = (rng.normal(0, 1, (7, 5, 4)) * 50 + 100).clip(0, 200).astype(kind)
        header = {"space": "left-posterior-superior", "space directions": np.diag([0.5, 0.7, 2]), "space origin": [1, 2, 3]}
        for encoding in ("raw", "gzip", "bzip2", "ascii"):
            attempt("nrrd", lambda: nrrd.write(str(out / f"nrrd_{kind}_{encoding}.nrrd"), array, {**header, "encoding": encoding}))
        attempt("nhdr", lambda: nrrd.write(str(out / f"nhdr_{kind}.nhdr"), array, {**header, "encoding": "gzip"},
                                           detached_header=True))
        nrrd.write(str(out / f"nrrd_{kind}_ras.nrrd"), array, {**header, "space": "RAS", "encoding": "gzip"})
        nrrd.write(str(out / f"nrrd_{kind}_plain.nrrd"), array, {"encoding": "raw", "spacings": [1, 2, 3]})
        picture = sitk.GetImageFromArray(np.ascontiguousarray(array.T))
        picture.SetSpacing((0.5, 0.7, 2))
        picture.SetOrigin((1, 2, 3))
        picture.SetDirection((0, 1, 0, -1, 0, 0, 0, 0, 1))
        for suffix in ("mha", "mhd", "nrrd", "nii.gz"):
            for compress in (False, True):
                sitk.WriteImage(picture, str(out / f"sitk_{kind}_{int(compress)}.{suffix}"), useCompression=compress)


def main():
    out = Path(sys.argv[1])
    (out / "pictures").mkdir(parents=True, exist_ok=True)
    (out / "volumes").mkdir(parents=True, exist_ok=True)
    pictures(out / "pictures")
    volumes(out / "volumes")
    print(len([p for p in out.rglob("*") if p.is_file()]), "files")


if __name__ == "__main__":
    main()
