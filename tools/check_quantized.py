#!/usr/bin/env python3
"""What quantizing costs: the mean KL divergence of `lingshu generate` on GGUF files from transformers in float32.

A random model folder is made (rows of 512, so that every format fits), quantized to each type, and asked a few questions with
sampling at temperature 1. Over the tokens that it gave, transformers runs the unquantized model in float32; the divergence is
that of the two distributions at each new token, in nats.

    python tools/check_quantized.py [--lingshu ./lingshu] [--types Q8_0,Q4_K] [--keep FOLDER]

--keep leaves the model, its GGUF pairs and, per type, TYPE.json ({"sequences": [{"prompt": n, "ids": [...]}], "kl": mean}) with
TYPE.npy (the float32 model's log-probabilities at the new tokens), for whoever wants another program's divergence on the same
tokens. Needs torch, transformers >= 5, tokenizers, pyyaml. Fails when a type loses more than LIMITS says.
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
from transformers import Qwen2_5_VLForConditionalGeneration

root = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(root / "reference"), str(root / "golden")]
from named_weights import named_weight, released_name  # noqa: E402
from qwen_vl import hf_config, image_processor, load_shape, load_tokenizer, train_tokenizer  # noqa: E402

# Twice what was measured: a format that is read or multiplied wrongly loses orders of magnitude more.
LIMITS = {"F32": 1e-8, "F16": 1.2e-6, "BF16": 7.5e-5, "Q8_0": 8e-4, "Q6_K": 4.7e-3, "Q4_K": 5.6e-2, "Q4_K_M": 5.3e-2, "Q4_0": 8e-2}
PROMPTS = [
    "Is there a fracture?", "the lung is clear", "What is the modality of this image?", "Pleuraerguss 12.5 mm",
    "no acute fracture is seen", "Name the organ.", "heart size", "Answer with the option's letter.",
]
TEXT = {"hidden_size": 512, "intermediate_size": 1024, "num_hidden_layers": 6, "num_attention_heads": 8, "num_key_value_heads": 2, "mrope_section": [8, 12, 12]}


def make_model(folder: pathlib.Path) -> None:
    corpus = PROMPTS + ["the lung is clear and the heart is of normal size", "no acute fracture is seen in this x-ray image"] * 3
    train_tokenizer(corpus, 600, folder)
    ours = load_shape(root.parent / "configs/model/nano.yaml", load_tokenizer(folder))
    ours["text"] |= TEXT
    ours["vision"] |= {"out_hidden_size": TEXT["hidden_size"]}
    model = Qwen2_5_VLForConditionalGeneration._from_config(hf_config(ours), dtype=torch.float32)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.copy_(torch.from_numpy(named_weight(released_name(name), tuple(weight.shape))))
    end = load_tokenizer(folder).eos_token_id
    model.generation_config.eos_token_id = model.generation_config.pad_token_id = model.generation_config.bos_token_id = end
    model.save_pretrained(folder)
    image_processor(ours).save_pretrained(folder)


def answers(lingshu: list[str], file: pathlib.Path, vocab: int, new_tokens: int) -> list[dict]:
    found = []
    for seed, prompt in enumerate(PROMPTS):
        command = lingshu + ["generate", "--model", str(file), "--prompt", prompt, "--max-new-tokens", str(new_tokens), "--temperature", "1"]
        command += ["--seed", str(seed), "--ignore-eos", "--logprobs", str(vocab), "--json"]
        found.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lingshu", default=str(root.parent / "lingshu"))
    parser.add_argument("--types", default=",".join(LIMITS))
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("--keep", type=pathlib.Path)
    args = parser.parse_args()
    lingshu = shlex.split(args.lingshu)
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or pathlib.Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        make_model(folder)
        model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        vocab = model.config.get_text_config().vocab_size
        for kind in args.types.split(","):
            out = subprocess.run(lingshu + ["quantize", "--model", str(folder), "--type", kind, "--out", str(folder / kind), "--json"], check=True, capture_output=True, text=True)
            ours, exact, sequences = [], [], []
            for answer in answers(lingshu, pathlib.Path(json.loads(out.stdout)["language"]["file"]), vocab, args.new_tokens):
                ids, prompt = answer["prompt_ids"] + answer["ids"], len(answer["prompt_ids"])
                with torch.no_grad():
                    logits = model(input_ids=torch.tensor([ids])).logits[0, prompt - 1 : -1]
                exact.append(logits.double().log_softmax(-1).numpy())
                row = numpy.full((len(answer["ids"]), vocab), -numpy.inf)
                for i, top in enumerate(answer["top_logprobs"]):
                    for token, logprob in top:
                        row[i, token] = logprob
                ours.append(row)
                sequences.append({"prompt": prompt, "ids": ids})
            p, q = numpy.concatenate(exact), numpy.concatenate(ours)
            divergence = (numpy.exp(p) * (p - q)).sum(-1)
            mean, error = divergence.mean(), divergence.std() / len(divergence) ** 0.5
            is_fine = numpy.isfinite(mean) and mean <= LIMITS[kind]
            failed |= not is_fine
            print(f"{kind:7} mean KL {mean:.3e} ± {error:.1e} over {len(divergence)} tokens{'' if is_fine else f'  FAILS: at most {LIMITS[kind]:.0e}'}", flush=True)
            if args.keep:
                numpy.save(folder / f"{kind}.npy", p.astype("float32"))
                (folder / f"{kind}.json").write_text(json.dumps({"sequences": sequences, "kl": mean}))
    return failed


if __name__ == "__main__":
    sys.exit(main())
