#!/usr/bin/env python3
"""What the `tokenizers` package says, as cases for text_test.

  tokenizer.py small FOLDER OUT   trains a small tokenizer on generated text, gives it the added tokens and the chat template
                                  of FOLDER (Qwen2.5-VL) and writes OUT/tokenizer.json, OUT/tokenizer_config.json, OUT/cases.jsonl
                                  and OUT/chat.jsonl (committed under tests/golden/tokenizer)
  tokenizer.py live FOLDER OUT [TEXT_FILE ...]
                                  cases for the tokenizer of FOLDER: every assigned code point in several contexts, random
                                  Unicode, decoding, and the given text files. Then:
                                  LINGSHU_TOKEN_CASES=OUT build/release/text_test --gtest_filter='Golden*'
  tokenizer.py categories         code points that Python's unicodedata and the package's patterns see differently
                                  (the table of src/text/unicode_class.cc is this output under Python 3.11, Unicode 14)

A case is {"text", "ids", "trusted"}: ids of plain text, and ids with added tokens recognised; or {"decode", "kept",
"skipped"}: the text of ids with and without special tokens. In chat.jsonl it is {"turns", "image_tokens", "opens", "ids"}:
what transformers' apply_chat_template gives, with each <|image_pad|> repeated as often as its image has tokens.
"""
import json
import os
import random
import sys
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")

POOL = (list("abcxyzABCXYZéßñçøåĀſıİ") + list("0123456789²½①٣௧") + [" ", " ", "  ", "\t", "\n", "\r\n", "\n\n", "\u00a0", "\u2003", "\u3000",
        "\u0085", "\u180e", "\u200b", "\u200d", "\ufeff", "\x00", "\x1c"] + ["'s", "'T", "'re", "'VE", "'ll", "'d", "'", "’s", "'ſ"] +
        list(".,;:!?-_/\\()[]{}<>|@#$%^&*+=~`\"") + list("的一是在左肺结节，。、！？（）％") + list("かなカナ한글각") +
        ["\u1100\u1161\u11a8", "\u0041\u030a", "e\u0301", "\u0301", "\u0327", "\u0345", "\u212b", "\u2126", "\ufb01", "\u0958", "\u0b94",
         "\U0001f600", "\U0001f468\u200d\u2695\ufe0f", "\U0001d400", "\U0001e943", "\U000e0041", "\U0001f1e8\U0001f1f3", "\U00020000"] +
        list("нещоاَلقدមាតកា") + ["<|im_start|>", "<|im_end|>", "<|image_pad|>", "<tool_call>", "<|im_", "end|>", "<|endoftext|>x"])


def pieces(seed, count, longest):
    rng = random.Random(seed)
    for _ in range(count):
        narrow = rng.sample(POOL, rng.randint(1, 12)) if rng.random() < 0.7 else POOL
        yield "".join(rng.choice(narrow) for _ in range(rng.randint(0, longest)))


def assigned():
    """Code points, in runs of 64, without surrogates, private use and the unassigned planes."""
    ranges = [(0, 0xD800), (0xE000, 0xE010), (0xF900, 0x10000), (0x10000, 0x33480), (0xE0000, 0xE0200), (0x10FFF0, 0x110000)]
    for first, last in ranges:
        for begin in range(first, last, 64):
            yield [chr(c) for c in range(begin, min(begin + 64, last))]


def contexts(run):
    yield "".join(f"a{c}b " for c in run)
    yield "".join(f" {c}{c}x\n" for c in run)
    yield "".join(f"1{c}2,{c}." for c in run)
    yield "".join(f"x'{c} '{c}e" for c in run)
    yield "".join(f"{c}\n{c} \t" for c in run)
    yield "".join(f"a{c}\u0301\u0327 {c}\u0334\u0345" for c in run)
    yield "".join(f"\u0301{c}\u0327 \u0315\u0334{c}" for c in run)
    yield "".join(f"\u1100{c}\u11a8 \u09c7{c}" for c in run)
    yield "".join(run)


def plain_copy(tokenizer):
    parts = json.loads(tokenizer.to_str())
    parts["added_tokens"] = []
    return Tokenizer.from_str(json.dumps(parts))


