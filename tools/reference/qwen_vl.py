"""What the reference scripts share: our model shapes as transformers configs, a small tokenizer, prompts, images.

Only transformers' own classes compute anything here; nothing of our C++ is used.
"""

import pathlib

import yaml
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2_5_VLConfig
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

ADDED_TOKENS = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
    "<tool_call>",
    "</tool_call>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
]
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# The released template, less its branches for video and numbered pictures.
TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ content['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TOKEN_OF_ID = {
    "image_token_id": "<|image_pad|>",
    "video_token_id": "<|video_pad|>",
    "vision_start_token_id": "<|vision_start|>",
    "vision_end_token_id": "<|vision_end|>",
}


def train_tokenizer(texts, vocab_size: int, folder: pathlib.Path) -> None:
    """Byte-level BPE as Qwen2's, with the added tokens at the end of the vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=vocab_size - len(ADDED_TOKENS),
            show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )
    tokenizer.add_tokens([AddedToken(token, special=i < 14, normalized=False) for i, token in enumerate(ADDED_TOKENS)])
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=TEMPLATE,
        clean_up_tokenization_spaces=False,
    ).save_pretrained(folder)


def load_tokenizer(folder: pathlib.Path, file: pathlib.Path | None = None) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_file=str(file or folder / "tokenizer.json"),
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def hf_config(ours: dict) -> Qwen2_5_VLConfig:
    """A ModelConfig of ours, as a dictionary of its fields, as transformers' config."""
    text = dict(ours["text"])
    text.pop("head_dim", None)
    is_tied = text.pop("tie_word_embeddings", False)
    rope = {
        "rope_type": "default",
        "rope_theta": text.pop("rope_theta", 1e6),
        "mrope_section": text.pop("mrope_section", [16, 24, 24]),
    }
    text = (
        {"rms_norm_eps": 1e-6, "bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
        | text
        | {"rope_parameters": rope}
    )
    vision = {"hidden_size": 1280, "tokens_per_second": 2} | ours["vision"]
    ids = {key: ours[key] for key in TOKEN_OF_ID if key in ours}
    return Qwen2_5_VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=is_tied, **ids)


def load_shape(file: pathlib.Path, tokenizer: PreTrainedTokenizerFast) -> dict:
    """configs/model/*.yaml with the vocabulary and the token ids of this tokenizer."""
    ours = yaml.safe_load(file.read_text())
    ours["text"]["vocab_size"] = len(tokenizer)
    for key, token in TOKEN_OF_ID.items():
        ours[key] = tokenizer.convert_tokens_to_ids(token)
    return ours


def image_processor(ours: dict) -> Qwen2VLImageProcessorPil:
    vision, processor = ours["vision"], ours["processor"]
    return Qwen2VLImageProcessorPil(
        min_pixels=processor["min_pixels"],
        max_pixels=processor["max_pixels"],
        patch_size=vision.get("patch_size", 14),
        merge_size=vision.get("spatial_merge_size", 2),
    )


def prompt_ids(tokenizer: PreTrainedTokenizerFast, text: str, image_tokens: list[int]) -> list[int]:
    """The chat template with one user turn: images, then text; an image's placeholder stands once for each token."""
    content = [{"type": "image"} for _ in image_tokens] + [{"type": "text", "text": text}]
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
    )
    pieces = prompt.split("<|image_pad|>")
    for i, count in enumerate(image_tokens):
        pieces[i] += "<|image_pad|>" * count
    return tokenizer("".join(pieces), add_special_tokens=False)["input_ids"]
