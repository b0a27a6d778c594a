#!/usr/bin/env python3
"""Golden numbers of the forward and backward pass: transformers' Qwen2_5_VLForConditionalGeneration, eager attention,
float32, on tiny models whose weights and pixels come from their names (named_weights.py), so that each file of
tests/golden/model/ holds a config, token ids and results only.

    python tools/golden/model.py [--out tests/golden/model] [--check]

--check compares with the committed files instead of writing them. Needs torch, transformers >= 5.23 and numpy.

A file holds "model" (a ModelConfig as ToJson writes it), the inputs, and "expect":
  position_ids [3][T], next_position   get_rope_index; the position of the token after the last
  window_index, cu_window_seqlens      order of the merge units in windows; bounds in patches, in that order
  cu_seqlens                           bounds of the images in patches
  image_embeds                         after the merger, in image order: shape, sum, sum of magnitudes, some values
  hidden                               of the decoder, in order: embeddings with images put in, each layer, final norm
  logits                               of the last position: the 10 largest as [id, logit], and logsumexp
  loss, gradients                      mean cross-entropy over labels (already shifted); of each weight's gradient its norm and
                                       its products with 8 directions, named_weight(NAME.directionK, (count,)): entries of unit
                                       variance, so that products which agree mean gradients which agree
  greedy                               8 tokens, end-of-text ignored, each with its 5 best [id, log-probability]
  bfloat16                             "exact": logits of the last position with all weights rounded to bfloat16 and the arithmetic
                                       in float32; "rms", "max": how far transformers' own bfloat16 is from them
Pixels of image i are FillRandom("pixel_values.i", {patches * patch_dim}). "image_grid_thw" holds images and videos in order;
"second_per_grid" is a number for each video and null for each image.

    python tools/golden/model.py --gradients FOLDER      whole gradients as FOLDER/CASE.safetensors, for the test that is told of
                                                         them by LINGSHU_GRADIENTS
"""

import argparse
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from named_weights import named_weight, released_name
from transformers import Qwen2_5_VLForConditionalGeneration
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import get_vision_attention_seqlens, get_vision_window_index

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "reference"))
from qwen_vl import hf_config  # noqa: E402

IGNORE = -100
NEW_TOKENS = 8


def model_config(text: dict, vision: dict) -> dict:
    """Our ModelConfig with a vocabulary of 128 that ends in the special tokens."""
    text = {
        "vocab_size": 128,
        "hidden_size": 48,
        "intermediate_size": 80,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 0,
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1e6,
        "mrope_section": [2, 2, 2],
        "tie_word_embeddings": False,
    } | text
    vision = {
        "depth": 3,
        "hidden_size": 32,
        "num_heads": 2,
        "intermediate_size": 44,
        "out_hidden_size": text["hidden_size"],
        "in_channels": 3,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "window_size": 112,
        "fullatt_block_indexes": [1],
        "tokens_per_second": 2,
    } | vision
    return {
        "text": text,
        "vision": vision,
        "image_token_id": 126,
        "video_token_id": 127,
        "vision_start_token_id": 124,
        "vision_end_token_id": 125,
        "bos_token_id": 120,
        "pad_token_id": 120,
        "eos_token_ids": [122, 120],
    }


DIRECTIONS = 8


