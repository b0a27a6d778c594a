"""Golden values of the encoders: tests/golden/encoder/<name>/{config.json, tokenizer.json | vocab.txt, weights, golden.json}.

Tiny models of random weights (fixed seed) from transformers, tokenizers trained on the words below; golden.json has for each text the ids and
what the layers give. With --check the committed folders are loaded by the installed transformers and tokenizers and must give the committed values.

    python tools/golden/encoder.py tests/golden/encoder [--check]
"""
import io
import json
import sys
import tempfile
from pathlib import Path

import sentencepiece
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (BertConfig, BertModel, DebertaV2Config, DebertaV2ForTokenClassification, DebertaV2Model, DistilBertConfig, DistilBertModel,
                          MPNetConfig, MPNetModel, RobertaConfig, RobertaModel)

CORPUS = """The lungs are clear without pleural effusion or pneumothorax. Heart size is normal. No acute cardiopulmonary process.
Mild cardiomegaly with bibasilar atelectasis; small left pleural effusion, unchanged. There is a 2.5 cm nodule in the right upper lobe.
Right-sided PICC line terminates in the mid SVC. Sternotomy wires intact (s/p CABG). Naïve café façade Übergang. 肺部 影像 正常
T2/FLAIR hyperintensity, ejection fraction of 55%. Compression deformity at T12?! Follow-up is recommended.""".split("\n")
TEXTS = ["The lungs are clear.", "Mild CARDIOMEGALY with small left pleural effusions, unchanged since 5/10/2020.", "", "naïve café Übergang", "肺部正常 2.5cm",
         "effusion " * 12, "unbelievable xylophone \u0000\u200b tab\there", "ﬁbrosis １２％  double  spaces "]
RULES = "FB01\t66 69\nFF11\t31\nFF12\t32\nFF05\t25\n"  # of the character map: ﬁ １ ２ ％


def word_piece(folder, lower=True, first="[CLS]", last="[SEP]"):
    specials = ["[PAD]", "[UNK]", first, last, "[MASK]"] if first == "[CLS]" else [first, "<pad>", last, "[UNK]", "<mask>"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=180, special_tokens=specials))
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{first} $A {last}", special_tokens=[(first, specials.index(first)), (last, specials.index(last))])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"cls_token": first, "sep_token": last, "unk_token": "[UNK]", "do_lower_case": lower}))
    return tokenizer


def byte_pairs(folder):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=300, special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
                                                               initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>"}))
    return tokenizer


def unigram(folder, rules=RULES):
    """DeBERTa-v3's form: SentencePiece with a character map, spaces as ▁."""
    with tempfile.TemporaryDirectory() as temporary:
        arguments = {}
        if rules:
            (Path(temporary) / "rules.tsv").write_text(rules)
            arguments["normalization_rule_tsv"] = f"{temporary}/rules.tsv"
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(CORPUS), model_writer=model, vocab_size=120, character_coverage=0.98, pad_id=0, bos_id=1, eos_id=2, unk_id=3,
                                                 pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]", hard_vocab_limit=False,
                                                 minloglevel=2, **arguments)
        from sentencepiece import sentencepiece_model_pb2
        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString(model.getvalue())
    tokenizer = Tokenizer(models.Unigram([(p.piece, p.score) for p in proto.pieces], unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap), normalizers.Strip(left=True, right=True),
                                                 normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}))
    return tokenizer


SIZES = dict(hidden_size=16, num_hidden_layers=3, num_attention_heads=4, intermediate_size=24, max_position_embeddings=64)
LABELS = ["O", "B-ABNORMALITY", "I-ABNORMALITY", "B-NON-ABNORMALITY", "I-NON-ABNORMALITY", "B-DISEASE", "I-DISEASE", "B-NON-DISEASE", "I-NON-DISEASE", "B-ANATOMY", "I-ANATOMY"]


def deberta(vocab, sizes, **more):
    return DebertaV2Config(vocab_size=vocab, **sizes, relative_attention=True, position_biased_input=False, type_vocab_size=0, pos_att_type=["p2c", "c2p"],
                           norm_rel_ebd="layer_norm", layer_norm_eps=1e-7, **more)


def make(name, folder, sizes):
    """The tokenizer and the model of a name."""
    if name == "bert":
        tokenizer = word_piece(folder)
        return tokenizer, BertModel(BertConfig(vocab_size=tokenizer.get_vocab_size(), **sizes))
    if name == "distilbert":
        tokenizer = word_piece(folder, lower=False)
        return tokenizer, DistilBertModel(DistilBertConfig(vocab_size=tokenizer.get_vocab_size(), dim=sizes["hidden_size"], n_layers=sizes["num_hidden_layers"],
                                                           n_heads=sizes["num_attention_heads"], hidden_dim=sizes["intermediate_size"],
                                                           max_position_embeddings=sizes["max_position_embeddings"]))
    if name == "mpnet":
        tokenizer = word_piece(folder, first="<s>", last="</s>")
        return tokenizer, MPNetModel(MPNetConfig(vocab_size=tokenizer.get_vocab_size(), layer_norm_eps=1e-5, pad_token_id=1,
                                                 **{**sizes, "max_position_embeddings": sizes["max_position_embeddings"] + 2}))
    if name == "roberta":
        tokenizer = byte_pairs(folder)
        return tokenizer, RobertaModel(RobertaConfig(vocab_size=tokenizer.get_vocab_size(), type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, hidden_act="gelu_new",
                                                     **{**sizes, "max_position_embeddings": sizes["max_position_embeddings"] + 2}))
    tokenizer = unigram(folder)
    if name == "deberta_v3":  # RaTEScore's tagger is one
        config = deberta(tokenizer.get_vocab_size(), sizes, position_buckets=6, share_att_key=True, id2label=dict(enumerate(LABELS)))
        return tokenizer, DebertaV2ForTokenClassification(config)
    return tokenizer, DebertaV2Model(deberta(tokenizer.get_vocab_size(), sizes, position_buckets=-1, share_att_key=False, conv_kernel_size=3, conv_act="gelu"))


