"""The picture that golden values are made from; MakePicture() in src/image/testing.h draws the same one."""
import numpy as np


def make_picture(width, height):
    """RGB, all 256 levels, smooth in places and harsh in others."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((3 * x * x + 5 * y * y + 7 * (c + 1) * x * y) // 16 + 50 * c).astype(np.int64).astype(np.uint8)