def case(name: str, grids: list, text: dict | None = None, vision: dict | None = None, seconds: list | None = None) -> dict:
    """A prompt of text, then each image or video with a few words behind it; the last words are what the loss is taken of."""
    seconds = seconds or [None] * len(grids)
    model = model_config(text or {}, vision or {})
    merge = model["vision"]["spatial_merge_size"]
    ids = [121, 5, 17, 99, 122, 3]
    for i, (t, h, w) in enumerate(grids):
        ids += [124] + [126 if seconds[i] is None else 127] * (t * h * w // merge**2) + [125, 40 + i, 61]
    prompt_length = len(ids) + 2
    ids += [7, 30, 88, 2, 63, 11, 119, 54]
    labels = [IGNORE] * len(ids)
    for t in range(prompt_length - 1, len(ids) - 1):
        labels[t] = ids[t + 1]
    return {"case": name, "model": model, "input_ids": ids, "image_grid_thw": grids, "second_per_grid": seconds, "labels": labels}


CASES = [
    case("text_only", []),
    case("one_image_tied", [[1, 8, 8]], {"tie_word_embeddings": True}),
    case(
        "wide_image",
        [[1, 6, 22]],
        {"num_attention_heads": 6, "num_key_value_heads": 1, "mrope_section": [1, 1, 2]},
        {"depth": 4, "fullatt_block_indexes": [1, 3]},
    ),
    case(
        "three_images",
        [[1, 8, 12], [1, 2, 2], [1, 10, 4]],
        {
            "hidden_size": 64,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "mrope_section": [2, 3, 3],
            "num_hidden_layers": 3,
        },
        {"window_size": 56, "num_heads": 4},
    ),
    case(
        "other_patches",
        [[1, 9, 15]],
        {"rope_theta": 10000.0, "rms_norm_eps": 1e-5},
        {"patch_size": 6, "spatial_merge_size": 3, "window_size": 40, "fullatt_block_indexes": [0, 2]},
    ),
    case("tiny_and_tall", [[1, 2, 2], [1, 60, 2]], {"num_key_value_heads": 4}),
    # A video of 5 steps at 1.5 s, longer in time than in space, an image, and a stack of slices at a step of 1/3 s.
    case(
        "videos",
        [[5, 4, 6], [1, 4, 4], [3, 8, 2]],
        {"mrope_section": [3, 2, 1], "tie_word_embeddings": True},
        {"tokens_per_second": 4, "window_size": 56},
        [1.5, None, 1 / 3],
    ),
]


def build(ours: dict, attention: str) -> Qwen2_5_VLForConditionalGeneration:
    config = hf_config(ours)
    config._attn_implementation = attention
    model = Qwen2_5_VLForConditionalGeneration._from_config(
        config, attn_implementation=attention, dtype=torch.float32
    ).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.copy_(torch.from_numpy(named_weight(released_name(name), tuple(weight.shape))))
    return model


def inputs_of(data: dict) -> dict:
    ids = torch.tensor([data["input_ids"]])
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    vision, kinds = data["model"]["vision"], {}
    patch_dim = vision["in_channels"] * vision["temporal_patch_size"] * vision["patch_size"] ** 2
    for i, ((t, h, w), seconds) in enumerate(zip(data["image_grid_thw"], data["second_per_grid"])):
        pixels = torch.from_numpy(named_weight(f"pixel_values.{i}", (t * h * w * patch_dim,))).view(-1, patch_dim)
        kinds.setdefault(seconds is not None, []).append((pixels, [t, h, w], seconds))
    for is_video, shown in kinds.items():
        pixels, grids, seconds = zip(*shown)
        inputs["pixel_values_videos" if is_video else "pixel_values"] = torch.cat(pixels)
        inputs["video_grid_thw" if is_video else "image_grid_thw"] = torch.tensor(grids)
        if is_video:
            inputs["second_per_grid_ts"] = torch.tensor(seconds, dtype=torch.float32)
    if kinds:
        inputs["mm_token_type_ids"] = (ids == data["model"]["image_token_id"]).int() + 2 * (ids == data["model"]["video_token_id"]).int()
    return inputs


def number(value) -> float:
    return float(f"{float(value):.9g}")


def digest(tensor: torch.Tensor) -> dict:
    tensor = tensor.detach().reshape(-1, tensor.shape[-1])
    return {
        "shape": list(tensor.shape),
        "sum": number(tensor.double().sum()),
        "abs_sum": number(tensor.double().abs().sum()),
        "first": [number(x) for x in tensor[0, :4]],
        "last": [number(x) for x in tensor[-1, :4]],
    }


def vision_results(model, data: dict, inputs: dict) -> dict:
    """Of all images and videos in order, as one call: the tower does not know videos from images."""
    grid = torch.tensor(data["image_grid_thw"])
    vision = model.config.vision_config
    window_index, cu_window_seqlens = get_vision_window_index(
        grid,
        spatial_merge_size=vision.spatial_merge_size,
        window_size=vision.window_size,
        patch_size=vision.patch_size,
        kwargs={},
    )
    cu_seqlens, _ = get_vision_attention_seqlens(grid, vision, kwargs={})
    patch_dim = vision.in_channels * vision.temporal_patch_size * vision.patch_size**2
    pixels = [torch.from_numpy(named_weight(f"pixel_values.{i}", (t * h * w * patch_dim,))).view(-1, patch_dim) for i, (t, h, w) in enumerate(grid.tolist())]
    with torch.no_grad():
        features = torch.cat(model.get_image_features(torch.cat(pixels), grid).pooler_output)
    return {
        "window_index": window_index.tolist(),
        "cu_window_seqlens": cu_window_seqlens.tolist(),
        "cu_seqlens": cu_seqlens.tolist(),
        "image_embeds": digest(features),
    }


def positions(model, inputs: dict) -> dict:
    length = inputs["input_ids"].shape[1]
    if "mm_token_type_ids" not in inputs:
        return {"position_ids": [list(range(length))] * 3, "next_position": length}
    ids, delta = model.model.get_rope_index(
        inputs["input_ids"],
        inputs["mm_token_type_ids"],
        image_grid_thw=inputs.get("image_grid_thw"),
        video_grid_thw=inputs.get("video_grid_thw"),
        second_per_grid_ts=inputs.get("second_per_grid_ts"),
    )
    return {"position_ids": ids[:, 0].tolist(), "next_position": length + int(delta[0])}


def forward_results(model, inputs: dict, labels: list) -> dict:
    hidden, hooks, decoder = [], [], model.model.language_model
    hooks.append(decoder.layers[0].register_forward_pre_hook(lambda _, args: hidden.append(digest(args[0]))))
    for layer in decoder.layers:
        hooks.append(
            layer.register_forward_hook(
                lambda _, __, out: hidden.append(digest(out[0] if isinstance(out, tuple) else out))
            )
        )
    hooks.append(decoder.norm.register_forward_hook(lambda _, __, out: hidden.append(digest(out))))
    logits = model(**inputs, use_cache=False).logits[0]
    for hook in hooks:
        hook.remove()
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(labels), ignore_index=IGNORE)
    model.zero_grad()
    loss.backward()
    top = logits[-1].detach().topk(10)
    return {
        "hidden": hidden,
        "logits": {
            "top": [[int(i), number(v)] for v, i in zip(*top)],
            "logsumexp": number(logits[-1].detach().logsumexp(0)),
        },
        "loss": number(loss.detach()),
        "gradients": {
            released_name(name): sketch(released_name(name), weight.grad)
            for name, weight in model.named_parameters()
            if weight.grad is not None
        },
    }


