"""Verdicts of MedEvalKit's own code on mutated replies: tests/golden/medevalkit/cases.jsonl.

Rows of tests/conformance/qa_cases.jsonl with replies that are cut, joined and sprinkled with marks (fixed seed); `ref` is what the classes of a
checkout (9b12e3b) say. Only replies of ours and its verdicts are written. The committed rows are those on which the rules are easily misread
(is_tricky) and a few of each kind; --all writes every one, for a comparison of `lingshu score --profile medevalkit`:

    python -P tools/golden/medevalkit.py CHECKOUT OUT.jsonl --rows 20000 --seed 2 --all
    lingshu score --in OUT.jsonl --out VERDICTS.jsonl --profile medevalkit
    python -P tools/golden/medevalkit.py CHECKOUT OUT.jsonl --compare VERDICTS.jsonl
"""
import argparse
import collections
import importlib
import json
import os
import random
import sys
import types
import warnings
from pathlib import Path
from unittest.mock import MagicMock

MARKS = ["\n", "\n\n", " ", ". ", ": ", "**", "\\boxed{", "}", "\\boxed{\\text{", "}}", "<answer>", "</answer>", "<think>", "</think>", "Answer: ", "answer is ",
         "Final answer is ", "答案:", "答案：", "A", "B.", "(C)", "D)", "yes", "no", "not", "None", "unknown", "the ", "option ", "。", "，", "1.5", "2,000", "x" * 250,
         " because the history fits. "]


class Kit:
    """The reference's classes without what they would download or call."""

    def __init__(self, checkout):
        torch = types.ModuleType("torch")
        torch.no_grad = lambda: (lambda function: function)
        torch.Tensor = type("Tensor", (), {})
        sys.modules["torch"] = torch
        for name in ("datasets", "google", "google.genai", "openai", "pydash", "PIL", "PIL.Image", "requests", "aiohttp"):
            sys.modules[name] = MagicMock()
        os.environ["api_key"] = "none"
        warnings.simplefilter("ignore")
        sys.path.insert(0, str(checkout))
        self.utils = importlib.import_module("utils.utils")
        self.mmmu = importlib.import_module("utils.MMMU.eval_utils")
        self.mmmu_val = importlib.import_module("utils.MMMU.eval_val")
        self.classes = {}

    def of(self, name):
        if name not in self.classes:
            module = importlib.import_module(f"utils.{name}.{name}")
            module.tqdm = lambda rows, *_, **__: rows
            self.classes[name] = getattr(module, name).__new__(getattr(module, name))
        return self.classes[name]

    def unwrapped(self, reply):
        if "<answer>" in reply:
            reply = self.utils.extract(reply, "answer")
        boxed = self.mmmu_val.extract_boxed_content(reply)
        return reply if boxed == "None" else boxed

    def judge(self, row):
        """What ref holds: {"correct"}, {"correct", "metrics"}, {"pred", "random"}, {"value"} or {"error"}."""
        kind, bench, reply = row["case_type"], row["benchmark"], row["response"]
        sample = {"question": row["question"] or "q", "choices": row["options"], "answer": row["gold"], "response": reply, "lang": "en", "field": "f", "difficulty": "d",
                  "question_type": "q", "modality_type": "m", "medical_task": "t"}
        # The reference divides by the number of questions of the other kind.
        other = {**sample, "choices": ["yes", "no"], "answer": "yes", "response": "yes"}
        if kind == "mcq":
            samples = [{**sample, "answer_type": "multi_choice"}] + ([{**other, "answer_type": "single_choice"}] if bench == "Radrestruct" else [])
            self.of("MedXpertQA" if bench.startswith("MedXpertQA") else bench).cal_metrics(samples)
        elif kind == "radrestruct_single_choice":
            samples = [{**sample, "answer_type": "single_choice"}, {**other, "choices": ["a", "b"], "answer": "a", "response": "a", "answer_type": "multi_choice"}]
            self.of("Radrestruct").cal_metrics(samples)
        elif kind in ("vqa_closed_yesno", "slake_closed"):
            samples = [{**sample, "answer_type": "CLOSED"}, {**other, "answer": "lung x", "response": "lung x", "answer_type": "OPEN"}]
            self.of(bench if kind != "slake_closed" else "SLAKE").cal_metrics(samples)
        elif kind == "vqa_open":
            samples = [{**sample, "answer_type": "OPEN"}, {**other, "answer_type": "CLOSED"}]
            self.of(bench).cal_metrics(samples)
            return {"correct": samples[0]["correct"], "metrics": samples[0]["metrics"]}
        elif kind == "mmmu_mcq":
            letters = [chr(65 + i) for i in range(len(row["options"]))]
            drawn = []
            self.mmmu.random = types.SimpleNamespace(choice=lambda choices: (drawn.append(1), choices[0])[1])
            pred = self.mmmu.parse_multi_choice_response(self.unwrapped(reply), letters, dict(zip(letters, row["options"])))
            return {"pred": pred, "random": bool(drawn)}
        elif kind == "mmmu_open":
            parsed = self.mmmu.parse_open_response(self.unwrapped(reply))
            return {"correct": bool(self.mmmu.eval_open(row["gold"], parsed))}
        else:
            value = self.utils.calculate_f1(reply, row["gold"])
            return {"value": list(value) if isinstance(value, tuple) else value}
        return {"correct": samples[0]["correct"]}


