#!/usr/bin/env python3
"""Compares `lingshu generate` with transformers on whole models: from image file and text to log-probabilities.

For each case a random model folder is made with transformers (config.json and safetensors as it saves them, a small
tokenizer, preprocessor_config.json), PNG images are drawn, and the same prompt is answered by both, greedily and in
float32. Prompt ids, image grids and new ids must be equal. Log-probabilities may differ by 1e-4: float32 sums come in
another order; 3e-6 is what these small models show. Where two tokens are within that distance the choice is either's, and
the comparison of that case ends there. Cases in bfloat16 have their weights rounded on both sides; ours keeps float32
between them, as the reference is told to.

    python tools/check_parity.py [--lingshu ./lingshu] [--keep FOLDER] [--model FOLDER]

--model takes a real folder instead of the random ones. Needs torch, transformers >= 5, tokenizers, pillow, pyyaml.
"""

import argparse
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

import numpy
import torch
from PIL import Image
from transformers import Qwen2_5_VLForConditionalGeneration
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

root = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(root / "reference"), str(root / "golden")]
from fast_processor import patches  # noqa: E402
from named_weights import draw, named_weight, released_name  # noqa: E402
from qwen_vl import hf_config, image_processor, load_shape, load_tokenizer, prompt_ids, train_tokenizer  # noqa: E402

TOLERANCE = 1e-4
NEW_TOKENS = 12
TOP = 5

# name, changes to the nano shape's text and vision, image sizes (width, height), how the folder is saved
CASES = [
    ("text", {}, {}, [], {"flat"}),
    ("square", {}, {}, [(112, 112)], {"flat"}),
    ("nested_config", {}, {}, [(300, 200)], set()),
    (
        "untied_wide_image",
        {"tie_word_embeddings": False, "num_key_value_heads": 6},
        {"depth": 3, "fullatt_block_indexes": [1]},
        [(640, 90)],
        set(),
    ),
    ("three_images", {"num_key_value_heads": 1}, {"window_size": 56}, [(96, 180), (31, 33), (500, 400)], {"flat"}),
    ("tiny_and_extreme_images", {}, {}, [(1, 1), (1, 150), (199, 1), (1200, 7)], {"flat", "shards"}),
    ("fast_processor", {}, {}, [(300, 200), (57, 91)], {"fast"}),
    ("older_tokenizer_files", {"tie_word_embeddings": False}, {}, [(120, 80)], {"flat", "vocab_files", "shards"}),
    ("float16_file", {}, {}, [(120, 80)], {"float16"}),
    ("bfloat16", {"tie_word_embeddings": False}, {}, [(120, 80)], {"bfloat16", "flat"}),
]
PROMPTS = [
    "Is there a fracture of the left clavicle?\nPlease output 'yes' or 'no'(no extra output).",
    "Pleuraerguss? 胸腔积液 \U0001fac1 12.5 mm",
]


def make_image(name: str, size: tuple[int, int], path: pathlib.Path) -> pathlib.Path:
    """Soft blobs with some noise: every channel and frequency has something to lose in a resize."""
    width, height = size
    y, x = numpy.mgrid[0:height, 0:width]
    waves = numpy.stack([numpy.sin(x / (5 + 3 * c)) * numpy.cos(y / (7 + 2 * c)) for c in range(3)], axis=-1)
    noise = draw(name, width * height * 3).reshape(height, width, 3)
    Image.fromarray((127 + 80 * waves + 40 * noise).clip(0, 255).astype("uint8")).save(path)
    return path


