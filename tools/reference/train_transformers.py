#!/usr/bin/env python3
"""The same training with transformers: what `lingshu train` is measured against.

Trains Qwen2_5_VLForConditionalGeneration at a shape of configs/model/ on VQA-RAD's training questions, as a user of
transformers would: eager PyTorch, padded batches, one image per question, AdamW, float32. Then answers the test
questions greedily. Images are preprocessed once, before the clock starts, which favours this script.

    python tools/reference/train_transformers.py --data ../shared/data/vqa_rad --tokenizer runs/demo/stage4
    … --steps 60        timing only: so many steps, no evaluation

Tokens per second counts the tokens that are not padding, image tokens included, after the first 3 steps; tokens per
CPU second is the same by processor time, for machines that others use too. Without --tokenizer a byte-level BPE of 3072
entries is trained on the questions and answers. Needs torch, transformers >= 5, tokenizers, pillow and pyyaml.
"""

import argparse
import json
import math
import pathlib
import random
import re
import tempfile
import time

import torch
from PIL import Image
from qwen_vl import hf_config, image_processor, load_shape, load_tokenizer, prompt_ids, train_tokenizer
from transformers import Qwen2_5_VLForConditionalGeneration

WARM_STEPS = 3  # the first steps allocate and are not timed
VOCAB_SIZE = 3072  # of the tokenizer that is made when none is given


def read_rows(folder: pathlib.Path, split: str) -> list[dict]:
    """Question, answer, kind (yes_no, closed, open) and image file; MedEvalKit's wording, as our prompts have it."""
    rows = []
    for row in json.loads((folder / f"{split}set.json").read_text()):
        question, answer = row["question"].strip(), str(row["answer"]).strip()
        kind = "closed" if row["answer_type"].strip() == "CLOSED" else "open"
        if answer.lower() in ("yes", "no"):
            kind, answer = "yes_no", answer.lower()
        form = {
            "yes_no": "Please output 'yes' or 'no'(no extra output).",
            "closed": "Answer the question using a single word or phrase.",
            "open": "Please answer the question concisely.",
        }[kind]
        rows.append(
            {
                "text": f"{question}\n{form}",
                "answer": answer,
                "kind": kind,
                "image": folder / "images" / row["image_name"],
            }
        )
    return rows