NAMES = ["bert", "distilbert", "mpnet", "roberta", "deberta_v3", "deberta_v2_conv"]


def state(model, ids):
    with torch.no_grad():
        out = model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), output_hidden_states=True)
    states = [h[0] for h in out.hidden_states]
    return states, (out.logits[0] if hasattr(out, "logits") else None)


def spread(model):
    """Weights of about unit gain: with transformers' 0.02 the layers would hardly move."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * (parameter.shape[-1] ** -0.5 if parameter.dim() > 1 else 0.3) + (0.8 if parameter.dim() == 1 else 0))
    return model.eval()


def golden(folder):
    for seed, name in enumerate(NAMES):
        torch.manual_seed(seed)
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        tokenizer, model = make(name, place, SIZES)
        spread(model)
        if name == "distilbert":  # as torch.save leaves it
            model.config.save_pretrained(place)
            torch.save(model.state_dict(), place / "pytorch_model.bin")
        else:
            model.save_pretrained(place)
        cases = []
        for text in TEXTS:
            ids = tokenizer.encode(text).ids[:64]
            states, logits = state(model, ids)
            round_ = lambda row: [round(x, 6) for x in row.tolist()]
            case = {"text": text, "ids": ids, "first": round_(states[0][-1]), "middle": round_(states[2][0]), "last": round_(states[-1][len(ids) // 2])}
            if logits is not None:
                case["labels"] = logits.argmax(-1).tolist()
            cases.append(case)
        (place / "golden.json").write_text(json.dumps(cases, ensure_ascii=False))
        for useless in ("model.safetensors.index.json", "generation_config.json"):
            (place / useless).unlink(missing_ok=True)
    # CheXbert's checkpoint over the tiny BERT: DataParallel's names, the heads, and what else a training loop saves.
    torch.manual_seed(99)
    bert = BertModel.from_pretrained(folder / "bert").eval()
    heads = torch.nn.ModuleList([torch.nn.Linear(16, 4 if i < 13 else 2) for i in range(14)])
    for head in heads:
        torch.nn.init.normal_(head.weight)
    names = {f"module.bert.{k}": v for k, v in bert.state_dict().items()} | {f"module.linear_heads.{k}": v for k, v in heads.state_dict().items()}
    (folder / "chexbert").mkdir(exist_ok=True)
    torch.save({"epoch": 1, "model_state_dict": names, "optimizer_state_dict": {"state": {}, "param_groups": [{"lr": 2e-5}]}}, folder / "chexbert" / "chexbert.pth")
    tokenizer = Tokenizer.from_file(str(folder / "bert" / "tokenizer.json"))
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(" ".join(text.split())).ids
        with torch.no_grad():
            cls = bert(input_ids=torch.tensor([ids])).last_hidden_state[0, 0]
            cases.append({"text": text, "cls": [round(x, 6) for x in cls.tolist()], "classes": [int(head(cls).argmax()) for head in heads]})
    (folder / "chexbert" / "golden.json").write_text(json.dumps(cases, ensure_ascii=False))
    # The older container of torch.save, of the same tensors.
    tensors = torch.load(folder / "distilbert" / "pytorch_model.bin")
    torch.save({"model_state_dict": {"module." + k: v for k, v in list(tensors.items())[:3]}, "epoch": 3, "loss": 0.5, "view": tensors["embeddings.word_embeddings.weight"].t()[1:3]},
               folder / "older.pth", _use_new_zipfile_serialization=False)


def check(folder):
    """The committed folders as the installed packages read them."""
    from transformers import AutoConfig, AutoModel
    worst = 0
    for name in NAMES:
        place = folder / name
        tokenizer = Tokenizer.from_file(str(place / "tokenizer.json"))
        if name == "deberta_v3":
            model = DebertaV2ForTokenClassification.from_pretrained(place).eval()
        elif name == "distilbert":
            model = AutoModel.from_config(AutoConfig.from_pretrained(place)).eval()
            model.load_state_dict(torch.load(place / "pytorch_model.bin"))
        else:
            model = AutoModel.from_pretrained(place).eval()
        for case in json.loads((place / "golden.json").read_text()):
            ids = tokenizer.encode(case["text"]).ids[:64]
            assert ids == case["ids"], (name, case["text"])
            states, _ = state(model, ids)
            for key, row in (("first", states[0][-1]), ("middle", states[2][0]), ("last", states[-1][len(ids) // 2])):
                worst = max(worst, max(abs(a - b) for a, b in zip(row.tolist(), case[key])))
    print(f"{len(NAMES)} models, {len(TEXTS)} texts: largest difference {worst:.1e}")
    assert worst < 1e-5


if __name__ == "__main__":
    (check if "--check" in sys.argv else golden)(Path(sys.argv[1]))
