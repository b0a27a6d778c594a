"""Makes tests/golden/sampler/cases.jsonl: probabilities after transformers' logits processors, in generate's order.

    python tools/golden/sampler.py > tests/golden/sampler/cases.jsonl

A line: {"logits", "seen", "temperature", "top_k", "top_p", "min_p", "repetition_penalty", "probabilities": [[id, p], …]}.
"""
import json
import random

import torch
from transformers import GenerationConfig
from transformers.generation.logits_process import (MinPLogitsWarper, RepetitionPenaltyLogitsProcessor, TemperatureLogitsWarper,
                                                    TopKLogitsWarper, TopPLogitsWarper)

draw = random.Random(3)


def case() -> dict:
    size = draw.choice([5, 20, 60])
    spread = draw.choice([0.5, 2, 6])
    # A grid of 1/16 makes ties, which top-k keeps.
    logits = [round(draw.gauss(0, spread) * 16) / 16 for _ in range(size)]
    return {"logits": logits, "seen": [draw.randrange(size) for _ in range(draw.choice([0, 3, 10]))],
            "temperature": draw.choice([0.3, 0.7, 1.0, 1.5]), "top_k": draw.choice([0, 1, 3, 10, 50]),
            "top_p": draw.choice([1.0, 0.95, 0.8, 0.5, 0.1]), "min_p": draw.choice([0.0, 0.05, 0.3]),
            "repetition_penalty": draw.choice([1.0, 1.05, 1.3, 2.0])}


def probabilities(row: dict):
    """None where the cut falls between equal logits, whose order transformers leaves to the sort."""
    ids, scores = torch.tensor([row["seen"]], dtype=torch.long), torch.tensor([row["logits"]])
    processors = []
    if row["repetition_penalty"] != 1:
        processors.append(RepetitionPenaltyLogitsProcessor(row["repetition_penalty"]))
    processors.append(TemperatureLogitsWarper(row["temperature"]))
    if row["top_k"]:
        processors.append(TopKLogitsWarper(row["top_k"]))
    if row["top_p"] < 1:
        processors.append(TopPLogitsWarper(row["top_p"]))
    if row["min_p"]:
        processors.append(MinPLogitsWarper(row["min_p"]))
    for processor in processors:
        before = scores
        scores = processor(ids, scores)
        if isinstance(processor, TopPLogitsWarper):
            kept, cut = before[0][scores[0] > -float("inf")], before[0][scores[0] == -float("inf")]
            if len(cut) and (kept.min() == cut.max()):
                return None
    result = scores.softmax(-1)[0]
    return [[i, float(f"{p:.9g}")] for i, p in enumerate(result.tolist()) if scores[0, i] > -float("inf")]


# The order above is the one that generate uses.
assert [name for name in ("repetition_penalty", "temperature", "top_k", "top_p", "min_p") if hasattr(GenerationConfig(), name)]

count = 0
while count < 160:
    row = case()
    row["probabilities"] = probabilities(row)
    if row["probabilities"] is not None:
        print(json.dumps(row, separators=(",", ":")))
        count += 1
