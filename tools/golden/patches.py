"""Makes tests/cases/image-patches/golden.json: what transformers' Qwen2-VL image processor (PIL backend) gives.

    python tools/golden/patches.py > tests/cases/image-patches/golden.json
"""
import hashlib
import json
import random

import numpy as np
import transformers
from PIL import Image
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil, smart_resize

from picture import make_picture

patches = []
for width, height, min_pixels, max_pixels in [(56, 56, 3136, 12845056), (100, 75, 3136, 12845056), (300, 200, 3136, 50176),
                                              (10, 30, 3136, 12845056), (1, 1, 3136, 12845056), (64, 300, 100352, 200704)]:
    processor = Qwen2VLImageProcessorPil(min_pixels=min_pixels, max_pixels=max_pixels)
    out = processor([Image.fromarray(make_picture(width, height))], return_tensors="np")
    values = np.ascontiguousarray(out["pixel_values"], dtype="<f4")
    patches.append({"from": [width, height], "min_pixels": min_pixels, "max_pixels": max_pixels,
                    "grid_thw": out["image_grid_thw"][0].tolist(), "sha256": hashlib.sha256(values.tobytes()).hexdigest(),
                    "first": [float(v) for v in values[0, :4]], "last": [float(v) for v in values[-1, -4:]]})

sizes = []
draw = random.Random(7)
for _ in range(60):
    height, width = draw.randint(1, 3000), draw.randint(1, 3000)
    factor = draw.choice([28, 32])
    low, high = draw.choice([(3136, 12845056), (3136, 1003520), (200704, 401408), (12544, 50176)])
    try:
        sizes.append([height, width, factor, low, high, *smart_resize(height, width, factor, low, high)])
    except ValueError:
        sizes.append([height, width, factor, low, high, 0, 0])
for height, width in [(42, 70), (14, 14), (98, 126), (1, 200), (1, 201), (16384, 82), (13, 2600)]:
    try:
        sizes.append([height, width, 28, 3136, 12845056, *smart_resize(height, width, 28, 3136, 12845056)])
    except ValueError:
        sizes.append([height, width, 28, 3136, 12845056, 0, 0])

lines = [f'{{"transformers": "{transformers.__version__}",', '"patches": [']
lines.append(",\n".join("  " + json.dumps(row) for row in patches))
lines.append('],\n"columns of smart_resize": "height, width, factor, min_pixels, max_pixels, resized height, resized width; 0 is an error",')
lines.append('"smart_resize": [')
lines.append(",\n".join("  " + json.dumps(row) for row in sizes))
lines.append("]}")
print("\n".join(lines))
