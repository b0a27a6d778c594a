"""Golden values of RadGraph: tests/golden/encoder/radgraph/{config.json, weights.th, vocabulary/, golden.json}.

A DyGIE++ of radgraph 0.1.18 with random weights (fixed seed) over the tiny BERT of encoder.py, in the layout of the published archive;
golden.json has for each report what that package parses. With --check the committed model is read by the installed package.

    python tools/golden/radgraph_parser.py tests/golden/encoder [--check]
"""
import json
import sys
from pathlib import Path

import torch
from radgraph.allennlp.common.params import Params
from radgraph.allennlp.data import Vocabulary, token_indexers
from radgraph.allennlp.data.dataloader import PyTorchDataLoader
from radgraph.allennlp.data.dataset_readers import AllennlpDataset
from radgraph.allennlp.modules import text_field_embedders, token_embedders
from radgraph.dygie.data.dataset_readers.dygie import DyGIEReader
from radgraph.dygie.models import dygie
from radgraph.utils import postprocess_reports, preprocess_reports

REPORTS = ["The lungs are clear without pleural effusion or pneumothorax.", "Mild cardiomegaly, small left effusion; 2.5 cm nodule (unchanged).", "",
           "Heart size is normal.\nNo acute process.", "Right-sided PICC line terminates in the mid SVC: s/p CABG!", "effusion", "?", "Naïve café 肺部 normal",
           "No pneumothorax. " * 14]
NULL_MARGIN = 1.0
NER = ["", "OBS-DP", "ANAT-DP", "OBS-U", "OBS-DA"]
RELATIONS = ["", "located_at", "modify", "suggestive_of"]
MODEL = {"max_span_width": 4, "feature_size": 5, "feedforward_params": {"num_layers": 2, "hidden_dims": 12, "dropout": 0.4}, "target_task": "relation",
         "loss_weights": {"ner": 0.2, "relation": 1.0, "coref": 0.0, "events": 0.0},
         "modules": {"ner": {}, "relation": {"spans_per_word": 0.5}, "coref": {"spans_per_word": 0.3, "max_antecedents": 10},
                     "events": {"trigger_spans_per_word": 0.3, "argument_spans_per_word": 0.8, "loss_weights": {"trigger": 1.0, "arguments": 1.0}}}}


def build(folder, bert):
    config = json.loads((folder / "config.json").read_text())
    vocabulary = Vocabulary.from_files(str(folder / "vocabulary"))
    length = config["dataset_reader"]["token_indexers"]["bert"]["max_length"]
    reader = DyGIEReader(max_span_width=config["dataset_reader"]["max_span_width"],
                         token_indexers={"bert": token_indexers.PretrainedTransformerMismatchedIndexer(model_name=str(bert), max_length=length)})
    embedder = text_field_embedders.BasicTextFieldEmbedder({"bert": token_embedders.PretrainedTransformerMismatchedEmbedder(model_name=str(bert), max_length=length)})
    arguments = {key: value for key, value in config["model"].items() if key not in ("type", "embedder", "initializer", "module_initializer")}
    arguments["modules"] = Params(arguments["modules"])
    return reader, dygie.DyGIE(vocab=vocabulary, embedder=embedder, **arguments)


def parse(reader, model, kind):
    rows = preprocess_reports([report or "None" for report in REPORTS], kind)
    data = AllennlpDataset([reader.text_to_instance(row) for row in rows])
    data.index_with(model.vocab)
    results = []
    with torch.no_grad():
        for batch in PyTorchDataLoader(batch_size=1, dataset=data):
            results.append(model.make_output_human_readable(model(**batch)).to_json())
    parsed = postprocess_reports(results)
    return [{"report": report, "entities": {key: {k: entity[k] for k in ("tokens", "label", "relations")} for key, entity in parsed[str(i)]["entities"].items()}}
            for i, report in enumerate(REPORTS)]


def main():
    root = Path(sys.argv[1])
    bert = root / "bert"
    for kind in ("radgraph", "radgraph-xl"):
        folder = root / kind.replace("-", "_")
        if "--check" not in sys.argv:
            (folder / "vocabulary").mkdir(parents=True, exist_ok=True)
            (folder / "config.json").write_text(json.dumps({
                "dataset_reader": {"max_span_width": MODEL["max_span_width"], "token_indexers": {"bert": {"model_name": "bert", "max_length": 64}}},
                "model": {"type": "dygie", "embedder": {"token_embedders": {"bert": {"model_name": "bert", "max_length": 64}}}, **MODEL}}))
            for name, labels in (("ner", NER), ("relation", RELATIONS)):
                (folder / "vocabulary" / f"{kind}__{name}_labels.txt").write_text("".join(label + "\n" for label in labels))
            (folder / "vocabulary" / "non_padded_namespaces.txt").write_text("*tags\n*labels\n")
            torch.manual_seed(7 if kind == "radgraph" else 8)
            reader, model = build(folder, bert)
            for name, parameter in model.named_parameters():  # of about unit gain; BERT keeps its own
                if "transformer_model" not in name:
                    torch.nn.init.normal_(parameter, std=(2 / parameter.shape[-1]) ** 0.5 if parameter.dim() > 1 else 0.1)
                if "_ner_scorers" in name and name.endswith("1._module.bias"):
                    parameter.data -= NULL_MARGIN  # null wins for most spans, as in a trained model
            torch.save(model.state_dict(), folder / "weights.th")
        reader, model = build(folder, bert)
        model.load_state_dict(torch.load(folder / "weights.th", weights_only=True), strict=True)
        cases = parse(reader, model.eval(), kind)
        if "--check" in sys.argv:
            assert cases == json.loads((folder / "golden.json").read_text()), kind
        else:
            (folder / "golden.json").write_text(json.dumps(cases, ensure_ascii=False))
        (folder / "vocabulary" / ".lock").unlink(missing_ok=True)  # of Vocabulary.from_files
        entities = sum(len(case["entities"]) for case in cases)
        print(f"{kind}: {len(cases)} reports, {entities} entities, {sum(len(e['relations']) for case in cases for e in case['entities'].values())} relations")


if __name__ == "__main__":
    main()
