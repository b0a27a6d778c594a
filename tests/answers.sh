#!/usr/bin/env bash
# generate and chat on a tiny random model: their contracts, what streams, what stops, and what they say to bad input.
set -u
. tests/lib/checks.sh
model=$scratch/model
python3 tests/lib/tiny_model.py "$model"
picture() {  # picture FILE WIDTH HEIGHT: a PPM is not read here, so a PNG by hand
  python3 - "$@" <<'P'
import struct, sys, zlib
path, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def chunk(kind, body): return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
rows = b"" if width * height > 10**8 else b"".join(b"\0" + bytes((x * 7 + y * 3 + c * 40) % 256 for x in range(width) for c in range(3)) for y in range(height))
open(path, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
P
}
picture "$scratch/a.png" 100 60
picture "$scratch/b.png" 56 140
picture "$scratch/dot.png" 1 1
picture "$scratch/huge.png" 100000 100000

generate_keeps_its_contract() {
  "$lingshu" generate --model "$model" --image "$scratch/a.png" --image "$scratch/b.png" --prompt 'what is <|image_pad|> this' --system 'be brief' \
    --max-new-tokens 9 --ignore-eos --logprobs 4 --dtype float32 --seed 3 --json >"$scratch/g.json" || return 1
  python3 - "$scratch/g.json" "$model/config.json" <<'P'
import json, sys
out, config = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
assert {"prompt_ids", "ids", "text", "finish_reason", "image_grid_thw", "timings", "top_logprobs"} <= set(out), sorted(out)
assert len(out["ids"]) == 9 and out["finish_reason"] == "length"
assert out["image_grid_thw"] == [[1, 4, 8], [1, 10, 4]], out["image_grid_thw"]
# Placeholders are the images' alone, whatever the user writes.
assert out["prompt_ids"].count(config["image_token_id"]) == (4 * 8 + 10 * 4) // 4
assert [len(best) for best in out["top_logprobs"]] == [4] * 9
for token, best in zip(out["ids"], out["top_logprobs"]):
    assert best[0][0] == token and all(a[1] >= b[1] for a, b in zip(best, best[1:])) and best[0][1] < 0
for key in ("load_s", "prefill_s", "decode_s", "prompt_tokens", "new_tokens", "drafted_tokens", "accepted_tokens", "acceptance_rate"):
    assert key in out["timings"], key
P
}
volume() {  # volume FILE: NIfTI of 56 x 42 x 12 int16, each slice of its own brightness
  python3 - "$1" <<'P'
import struct, sys
h = bytearray(352)
struct.pack_into("<i", h, 0, 348)
struct.pack_into("<8h", h, 40, 3, 56, 42, 12, 1, 1, 1, 1)
struct.pack_into("<hh", h, 70, 4, 16)
struct.pack_into("<8f", h, 76, 1, 1, 1, 2, 0, 0, 0, 0)
struct.pack_into("<fff", h, 108, 352, 1, 0)
struct.pack_into("<h", h, 254, 1)
struct.pack_into("<12f", h, 280, -1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2, 0)
h[344:348] = b"n+1\0"
open(sys.argv[1], "wb").write(h + b"".join(struct.pack("<h", 90 * z - 900 + (x * y) % 50) for z in range(12) for y in range(42) for x in range(56)))
P
}
volume "$scratch/stack.nii"
# A stack of slices as a video: its own placeholders, time that --fps stretches, and the words of what was shown.
a_stack_is_a_video() {
  local flags=(--model "$model" --image "$scratch/a.png" --video "$scratch/stack.nii" --slices 6 --window 40 400 --prompt 'what is <|video_pad|> this'
               --max-new-tokens 6 --ignore-eos --logprobs 1 --json)
  "$lingshu" generate "${flags[@]}" >"$scratch/v2.json" && "$lingshu" generate "${flags[@]}" --fps 0.25 >"$scratch/v4.json" || return 1
  python3 - "$scratch/v2.json" "$scratch/v4.json" "$model/config.json" <<'P'
import json, sys
fast, slow, config = (json.load(open(path)) for path in sys.argv[1:])
assert fast["image_grid_thw"] == [[1, 4, 8]] and len(fast["video_grid_thw"]) == 1, fast
t, h, w = fast["video_grid_thw"][0]
assert t == 3 and h % 2 == 0 and w % 2 == 0, fast["video_grid_thw"]  # six slices, two a step
assert fast["prompt_ids"].count(config["video_token_id"]) == t * h * w // 4
assert fast["prompt_ids"].count(config["image_token_id"]) == 8
assert fast["second_per_grid_ts"] == [1.0] and slow["second_per_grid_ts"] == [8.0]
assert fast["shown"][0] == "the picture as it is"
assert fast["shown"][1].startswith("video of 6 frames, 2 a second: axial slice 0 of 12, axial slice 2 of 12, "), fast["shown"]
assert fast["shown"][1].endswith("window center 40 width 400"), fast["shown"]
assert fast["prompt_ids"] == slow["prompt_ids"] and fast["top_logprobs"] != slow["top_logprobs"]
P
}
chat_shows_a_video() {
  printf '/video %s\nwhat is this\n' "$scratch/stack.nii" | "$lingshu" chat --model "$model" --slices 4 --plane coronal --max-new-tokens 3 >"$scratch/out" 2>"$scratch/err" || return 1
  grep -qF 'shown: video of 4 frames, 2 a second: coronal slice' "$scratch/err" && [ -s "$scratch/out" ]
}
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
ask() { "$lingshu" generate --model "$model" --prompt "${prompt:-the lung heart}" --max-new-tokens 60 --ignore-eos --json "$@"; }
guesses_change_nothing() {
  local a b
  a=$(ask --ngram 0 | field ids) && b=$(ask --ngram 12 | field ids) && [ "$a" = "$b" ]
}
seeds_decide() {
  local a b c
  a=$(ask --temperature 1 --top-p 0.9 --seed 1 | field ids) && b=$(ask --temperature 1 --top-p 0.9 --seed 1 | field ids) && c=$(ask --temperature 1 --top-p 0.9 --seed 2 | field ids)
  [ "$a" = "$b" ] && [ "$a" != "$c" ]
}
a_stop_text_ends_early() {
  local whole text stop
  whole=$(ask | field text)
  stop=${whole:6:3}
  ask --stop "$stop" >"$scratch/s.json"
  text=$(field text <"$scratch/s.json")
  [ "$(field finish_reason <"$scratch/s.json")" = stop ] && [ "$text" = "${whole%%"$stop"*}" ] && [ "$(python3 -c 'import json,sys; print(len(json.load(sys.stdin)["ids"]))' <"$scratch/s.json")" -lt 60 ]
}
bfloat16_answers() {
  python3 tests/lib/tiny_model.py "$scratch/bf16" bfloat16
  "$lingshu" generate --model "$scratch/bf16" --prompt hi --max-new-tokens 5 --ignore-eos --dtype bfloat16 --json >"$scratch/b16.json" &&
    "$lingshu" generate --model "$scratch/bf16" --prompt hi --max-new-tokens 5 --ignore-eos --json >"$scratch/b32.json" &&
    [ "$(field ids <"$scratch/b16.json")" = "$(field ids <"$scratch/b32.json")" ]
}
# A folder and the pair of GGUF files that quantize makes of it give the same answer; the mmproj beside the model is found.
gguf_pair_answers() {
  local folder pair
  "$lingshu" quantize --model "$model" --type F32 --mmproj-type F32 --out "$scratch/pair" --name tiny >/dev/null || return 1
  pair() { "$lingshu" generate --model "$1" --image "$scratch/a.png" --prompt 'what is this' --max-new-tokens 20 --ignore-eos --json | field ids; }
  folder=$(pair "$model") && pair=$(pair "$scratch/pair/tiny-F32.gguf") && [ -n "$folder" ] && [ "$folder" = "$pair" ]
}
# What the answer came from goes with it: other weights, another version.
gguf_answers_as_a_report() {
  python3 - "$scratch" <<'P' || return 1
import struct, sys
def element(group, number, vr, value):
    value += (b"\0" if vr == b"UI" else b" ") * (len(value) % 2)
    head = struct.pack("<HH2s", group, number, vr)
    return head + (struct.pack("<HI", 0, len(value)) if vr == b"OW" else struct.pack("<H", len(value))) + value
short = lambda n: struct.pack("<H", n)
body = element(8, 0x16, b"UI", b"1.2.840.10008.5.1.4.1.1.7") + element(8, 0x18, b"UI", b"1.2.3.4") + element(8, 0x60, b"CS", b"CT")
body += element(0x10, 0x10, b"PN", b"Nobody^Known") + element(0x10, 0x20, b"LO", b"1") + element(0x20, 0xD, b"UI", b"1.2.3") + element(0x20, 0xE, b"UI", b"1.2.3.5")
for number, value in ((2, 1), (0x10, 64), (0x11, 64), (0x100, 16), (0x101, 16), (0x102, 15), (0x103, 0)):
    body += element(0x28, number, b"US", short(value)) + (element(0x28, 4, b"CS", b"MONOCHROME2") if number == 2 else b"")
body += element(0x7FE0, 0x10, b"OW", b"".join(short(i % 4096) for i in range(64 * 64)))
meta = element(2, 0x10, b"UI", b"1.2.840.10008.1.2.1")
open(f"{sys.argv[1]}/scan.dcm", "wb").write(b"\0" * 128 + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta)) + meta + body)
P
  "$lingshu" quantize --model "$model" --type F16 --mmproj-type F16 --out "$scratch/half" --name tiny >/dev/null || return 1
  for weights in "$model" "$scratch/pair/tiny-F32.gguf" "$scratch/half/tiny-F16.gguf"; do
    "$lingshu" generate --model "$weights" --image "$scratch/scan.dcm" --prompt 'what is this' --max-new-tokens 3 --ignore-eos --sr "$scratch/answer.dcm" --fhir "$scratch/answer.json" >/dev/null || return 1
    [ -s "$scratch/answer.dcm" ] && python3 -c 'import json,sys; print(json.dumps(json.load(open(sys.argv[1])), sort_keys=True))' "$scratch/answer.json" | grep -oE '[0-9a-f]{12}(\+[0-9a-f]{12})?"' | head -1
  done >"$scratch/versions"
  [ "$(sort -u "$scratch/versions" | wc -l)" -eq 3 ] || { cat "$scratch/versions"; return 1; }
}
# The first answer is generate's; the second prompt finds the first one's pages.
chat_talks() {
  printf 'the lung heart shows\n\n/nonsense\n@%s and now\n/clear\nthe lung heart shows\n' "$scratch/a.png" >"$scratch/talk"
  "$lingshu" chat --model "$model" --max-new-tokens 40 --timings <"$scratch/talk" >"$scratch/out" 2>"$scratch/err"
  [ $? -eq 1 ] || { echo "a failed line should show in the status"; return 1; }
  grep -qF 'no command /nonsense' "$scratch/err" || return 1
  "$lingshu" generate --model "$model" --prompt 'the lung heart shows' --max-new-tokens 40 >"$scratch/one"
  python3 - "$scratch/out" "$scratch/one" "$scratch/err" <<'P'
import re, sys
out, one, err = (open(path, encoding="utf-8", errors="replace").read() for path in sys.argv[1:])
answer = one.rstrip("\n")
assert out.startswith(answer) and out.rstrip("\n").replace(" [cut off]", "").endswith(answer), (out, answer)
timings = [list(map(int, found)) for found in re.findall(r"\[(\d+) prompt tokens, (\d+) of them cached", err)]
assert len(timings) == 3 and timings[0][1] == 0, timings
assert timings[1][1] >= timings[0][0] // 16 * 16 > 0, timings
P
}
# Ctrl-C in the middle of a long answer: it is cut, and the next message is answered.
chat_survives_ctrl_c() {
  mkfifo "$scratch/in"
  "$lingshu" chat --model "$model" --max-new-tokens 3000 --ngram 0 <"$scratch/in" >"$scratch/out" 2>"$scratch/err" &
  local chat=$! i
  exec 7>"$scratch/in"
  echo 'tell me everything' >&7
  for ((i = 0; i < 100000; ++i)); do [ -s "$scratch/out" ] && break; kill -0 $chat 2>/dev/null || break; read -rt 0.01 <> <(:) || true; done
  kill -INT $chat
  echo '/help' >&7
  exec 7>&-
  wait $chat || return 1
  grep -qF 'Ctrl-C stops an answer' "$scratch/out" && grep -qE '\[stopped\]|\[cut off\]' "$scratch/out"
}
lists_every_flaw() {
  python3 tests/lib/tiny_model.py "$scratch/flawed" missing extra misshapen nan
  expect_error 1 'Missing (2): visual.merger.ln_q.weight, model.norm.weight' "$lingshu" generate --model "$scratch/flawed" --prompt hi || return 1
  for text in 'Extra (1): model.surplus.weight' 'Misshapen (1): lm_head.weight' 'NaN or Inf (2): ' model.layers.1.mlp.up_proj.weight visual.blocks.0.norm1.weight; do
    grep -qF "$text" "$scratch/err" || { echo "lacks $text"; return 1; }
  done
}
no_large_allocation() {  # 10^10 pixels promised by a few bytes: an error within 1 GB of address space beyond libtorch's own
  expect_error 1 'huge.png' python3 -c '
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
assert peak < 600_000, f"{peak} kB"
sys.exit(done.returncode)' "$lingshu" generate --model "$model" --prompt hi --image "$scratch/huge.png"
}

