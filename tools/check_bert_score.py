"""BERTScore of `lingshu score --summary` against the bert_score package on random models of five types.

Each model (transformers, fixed seed, six layers) is laid where distilroberta-base belongs and read by both programs: layer 5, idf off and
on, rescaled with the published baseline and not. Pairs are of tests/golden/report, alone and together.

    python tools/check_bert_score.py [--lingshu build/release/bin/lingshu] [--pairs 40]
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from bert_score import BERTScorer

sys.path.insert(0, str(Path(__file__).parent / "golden"))
import encoder as golden  # noqa: E402

LAYER = 5
BASELINE = (0.84732, 0.84759504, 0.8473319)  # distilroberta-base, layer 5
CLASSES = {"bert": "BertTokenizer", "distilbert": "BertTokenizer", "mpnet": "MPNetTokenizer", "roberta": "RobertaTokenizer", "deberta_v3": "PreTrainedTokenizerFast"}
TYPES = list(CLASSES)


def published_tokenizer(name, folder):
    """The files and the class that the package's slow tokenizers want, of the tokenizer.json that is there."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    vocabulary = tokenizer["model"]["vocab"]
    pad = "<pad>" if name in ("mpnet", "roberta") else "[PAD]"
    config = {**json.loads((folder / "tokenizer_config.json").read_text()), "tokenizer_class": CLASSES[name], "pad_token": pad, "model_max_length": 512}
    if name == "roberta":
        (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
        merges = [" ".join(merge) if isinstance(merge, list) else merge for merge in tokenizer["model"]["merges"]]
        (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    elif name != "deberta_v3":
        (folder / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.get)) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def ours(lingshu, pairs, models, folder):
    rows = folder / "pairs.jsonl"
    rows.write_text("".join(json.dumps({"id": str(i), "reference": r, "candidate": c}) + "\n" for i, (r, c) in enumerate(pairs)))
    subprocess.run([lingshu, "score", "--in", rows, "--out", folder / "out.jsonl", "--summary", folder / "summary.json", "--models", models], check=True,
                   stderr=subprocess.DEVNULL)
    return {metric["name"]: metric["value"] for metric in json.loads((folder / "summary.json").read_text())}


def theirs(model, pairs, folder, idf, rescale):
    baseline = folder / "baseline.tsv"
    baseline.write_text("LAYER,P,R,F\n" + "".join(f"{i},{BASELINE[0]},{BASELINE[1]},{BASELINE[2]}\n" for i in range(7)))
    references = [r for r, _ in pairs]
    scorer = BERTScorer(model_type=str(model), num_layers=LAYER, idf=idf, idf_sents=references if idf else None, lang="en", rescale_with_baseline=rescale,
                        baseline_path=str(baseline), device="cpu")
    return scorer.score([c for _, c in pairs], references)[2].double().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lingshu", default="build/release/bin/lingshu")
    parser.add_argument("--pairs", type=int, default=40)
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in Path("tests/golden/report/cases.jsonl").read_text().splitlines()]
    pairs = [(row["reference"], row["candidate"]) for row in rows if "reference" in row and row["reference"].strip() and row["candidate"].strip()][:arguments.pairs]
    worst = {}
    for seed, name in enumerate(TYPES):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            model = folder / "models" / "distilroberta-base"
            model.mkdir(parents=True)
            torch.manual_seed(seed)
            _, network = golden.make(name, model, {**golden.SIZES, "num_hidden_layers": 6, "hidden_size": 64, "intermediate_size": 128, "max_position_embeddings": 512})
            golden.spread(network).save_pretrained(model)
            published_tokenizer(name, model)
            for group in [pairs] + [[pair] for pair in pairs[:4]]:
                mine = ours(arguments.lingshu, group, folder / "models", folder)
                for idf, key in ((False, "bert_score_distilroberta"), (True, "bert_score_distilroberta_idf")):
                    if idf and len(group) == 1:
                        continue  # all weights are 0
                    rescaled, plain = theirs(model, group, folder, idf, True), theirs(model, group, folder, idf, False)
                    back = mine[key] * (1 - BASELINE[2]) + BASELINE[2]
                    difference = max(abs(mine[key] - rescaled), abs(back - plain))
                    worst[name, idf] = max(worst.get((name, idf), 0), difference)
    for (name, idf), difference in worst.items():
        print(f"{name:<12} idf {'on ' if idf else 'off'}  largest difference {difference:.1e}")
    assert max(worst.values()) < 1e-5 / (1 - BASELINE[2]), "float32 to 1e-5, divided by 1 - baseline"


if __name__ == "__main__":
    main()