def sketch(name: str, gradient: torch.Tensor) -> list[float]:
    flat = gradient.double().flatten()
    directions = [torch.from_numpy(named_weight(f"{name}.direction{k}", (flat.numel(),))).double() for k in range(DIRECTIONS)]
    return [number(flat.norm())] + [number(flat @ direction) for direction in directions]


def bfloat16_results(data: dict, attention: str) -> dict:
    def last_logits(dtype: torch.dtype) -> torch.Tensor:
        model = build(data["model"], attention)
        for weight in model.parameters():  # not the rotary frequencies, which stay float32 as from_pretrained leaves them
            weight.data = weight.data.to(torch.bfloat16).to(dtype)
        inputs = {key: value.to(dtype) if key.startswith("pixel_values") else value for key, value in inputs_of(data).items()}
        with torch.no_grad():
            return model(**inputs, use_cache=False).logits[0, -1].float()

    exact = last_logits(torch.float32)
    difference = last_logits(torch.bfloat16) - exact
    return {"exact": [number(x) for x in exact], "rms": number(difference.pow(2).mean().sqrt()), "max": number(difference.abs().max())}


def greedy(model, inputs: dict) -> dict:
    out = model.generate(
        **inputs,
        do_sample=False,
        max_new_tokens=NEW_TOKENS,
        output_logits=True,
        return_dict_in_generate=True,
        pad_token_id=0,
    )
    best = []
    for logits in out.logits:
        top = logits[0].float().log_softmax(0).topk(5)
        assert top.values[0] - top.values[1] > 2e-3, "too close to call: choose other token ids for this case"
        best.append([[int(i), number(v)] for v, i in zip(*top)])
    return {"ids": out.sequences[0, inputs["input_ids"].shape[1] :].tolist(), "top_logprobs": best}


