"""Writes a Hugging Face folder of a tiny random Qwen2.5-VL for tests that run the binary: only Python's own library.

    python3 tests/lib/tiny_model.py OUT [FLAW …]

Flaws: missing, extra, misshapen, nan (tensors), truncated (the file), bfloat16 (not a flaw), small_context.
"""
import json
import math
import pathlib
import random
import shutil
import struct
import sys

out, flaws = pathlib.Path(sys.argv[1]), set(sys.argv[2:])
out.mkdir(parents=True, exist_ok=True)
source = pathlib.Path("tests/golden/tokenizer")
for name in ("tokenizer.json", "tokenizer_config.json"):
    shutil.copy(source / name, out / name)
tokens = {token["content"]: token["id"] for token in json.loads((source / "tokenizer.json").read_text())["added_tokens"]}
vocab, hidden, inner, layers = max(tokens.values()) + 1, 32, 48, 2
vision = {"depth": 2, "hidden_size": 32, "num_heads": 2, "intermediate_size": 40, "out_hidden_size": hidden, "in_chans": 3, "patch_size": 14,
          "spatial_merge_size": 2, "temporal_patch_size": 2, "window_size": 112, "fullatt_block_indexes": [1], "tokens_per_second": 2, "hidden_act": "silu"}
config = {"architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl", "vocab_size": vocab, "hidden_size": hidden,
          "intermediate_size": inner, "num_hidden_layers": layers, "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu",
          "max_position_embeddings": 200 if "small_context" in flaws else 4096, "rms_norm_eps": 1e-6, "rope_theta": 1e6,
          "rope_scaling": {"type": "mrope", "mrope_section": [2, 1, 1]}, "tie_word_embeddings": False, "vision_config": vision,
          "bos_token_id": tokens["<|endoftext|>"], "eos_token_id": tokens["<|im_end|>"], "image_token_id": tokens["<|image_pad|>"],
          "video_token_id": tokens["<|video_pad|>"], "vision_start_token_id": tokens["<|vision_start|>"], "vision_end_token_id": tokens["<|vision_end|>"]}
(out / "config.json").write_text(json.dumps(config))
(out / "preprocessor_config.json").write_text(json.dumps({
    "min_pixels": 3136, "max_pixels": 50176, "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2, "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711], "image_processor_type": "Qwen2VLImageProcessor"}))

shapes = {"model.embed_tokens.weight": [vocab, hidden], "model.norm.weight": [hidden], "lm_head.weight": [vocab, hidden],
          "visual.patch_embed.proj.weight": [32, 3, 2, 14, 14], "visual.merger.ln_q.weight": [32], "visual.merger.mlp.0.weight": [128, 128],
          "visual.merger.mlp.0.bias": [128], "visual.merger.mlp.2.weight": [hidden, 128], "visual.merger.mlp.2.bias": [hidden]}
for i in range(layers):
    at = f"model.layers.{i}."
    shapes |= {at + "input_layernorm.weight": [hidden], at + "post_attention_layernorm.weight": [hidden], at + "self_attn.q_proj.weight": [hidden, hidden],
               at + "self_attn.q_proj.bias": [hidden], at + "self_attn.k_proj.weight": [16, hidden], at + "self_attn.k_proj.bias": [16],
               at + "self_attn.v_proj.weight": [16, hidden], at + "self_attn.v_proj.bias": [16], at + "self_attn.o_proj.weight": [hidden, hidden],
               at + "mlp.gate_proj.weight": [inner, hidden], at + "mlp.up_proj.weight": [inner, hidden], at + "mlp.down_proj.weight": [hidden, inner]}
for i in range(2):
    at = f"visual.blocks.{i}."
    shapes |= {at + "norm1.weight": [32], at + "norm2.weight": [32], at + "attn.qkv.weight": [96, 32], at + "attn.qkv.bias": [96], at + "attn.proj.weight": [32, 32],
               at + "attn.proj.bias": [32], at + "mlp.gate_proj.weight": [40, 32], at + "mlp.gate_proj.bias": [40], at + "mlp.up_proj.weight": [40, 32],
               at + "mlp.up_proj.bias": [40], at + "mlp.down_proj.weight": [32, 40], at + "mlp.down_proj.bias": [32]}
if "missing" in flaws:
    del shapes["model.norm.weight"], shapes["visual.merger.ln_q.weight"]
if "extra" in flaws:
    shapes["model.surplus.weight"] = [3]
if "misshapen" in flaws:
    shapes["lm_head.weight"] = [vocab, hidden + 1]

draw, header, data = random.Random(1), {}, b""
for name, shape in shapes.items():
    count = math.prod(shape)
    if len(shape) == 1 and not name.endswith("bias"):
        values = [1.0] * count
    else:
        scale = math.sqrt(3 / (count / shape[0])) if len(shape) > 1 else 0.1
        values = [scale * draw.uniform(-1, 1) for _ in range(count)]
    if "nan" in flaws and name in ("model.layers.1.mlp.up_proj.weight", "visual.blocks.0.norm1.weight"):
        values[count // 2] = math.nan
    packed = struct.pack(f"<{count}f", *values)
    if "bfloat16" in flaws:
        packed = b"".join(packed[i + 2 : i + 4] for i in range(0, len(packed), 4))
    header[name] = {"dtype": "BF16" if "bfloat16" in flaws else "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
    data += packed
text = json.dumps(header).encode()
whole = struct.pack("<Q", len(text)) + text + data
(out / "model.safetensors").write_bytes(whole[: len(whole) // 2] if "truncated" in flaws else whole)