check GenerateKeepsItsContract generate_keeps_its_contract
check AStackIsAVideo a_stack_is_a_video
check ChatShowsAVideo chat_shows_a_video
check GuessesChangeNothing guesses_change_nothing
check SeedsDecide seeds_decide
check AStopTextEndsEarly a_stop_text_ends_early
check BFloat16Answers bfloat16_answers
check GgufPairAnswersAsItsFolder gguf_pair_answers
check GgufAnswersAsAReport gguf_answers_as_a_report
check NegativeThreads expect_error 2 '--threads' "$lingshu" generate --model "$model" --prompt hi --threads -2
check ChatTalks chat_talks
check ChatSurvivesCtrlC chat_survives_ctrl_c
check OneErrorListsEveryFlawOfTheTensors lists_every_flaw
python3 tests/lib/tiny_model.py "$scratch/nan" nan
check NaNWeightsAreNamed expect_error 1 'visual.blocks.0.norm1.weight' "$lingshu" generate --model "$scratch/nan" --prompt hi
python3 tests/lib/tiny_model.py "$scratch/cut" truncated
check TruncatedWeights expect_error 1 'model.safetensors' "$lingshu" generate --model "$scratch/cut" --prompt hi
python3 tests/lib/tiny_model.py "$scratch/small" small_context
check TextBeyondTheContext expect_error 1 'exceed the context of 200 tokens' "$lingshu" generate --model "$scratch/small" --prompt "$(printf 'lung %.0s' {1..300})"
check ReplyBeyondTheContext expect_error 1 'exceed the context of 200 tokens' "$lingshu" generate --model "$scratch/small" --prompt hi --max-new-tokens 1000000000000
check LongestReplyOfAll expect_error 1 'exceed the context' "$lingshu" generate --model "$model" --prompt hi --max-new-tokens 1000000000
check NoNumberOfTokens expect_error 2 '--max-new-tokens' "$lingshu" generate --model "$model" --prompt hi --max-new-tokens 0
check NotANumber expect_error 2 'nan is not between 0 and 1' "$lingshu" generate --model "$model" --prompt hi --top-p nan
check AGgufFileIsQuantizedAlready expect_error 2 'quantized already' "$lingshu" quantize --model "$scratch/pair/tiny-F32.gguf" --type Q8_0
a_cold_temperature_is_greedy() { [ "$(ask --temperature 1e-40 | field ids)" = "$(ask | field ids)" ]; }
check AColdTemperatureIsGreedy a_cold_temperature_is_greedy
bench_takes_a_released_config() {
  mkdir "$scratch/shape" && cp "$model/config.json" "$scratch/shape/" || return 1
  "$lingshu" bench --config "$scratch/shape/config.json" --prefill 8 --decode 2 --repeat 1 --image-px 0 --json | field decode_tokens_per_s | grep -q '^[0-9]'
}
check BenchTakesAReleasedConfig bench_takes_a_released_config
an_empty_system_text_is_one() { [ "$(ask --system '' | field prompt_ids)" != "$(ask | field prompt_ids)" ]; }
check AnEmptySystemTextIsOne an_empty_system_text_is_one
check AnImageOfOnePixel "$lingshu" generate --model "$model" --prompt hi --image "$scratch/dot.png" --max-new-tokens 2
check HugeImageCostsNothing no_large_allocation
check UnknownDType expect_error 2 'float32' "$lingshu" generate --model "$model" --prompt hi --dtype float8
check NoCudaIsSaid expect_error 1 'no CUDA device' env CUDA_VISIBLE_DEVICES= "$lingshu" generate --model "$model" --prompt hi --device cuda
finish