def results(data: dict, attention: str = "eager") -> dict:
    model, inputs = build(data["model"], attention), inputs_of(data)
    expect = positions(model, inputs)
    if data["image_grid_thw"]:
        expect |= vision_results(model, data, inputs)
    expect |= forward_results(model, inputs, data["labels"]) | {"greedy": greedy(model, inputs)}
    return expect | {"bfloat16": bfloat16_results(data, attention)}


def save_gradients(data: dict, folder: pathlib.Path) -> None:
    model, inputs = build(data["model"], "eager"), inputs_of(data)
    forward_results(model, inputs, data["labels"])
    folder.mkdir(parents=True, exist_ok=True)
    gradients = {released_name(name): weight.grad for name, weight in model.named_parameters() if weight.grad is not None}
    save_file(gradients, folder / f"{data['case']}.safetensors")


def largest_difference(a, b) -> float:
    """Between the numbers of two results of equal form, relative to 1 or the larger magnitude."""
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        return max((largest_difference(a[key], b[key]) for key in a), default=0.0)
    if isinstance(a, list):
        assert len(a) == len(b)
        return max(map(largest_difference, a, b), default=0.0)
    return abs(a - b) / max(1.0, abs(a))


def to_text(data: dict) -> str:
    """JSON with one line for each key down to the second level and each weight and layer."""
    compact = lambda value: json.dumps(value, separators=(", ", ": "))
    lines = []
    for key, value in data.items():
        if key != "expect":
            lines.append(f'  "{key}": {compact(value)}')
            continue
        inner = []
        for name, result in value.items():
            if name in ("hidden", "gradients"):
                items = (
                    [compact(item) for item in result]
                    if name == "hidden"
                    else [f'"{k}": {compact(v)}' for k, v in result.items()]
                )
                opening, closing = "[]" if name == "hidden" else "{}"
                inner.append(f'    "{name}": {opening}\n      ' + ",\n      ".join(items) + f"\n    {closing}")
            else:
                inner.append(f'    "{name}": {compact(result)}')
        lines.append('  "expect": {\n' + ",\n".join(inner) + "\n  }")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("tests/golden/model"))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--gradients", type=pathlib.Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    worst = 0.0
    for data in CASES:
        if args.gradients:
            save_gradients(data, args.gradients)
            continue
        path = args.out / f"{data['case']}.json"
        expect = results(data)
        if args.check:
            # bfloat16's own roundings come out otherwise with every library: they are a yardstick, no result.
            without = lambda found: {key: value for key, value in found.items() if key != "bfloat16"}
            difference = largest_difference(without(json.loads(path.read_text())["expect"]), without(expect))
            sdpa = largest_difference(without(expect), without(results(data, "sdpa")))
            worst = max(worst, difference)
            print(f"{path}: differs by {difference:.1e}; sdpa from eager by {sdpa:.1e}")
        else:
            args.out.mkdir(parents=True, exist_ok=True)
            path.write_text(to_text(data | {"expect": expect}))
            print(f"{path}: {path.stat().st_size} bytes, greedy {expect['greedy']['ids']}")
    return 1 if worst > 1e-5 else 0


if __name__ == "__main__":
    sys.exit(main())