def encode(rows: list[dict], tokenizer, processor, images: dict) -> list[dict]:
    """Adds prompt and target ids; `images` keeps each file's pixels and grid."""
    for row in rows:
        if row["image"] not in images:
            with Image.open(row["image"]) as image:
                encoded = processor(image.convert("RGB"), return_tensors="pt")
            images[row["image"]] = (encoded["pixel_values"], encoded["image_grid_thw"])
        grid = images[row["image"]][1]
        row["prompt"] = prompt_ids(tokenizer, row["text"], [int(grid.prod()) // processor.merge_size**2])
        row["target"] = tokenizer(row["answer"], add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
    return rows


def collate(rows: list[dict], images: dict, tokenizer, image_id: int, with_targets: bool) -> dict:
    """Pads on the right to train, on the left to generate."""
    sequences = [row["prompt"] + (row["target"] if with_targets else []) for row in rows]
    length = max(map(len, sequences))
    ids = torch.full((len(rows), length), tokenizer.pad_token_id)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for i, sequence in enumerate(sequences):
        where = slice(0, len(sequence)) if with_targets else slice(length - len(sequence), length)
        ids[i, where], mask[i, where] = torch.tensor(sequence), 1
        if with_targets:
            labels[i, len(rows[i]["prompt"]) : len(sequence)] = torch.tensor(rows[i]["target"])
    pixels, grids = zip(*(images[row["image"]] for row in rows))
    batch = {
        "input_ids": ids,
        "attention_mask": mask,
        "mm_token_type_ids": (ids == image_id).int(),
        "pixel_values": torch.cat(pixels),
        "image_grid_thw": torch.cat(grids),
    }
    return batch | {"labels": labels} if with_targets else batch


def learning_rate(step: int, total: int, args) -> float:
    if step < args.warmup:
        return args.lr * (step + 1) / args.warmup
    return args.lr * 0.5 * (1 + math.cos(math.pi * (step - args.warmup) / max(1, total - args.warmup)))


def train(model, rows: list[dict], images: dict, tokenizer, args) -> dict:
    per_epoch = math.ceil(len(rows) / args.batch)
    total = args.steps or args.epochs * per_epoch
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=args.weight_decay)
    shuffle, order, tokens, seconds, cpu_seconds, losses = random.Random(args.seed), [], 0, 0.0, 0.0, []
    model.train()
    for step in range(total):
        if not order:
            order = shuffle.sample(range(len(rows)), len(rows))
        chosen, order = order[: args.batch], order[args.batch :]
        start, cpu_start = time.perf_counter(), time.process_time()
        batch = collate([rows[i] for i in chosen], images, tokenizer, model.config.image_token_id, with_targets=True)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, total, args)
        loss = model(**batch, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
        if step >= WARM_STEPS:
            seconds += time.perf_counter() - start
            cpu_seconds += time.process_time() - cpu_start
            tokens += int(batch["attention_mask"].sum())
        if (step + 1) % 20 == 0 or step + 1 == total:
            recent = sum(losses[-20:]) / len(losses[-20:])
            print(f"step {step + 1}/{total}  loss {recent:.4f}  {tokens / max(seconds, 1e-9):.0f} tokens/s", flush=True)
    return {
        "steps": total,
        "loss": recent,
        "tokens_per_second": tokens / max(seconds, 1e-9),
        "tokens_per_cpu_second": tokens / max(cpu_seconds, 1e-9),
        "seconds": seconds,
    }


def normalize(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip().strip(".").lower())


def evaluate(model, rows: list[dict], images: dict, tokenizer) -> dict:
    """Exact match after lower-casing, by MedEvalKit's kinds: closed is yes or no, open is the rest."""
    model.eval()
    right, count = {"closed": 0, "open": 0}, {"closed": 0, "open": 0}
    for begin in range(0, len(rows), 64):
        part = rows[begin : begin + 64]
        batch = collate(part, images, tokenizer, model.config.image_token_id, with_targets=False)
        with torch.no_grad():
            out = model.generate(
                **batch,
                do_sample=False,
                max_new_tokens=32,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        replies = tokenizer.batch_decode(out[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)
        for row, reply in zip(part, replies):
            kind = "closed" if row["kind"] == "yes_no" else "open"
            count[kind] += 1
            right[kind] += normalize(reply) == normalize(row["answer"])
    return {f"{kind}_accuracy": right[kind] / max(1, count[kind]) for kind in count} | {
        f"{kind}_count": count[kind] for kind in count
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data",
        type=pathlib.Path,
        default=pathlib.Path("../shared/data/vqa_rad"),
        help="folder with trainset.json, testset.json, images/",
    )
    parser.add_argument("--tokenizer", type=pathlib.Path, help="folder with tokenizer.json")
    parser.add_argument("--shape", type=pathlib.Path, default=pathlib.Path("configs/model/nano.yaml"))
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--steps", type=int, default=0, help="timing only: so many steps and no evaluation")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--warmup", type=int, default=50)
    parser.add_argument("--weight-decay", type=float, default=0.0)
    parser.add_argument("--attention", choices=["sdpa", "eager"], default="sdpa", help="sdpa is transformers' default")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    rows = read_rows(args.data, "train")
    with tempfile.TemporaryDirectory() as folder:
        if args.tokenizer is None:
            texts = [text for row in rows for text in (row["text"], row["answer"])]
            train_tokenizer(texts, VOCAB_SIZE, pathlib.Path(folder))
        tokenizer = load_tokenizer(args.tokenizer or pathlib.Path(folder))
    ours = load_shape(args.shape, tokenizer)
    config = hf_config(ours)
    model = Qwen2_5_VLForConditionalGeneration._from_config(
        config, attn_implementation=args.attention, dtype=torch.float32
    )
    parameters = sum(weight.numel() for weight in model.parameters())
    processor, images = image_processor(ours), {}
    encode(rows, tokenizer, processor, images)
    mean_tokens = sum(len(row["prompt"]) + len(row["target"]) for row in rows) / len(rows)
    print(f"{parameters:,} parameters, {len(rows)} questions, {mean_tokens:.1f} tokens each", flush=True)

    result = {
        "parameters": parameters,
        "threads": args.threads,
        "torch": torch.__version__,
        "attention": args.attention,
    }
    result |= train(model, rows, images, tokenizer, args)
    if not args.steps:
        result |= evaluate(model, encode(read_rows(args.data, "test"), tokenizer, processor, images), images, tokenizer)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