def write_cases(tokenizer, texts, out, seed):
    plain = plain_copy(tokenizer)
    rng = random.Random(seed)
    size = tokenizer.get_vocab_size()
    with open(os.path.join(out, "cases.jsonl"), "w", encoding="utf-8", newline="\n") as file:
        def write(case):
            file.write(json.dumps(case, ensure_ascii=True) + "\n")
        n = 0
        for n, text in enumerate(texts, 1):
            case = {"text": text, "ids": plain.encode(text, add_special_tokens=False).ids}
            trusted = tokenizer.encode(text, add_special_tokens=False).ids
            if trusted != case["ids"]:
                case["trusted"] = trusted
            write(case)
        for _ in range(max(50, n // 20)):
            ids = [rng.randrange(size - 22, size) if rng.random() < 0.2 else rng.randrange(size) for _ in range(rng.randint(1, 30))]
            write({"decode": ids, "kept": tokenizer.decode(ids, skip_special_tokens=False), "skipped": tokenizer.decode(ids, skip_special_tokens=True)})
    print(n, "texts")


def conversations(rng):
    """Roles and pieces; an integer is an image of so many tokens."""
    yield [("user", ["What is this?"])]
    yield [("user", [4, "is there a nodule?"])]
    yield [("system", ["You are a radiologist."]), ("user", [3, "left\n\nlung ", 5, " 结节"]), ("assistant", ["No."]), ("user", ["\n Why?\n"])]
    yield [("assistant", ["A"]), ("user", [1])]
    yield [("user", [""]), ("assistant", [""]), ("user", [2, 2, 2])]
    yield [("system", []), ("user", ["e", "\u0301", "x"])]
    for _ in range(20):
        turns = [("system", [rng.choice(POOL)])] if rng.random() < 0.3 else []
        for i in range(rng.randint(1, 5)):
            parts = [rng.randint(1, 9) if rng.random() < 0.3 else next(pieces(rng.random(), 1, 8)) for _ in range(rng.randint(0, 4))]
            # The package would read control tokens in the user's text: that is what ours never does, so they stay out here.
            turns.append(("user" if i % 2 == 0 else "assistant", [p if isinstance(p, int) else p.replace("<|", "<").replace("<tool_call>", "") for p in parts]))
        yield turns


def write_chats(folder, out):
    from transformers import AutoTokenizer
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rng = random.Random(6)
    with open(os.path.join(out, "chat.jsonl"), "w", encoding="utf-8", newline="\n") as file:
        for turns in conversations(rng):
            messages = [{"role": role, "content": [{"type": "image"} if isinstance(p, int) else {"type": "text", "text": p} for p in parts]} for role, parts in turns]
            counts = [p for _, parts in turns for p in parts if isinstance(p, int)]
            opens = rng.random() < 0.5
            text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=opens)
            head, *tails = text.split("<|image_pad|>")
            text = head + "".join("<|image_pad|>" * n + tail for n, tail in zip(counts, tails, strict=True))
            file.write(json.dumps({"turns": turns, "image_tokens": counts, "opens": opens, "ids": tokenizer(text, add_special_tokens=False).input_ids}) + "\n")


def small(folder, out):
    words = "the lung heart shows no acute small nodule left right lobe opacity effusion normal is are of in and with 左肺 结节 正常 右 é ".split(" ")
    rng = random.Random(1)
    lines = [" ".join(rng.choice(words) for _ in range(12)) + rng.choice([".", ",\n", "!", "\n\n"]) for _ in range(400)]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(QWEN2), "isolated"),
                                                       pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=400, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    config = json.load(open(os.path.join(folder, "tokenizer_config.json"), encoding="utf-8"))
    for _, token in sorted(config.pop("added_tokens_decoder").items(), key=lambda entry: int(entry[0])):
        tokenizer.add_tokens([AddedToken(**token)])
    tokenizer.add_tokens([AddedToken("<|pad|>", special=True, lstrip=True, rstrip=True), AddedToken("knee", single_word=True)])
    os.makedirs(out, exist_ok=True)
    tokenizer.save(os.path.join(out, "tokenizer.json"), pretty=False)
    with open(os.path.join(out, "tokenizer_config.json"), "w", encoding="utf-8", newline="\n") as file:
        json.dump(config, file, indent=1)
    texts = list(pieces(2, 250, 12)) + lines[:20] + [" a <|pad|>\n b", "<tool_call><|im_end|><|im_", "a knee, kneel, knee", "a" * 300, "左肺结节" * 40, "\n" * 70 + " " * 70]
    write_cases(tokenizer, texts, out, 3)
    write_chats(out, out)


def live(folder, out, files):
    path = os.path.join(folder, "tokenizer.json")
    os.makedirs(out, exist_ok=True)
    if not os.path.exists(path):
        from transformers import AutoTokenizer
        AutoTokenizer.from_pretrained(folder).save_pretrained(out)
        path = os.path.join(out, "tokenizer.json")
    elif not os.path.samefile(folder, out):
        with open(os.path.join(out, "tokenizer.json"), "w", encoding="utf-8") as copy:
            copy.write(open(path, encoding="utf-8").read())
    def texts():
        for run in assigned():
            yield from contexts(run)
        yield from pieces(4, 20000, 40)
        for name in files:
            body = open(name, encoding="utf-8", errors="replace", newline="").read()
            if "__ggml_vocab_test__" in body:
                yield from (part.strip("\n") for part in body.split("__ggml_vocab_test__"))
            for begin in range(0, min(len(body), 2_000_000), 4000):
                yield body[begin:begin + 4000]
    write_cases(Tokenizer.from_file(path), texts(), out, 5)
    write_chats(folder, out)


def categories():
    for category in "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf".split():
        split = pre_tokenizers.Split(Regex(r"\p{%s}" % category), "removed")
        ranges = []
        for begin in range(0, 0x110000, 4096):
            block = [c for c in range(begin, begin + 4096) if not 0xD800 <= c < 0xE000]
            if not block:
                continue
            others = {ord(c) for piece, _ in split.pre_tokenize_str("".join(map(chr, block))) for c in piece}
            for c in block:
                if c in others or unicodedata.category(chr(c)) == category:
                    continue
                if ranges and ranges[-1][1] == c - 1:
                    ranges[-1][1] = c
                else:
                    ranges.append([c, c])
        for first, last in ranges:
            print('{0x%X, 0x%X, "%s"},' % (first, last, category))


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "small":
        small(sys.argv[2], sys.argv[3])
    elif len(sys.argv) >= 4 and sys.argv[1] == "live":
        live(sys.argv[2], sys.argv[3], sys.argv[4:])
    elif sys.argv[1:] == ["categories"]:
        categories()
    else:
        sys.exit(__doc__)
