"""Makes tests/cases/image-resize/torchvision.json: SHA-256 of pictures resized as torchvision's resize does on 8-bit tensors, which
is torch.nn.functional.interpolate with antialias, and the patches of transformers' fast image and video processors.

    python tools/golden/fast_processor.py [--check] > tests/cases/image-resize/torchvision.json

Needs torch; with torchvision installed --check also holds the formula of the patches against transformers' own classes.
"""
import hashlib
import json
import sys

import numpy as np
import torch

from picture import make_picture

SIZES = [(64, 48, 28, 28), (64, 48, 200, 111), (101, 67, 101, 30), (101, 67, 30, 67), (1, 1, 28, 56), (500, 3, 28, 28), (33, 17, 33, 17),
         (257, 300, 252, 308), (640, 427, 644, 420), (1000, 20, 7, 7)] + [
    (17 + 37 * i % 211, 5 + 53 * i % 173, 28 * (1 + i % 5), 28 * (1 + i % 3)) for i in range(24)]
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


def resize(picture: np.ndarray, width: int, height: int) -> torch.Tensor:
    planes = torch.from_numpy(picture).permute(2, 0, 1).contiguous()[None]
    if planes.shape[-2:] == (height, width):
        return planes[0]
    return torch.nn.functional.interpolate(planes, size=(height, width), mode="bicubic", align_corners=False, antialias=True)[0]


def patches(frames: list, width: int, height: int, patch: int = 14, merge: int = 2, temporal: int = 2) -> np.ndarray:
    """Qwen2VLVideoProcessor's arithmetic; a still image is two equal frames."""
    scale = 1.0 / (1.0 / 255.0)
    mean = (torch.tensor(MEAN) * scale)[:, None, None]
    std = (torch.tensor(STD) * scale)[:, None, None]
    planes = [(resize(frame, width, height).float() - mean) / std for frame in frames]
    planes += [planes[-1]] * (-len(planes) % temporal)
    video = torch.stack(planes)
    grid_t, grid_h, grid_w = len(planes) // temporal, height // patch, width // patch
    video = video.view(grid_t, temporal, 3, grid_h // merge, merge, patch, grid_w // merge, merge, patch)
    return video.permute(0, 3, 6, 4, 7, 2, 1, 5, 8).reshape(grid_t * grid_h * grid_w, -1).contiguous().numpy()


def digest(values: np.ndarray) -> str:
    return hashlib.sha256(values.tobytes()).hexdigest()


def frames_of(count: int, width: int, height: int) -> list:
    """Frame i is the picture turned around by i rows."""
    return [np.roll(make_picture(width, height), i, axis=0).copy() for i in range(count)]


def main() -> None:
    cases = []
    for width, height, new_width, new_height in SIZES:
        resized = resize(make_picture(width, height), new_width, new_height).permute(1, 2, 0).contiguous().numpy()
        cases.append({"from": [width, height], "to": [new_width, new_height], "sha256": digest(resized)})
    videos = []
    for count, width, height, to_width, to_height in [(1, 100, 75, 112, 84), (2, 100, 75, 112, 84), (5, 61, 90, 56, 84), (4, 300, 40, 308, 28)]:
        values = patches(frames_of(count, width, height), to_width, to_height)
        videos.append({"frames": count, "from": [width, height], "grid_thw": [(count + 1) // 2, to_height // 14, to_width // 14],
                       "sha256": digest(values), "first": [float(v) for v in values[0, :4]], "last": [float(v) for v in values[-1, -4:]]})
    if "--check" in sys.argv:
        from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor
        from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor

        image = Qwen2VLImageProcessor(min_pixels=3136, max_pixels=12845056)(torch.from_numpy(make_picture(100, 75)).permute(2, 0, 1), return_tensors="pt")
        assert digest(image["pixel_values"].numpy()) == videos[0]["sha256"], "the fast image processor's patches differ"
        for video in videos[1:]:
            frames = torch.stack([torch.from_numpy(f).permute(2, 0, 1) for f in frames_of(video["frames"], *video["from"])])
            out = Qwen2VLVideoProcessor(min_pixels=3136, max_pixels=12845056)([frames], return_tensors="pt")
            assert out["video_grid_thw"].tolist() == [video["grid_thw"]], (out["video_grid_thw"], video)
            assert digest(out["pixel_values_videos"].numpy()) == video["sha256"], f"the video processor's patches differ: {video}"
        print("equal to transformers' processors", file=sys.stderr)
    rows = ",\n  ".join(json.dumps(case) for case in cases)
    clips = ",\n  ".join(json.dumps(video) for video in videos)
    print(f'{{"torch": "{torch.__version__}", "cases": [\n  {rows}\n],\n"videos": [\n  {clips}\n]}}')


if __name__ == "__main__":
    main()
