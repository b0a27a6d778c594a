"""Makes tests/cases/image-resize/golden.json: SHA-256 of pictures resized by Pillow.

    python tools/golden/resize.py > tests/cases/image-resize/golden.json
"""
import hashlib
import json

import PIL
from PIL import Image

from picture import make_picture

FILTERS = {"bicubic": Image.BICUBIC, "bilinear": Image.BILINEAR, "lanczos": Image.LANCZOS, "box": Image.BOX}
SIZES = [(64, 48, 28, 28), (64, 48, 200, 111), (101, 67, 101, 30), (101, 67, 30, 67), (1, 1, 28, 56), (500, 3, 28, 28),
         (33, 17, 33, 17), (257, 300, 252, 308), (640, 427, 644, 420), (1000, 20, 7, 7)]

cases = []
for width, height, new_width, new_height in SIZES:
    for name, filter in FILTERS.items():
        picture = Image.fromarray(make_picture(width, height)).resize((new_width, new_height), filter)
        cases.append({"from": [width, height], "to": [new_width, new_height], "filter": name,
                      "sha256": hashlib.sha256(picture.tobytes()).hexdigest()})
rows = ",\n  ".join(json.dumps(case) for case in cases)
print(f'{{"pillow": "{PIL.__version__}", "cases": [\n  {rows}\n]}}')
