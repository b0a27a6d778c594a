"""RadCliQ of `lingshu score --summary` end to end on random models: its four components are taken from the same summary and put through the published
coefficients (CXR-Report-Metric's scaler and linear models, as scikit-learn would apply them). The components have checks of their own:
check_bert_score.py, tests/golden/encoder (CheXbert, RadGraph) and tests/golden/report (BLEU-2).

    python -P tools/check_radcliq.py [--lingshu build/release/bin/lingshu]
"""
import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent / "golden"))
import encoder as golden  # noqa: E402

COMPONENTS = ["radgraph_combined", "bert_score_distilroberta", "semb_score", "bleu2_nltk_method1"]


def published():
    """mean, scale, coefficients and intercept of both versions, as the header of the conformance cases has them."""
    header = json.loads(Path("tests/conformance/radcliq_cases.jsonl").read_text().splitlines()[0])
    v0, v1 = header["v0"], header["v1"]
    return {"radcliq_v0": (v0["mean"], v0["scale"], v0["coef"], v0["intercept"]),
            "radcliq_v1": (v1["mean"], v1["scale"], v1["coefs_then_intercept"][:4], v1["coefs_then_intercept"][4])}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lingshu", default="build/release/bin/lingshu")
    arguments = parser.parse_args()
    tiny = Path("tests/golden/encoder")
    with tempfile.TemporaryDirectory() as temporary:
        models = Path(temporary) / "models"
        roberta = models / "distilroberta-base"
        roberta.mkdir(parents=True)
        torch.manual_seed(3)
        _, network = golden.make("roberta", roberta, {**golden.SIZES, "num_hidden_layers": 6})
        golden.spread(network).save_pretrained(roberta)
        shutil.copytree(tiny / "radgraph", models / "radgraph")
        shutil.copytree(tiny / "bert", models / "radgraph-bert")
        shutil.copytree(tiny / "bert", models / "bert-base-uncased")
        shutil.copytree(tiny / "chexbert", models / "chexbert")
        cases = [json.loads(line) for line in Path("tests/golden/report/cases.jsonl").open()][1:31]
        pairs = Path(temporary) / "pairs.jsonl"
        pairs.write_text("".join(json.dumps({"id": str(i), "reference": case["reference"], "candidate": case["candidate"]}) + "\n" for i, case in enumerate(cases)))
        summary = Path(temporary) / "summary.json"
        subprocess.run([arguments.lingshu, "score", "--in", pairs, "--out", Path(temporary) / "out.jsonl", "--summary", summary, "--models", models], check=True, stderr=subprocess.DEVNULL)
        metrics = {metric["name"]: metric for metric in json.loads(summary.read_text())}
        missing = [name for name in COMPONENTS + list(published()) if metrics[name]["value"] is None]
        assert not missing, [metrics[name].get("missing") for name in missing]
        components = np.array([metrics[name]["value"] for name in COMPONENTS])
        for name, (mean, scale, coefficients, intercept) in published().items():
            expected = intercept + (components - np.array(mean)) / np.array(scale) @ np.array(coefficients)  # linear: the mean of all is that of the means
            found = metrics[name]["value"]
            print(f"{name}: {found:.9f}, from its components {expected:.9f}; {', '.join(f'{key} {value:.4f}' for key, value in zip(COMPONENTS, components))}")
            assert abs(found - expected) < 1e-9


if __name__ == "__main__":
    main()