def mutated(reply, pool, rng):
    for _ in range(rng.randint(1, 4)):
        draw, i = rng.random(), rng.randint(0, len(reply))
        if draw < 0.35:
            reply = reply[:i] + rng.choice(MARKS) + reply[i:]
        elif draw < 0.5:
            reply = reply[:i] + reply[min(len(reply), i + rng.randint(1, 6)):]
        elif draw < 0.65:
            reply += rng.choice(["\n", " ", "\n\n"]) + rng.choice(pool)
        elif draw < 0.75:
            reply = reply.upper() if rng.random() < 0.5 else reply.lower()
        elif draw < 0.85:
            reply = rng.choice(pool) + reply
        else:
            j = rng.randint(i, len(reply))
            reply = reply[:i] + reply[i:j][::-1] + reply[j:]
    return reply


def is_tricky(row):
    """Where the rules are easily misread: unclosed boxes, three line ends, marks in answers of yes and no, edges of SLAKE's replies."""
    reply, kind = row["response"], row["case_type"]
    return ("boxed" in reply and "}" not in reply.split("boxed")[-1]) or "\n\n\n" in reply or (kind in ("vqa_closed_yesno", "radrestruct_single_choice") and "answer" in reply.lower()) \
        or (row["benchmark"] == "SLAKE" and reply != reply.strip())


def same(row, verdict):
    ref, kind = row["ref"], row["case_type"]
    close = lambda a, b: abs(float(a) - float(b)) <= 1e-9
    if "error" in ref:
        return verdict["correct"] is None
    if kind == "mmmu_mcq":
        return verdict["state"] == "unparsed" if ref["random"] else verdict["prediction"] == ref["pred"]
    if kind == "token_f1":
        found, wanted = verdict["value"], ref["value"]
        return len(found) == len(wanted) and all(map(close, found, wanted)) if isinstance(wanted, list) else found == wanted
    if verdict["correct"] != ref["correct"]:
        return False
    names = {"precision": "medevalkit_precision_is_really_f1", "recall": "medevalkit_recall_is_really_precision", "f1": "medevalkit_f1_is_really_recall"}
    return kind != "vqa_open" or all(close(verdict["metrics"][names.get(key, key)], value) for key, value in ref["metrics"].items())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkout", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--compare", type=Path)
    arguments = parser.parse_args()
    if arguments.compare:
        rows, verdicts = ([json.loads(line) for line in path.open()] for path in (arguments.out, arguments.compare))
        differing = [(row, verdict) for row, verdict in zip(rows, verdicts, strict=True) if not same(row, verdict)]
        for row, verdict in differing[:10]:
            print(json.dumps({**row, "found": verdict}, ensure_ascii=False))
        print(f"{len(rows) - len(differing)} of {len(rows)} equal")
        sys.exit(bool(differing))
    rows = [row for row in map(json.loads, Path("tests/conformance/qa_cases.jsonl").open()) if "_header" not in row]
    pool = [row["response"] or "" for row in rows if row["case_type"] in ("mcq", "vqa_open", "slake_closed", "mmmu_mcq")]
    kit, rng = Kit(arguments.checkout), random.Random(arguments.seed)
    kept = collections.Counter()
    with arguments.out.open("w") as out:
        for number in range(arguments.rows):
            base = rng.choice(rows)
            row = {"id": f"mutated/{number}", **{key: base[key] for key in ("case_type", "benchmark", "lang", "question", "options", "gold")},
                   "response": mutated(base["response"] or "", pool, rng)}
            kind = row["case_type"], is_tricky(row)
            if not arguments.all and (kept[kind] >= (25 if kind[1] else 8) or len(row["response"]) > 400):
                continue
            kept[kind] += 1
            try:
                row["ref"] = kit.judge(row)
            except Exception as error:  # what the reference raises is its verdict
                row["ref"] = {"error": f"{type(error).__name__}: {error}"}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(sum(kept.values()), "rows")


if __name__ == "__main__":
    main()