def split_tokenizer(folder: pathlib.Path) -> None:
    """vocab.json, merges.txt and tokenizer_config.json, as folders before tokenizer.json have them."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    model, config = tokenizer["model"], json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False))
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    config["added_tokens_decoder"] = {str(token["id"]): {k: v for k, v in token.items() if k != "id"} for token in tokenizer["added_tokens"]}
    config["tokenizer_class"] = "Qwen2Tokenizer"
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").rename(folder / "reference_tokenizer.json")


def make_model(folder: pathlib.Path, text: dict, vision: dict, saved: set) -> None:
    corpus = (
        PROMPTS
        + ["the lung is clear and the heart is of normal size", "no acute fracture is seen in this x-ray image"] * 3
    )
    train_tokenizer(corpus, 600, folder)
    ours = load_shape(root.parent / "configs/model/nano.yaml", load_tokenizer(folder))
    ours["text"] |= text
    ours["vision"] |= vision
    ours["processor"] = {"min_pixels": 56 * 56, "max_pixels": 200 * 200}
    model = Qwen2_5_VLForConditionalGeneration._from_config(hf_config(ours), dtype=torch.float32)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.copy_(torch.from_numpy(named_weight(released_name(name), tuple(weight.shape))))
    end = load_tokenizer(folder).eos_token_id
    model.generation_config.eos_token_id = model.generation_config.pad_token_id = (
        model.generation_config.bos_token_id
    ) = end
    dtypes = [name for name in ("float16", "bfloat16") if name in saved]
    if dtypes:
        model = model.to(getattr(torch, dtypes[0]))
    model.save_pretrained(folder, **({"max_shard_size": "400KB"} if "shards" in saved else {}))
    image_processor(ours).save_pretrained(folder)
    if "fast" in saved:
        config = json.loads((folder / "preprocessor_config.json").read_text())
        config["image_processor_type"] = "Qwen2VLImageProcessorFast"
        (folder / "preprocessor_config.json").write_text(json.dumps(config))
    if "vocab_files" in saved:
        split_tokenizer(folder)
    if "flat" in saved:  # as the released models are
        config = json.loads((folder / "config.json").read_text())
        nested = config.pop("text_config")
        rope = nested.pop("rope_parameters")
        nested.pop("model_type"), nested.pop("layer_types", None)
        config = (
            nested
            | config
            | {
                "rope_theta": rope["rope_theta"],
                "rope_scaling": {"type": "mrope", "mrope_section": rope["mrope_section"]},
            }
        )
        (folder / "config.json").write_text(json.dumps(config, indent=2))


def transformers_answer(folder: pathlib.Path, images: list[pathlib.Path], text: str) -> dict:
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    reference = folder / "reference_tokenizer.json"
    tokenizer, processor = load_tokenizer(folder, reference if reference.exists() else None), image_processor_of(folder)
    inputs, grids = {}, []
    if images:
        pictures = [Image.open(path).convert("RGB") for path in images]
        encoded = fast_patches(pictures, processor) if is_fast(folder) else processor(pictures, return_tensors="pt")
        inputs, grids = (
            {"pixel_values": encoded["pixel_values"], "image_grid_thw": encoded["image_grid_thw"]},
            encoded["image_grid_thw"].tolist(),
        )
    ids = prompt_ids(tokenizer, text, [t * h * w // processor.merge_size**2 for t, h, w in grids])
    inputs["input_ids"] = torch.tensor([ids])
    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    inputs["mm_token_type_ids"] = (inputs["input_ids"] == model.config.image_token_id).int()
    model.generation_config.eos_token_id = None  # --ignore-eos
    model.generation_config.temperature = model.generation_config.top_p = model.generation_config.top_k = None
    model.generation_config.repetition_penalty = 1.0  # released folders carry 1.05
    with torch.no_grad():
        out = model.generate(
            **inputs,
            do_sample=False,
            max_new_tokens=NEW_TOKENS,
            output_logits=True,
            return_dict_in_generate=True,
            pad_token_id=0,
        )
    logprobs = [logits[0].float().log_softmax(0) for logits in out.logits]
    return {
        "prompt_ids": ids,
        "image_grid_thw": grids,
        "ids": out.sequences[0, len(ids) :].tolist(),
        "logprobs": logprobs,
    }


def is_fast(folder: pathlib.Path) -> bool:
    return json.loads((folder / "preprocessor_config.json").read_text())["image_processor_type"].endswith("Fast")


def fast_patches(pictures: list, processor) -> dict:
    """What transformers' torchvision backend computes (tools/golden/fast_processor.py --check), without torchvision."""
    values, grids = [], []
    for picture in pictures:
        height, width = smart_resize(picture.height, picture.width, 28, processor.size["shortest_edge"], processor.size["longest_edge"])
        values.append(torch.from_numpy(patches([numpy.asarray(picture)] * 2, width, height)))
        grids.append([1, height // 14, width // 14])
    return {"pixel_values": torch.cat(values), "image_grid_thw": torch.tensor(grids)}


def image_processor_of(folder: pathlib.Path):
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    return Qwen2VLImageProcessorPil.from_pretrained(folder)


def lingshu_answer(command: str, folder: pathlib.Path, images: list[pathlib.Path], text: str, dtype: str) -> dict:
    arguments = [
        *shlex.split(command),
        "generate",
        "--model",
        str(folder),
        "--prompt",
        text,
        "--max-new-tokens",
        str(NEW_TOKENS),
        "--ignore-eos",
        "--logprobs",
        str(TOP),
        "--dtype",
        dtype,
        "--json",
    ]
    for image in images:
        arguments += ["--image", str(image)]
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{shlex.join(arguments)}\nended with status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def compare(theirs: dict, ours: dict) -> tuple[list[str], float]:
    """What differs, and the largest difference of a log-probability."""
    problems = [
        f"{key}: transformers {theirs[key]}, lingshu {ours[key]}"
        for key in ("prompt_ids", "image_grid_thw")
        if theirs[key] != ours[key]
    ]
    if problems:
        return problems, 0.0
    worst = 0.0
    if len(ours["ids"]) != NEW_TOKENS or len(ours["top_logprobs"]) != NEW_TOKENS:
        return [
            f"expected {NEW_TOKENS} ids and top_logprobs, found {len(ours['ids'])} and {len(ours['top_logprobs'])}"
        ], 0.0
    for step, (logprobs, best) in enumerate(zip(theirs["logprobs"], ours["top_logprobs"])):
        if len(best) != TOP:
            problems.append(f"step {step}: expected {TOP} top_logprobs, found {len(best)}")
        for token, value in best:
            worst = max(worst, abs(value - float(logprobs[token])))
        if theirs["ids"][step] != ours["ids"][step]:
            distance = abs(float(logprobs[theirs["ids"][step]] - logprobs[ours["ids"][step]]))
            if distance > TOLERANCE:
                chosen = f"transformers {theirs['ids'][step]}, lingshu {ours['ids'][step]}"
                problems.append(f"step {step}: {chosen}, {distance:.4f} apart")
            break
    if worst > TOLERANCE:
        problems.append(f"log-probabilities differ by {worst:.2e}")
    return problems, worst


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lingshu", default=str(root.parent / "lingshu"), help="the program")
    parser.add_argument("--model", type=pathlib.Path, help="a model folder instead of the random ones")
    parser.add_argument("--keep", type=pathlib.Path, help="leave models and images in this folder")
    args = parser.parse_args()
    torch.set_num_threads(2)
    failures = 0
    with tempfile.TemporaryDirectory() as temporary:
        work = args.keep or pathlib.Path(temporary)
        for name, text, vision, sizes, saved in CASES:
            folder = args.model or work / name
            (work / name).mkdir(parents=True, exist_ok=True)
            if args.model is None:
                make_model(folder, text, vision, saved)
            images = [make_image(f"{name}.{i}", size, work / f"{name}.{i}.png") for i, size in enumerate(sizes)]
            for prompt in PROMPTS:
                theirs = transformers_answer(folder, images, prompt)
                ours = lingshu_answer(args.lingshu, folder, images, prompt, "bfloat16" if "bfloat16" in saved else "float32")
                problems, worst = compare(theirs, ours)
                failures += bool(problems)
                verdict, length = "FAILED" if problems else "equal", len(theirs["prompt_ids"])
                print(f"{name}: {verdict}, {length} prompt tokens, log-probabilities within {worst:.1e}")
                for problem in problems:
                    print(f"  {problem}")
    print("all equal" if not failures else f"{failures} comparisons failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
