#!/usr/bin/env bash
# The front door as a user meets it: help of every verb, exit statuses, and what it says to bad input.
set -u
. tests/lib/checks.sh

help_of_every_verb() {
  local verb
  for verb in $("$lingshu" parts --json | python3 -c 'import json,sys; print(*json.load(sys.stdin)["commands"])'); do
    "$lingshu" "$verb" --help | grep -qF -- --help || { echo "no help: $verb"; return 1; }
  done
}
is_json() { "$@" | python3 -m json.tool >/dev/null; }

check HelpOfEveryVerb help_of_every_verb
check VersionIsPrinted "$lingshu" version
check EnvIsJson is_json "$lingshu" env
check PartsIsJson is_json "$lingshu" parts --json
check UnknownVerbNamesTheNearest expect_error 2 'no verb "prats". Did you mean "parts"' "$lingshu" prats
check NoVerbIsSaid expect_error 2 'expected a verb' "$lingshu"
check TrainWithoutStagesSaysSo expect_error 2 'stages: expected at least one' "$lingshu" train --data "$scratch" --out "$scratch/run"
check UnknownKeyNamesTheNearest expect_error 2 'Did you mean "phantoms"' "$lingshu" demo --out "$scratch/run" --set fantoms=3
check ValueOutOfRangeNamesTheRange expect_error 2 'allowed is 12' "$lingshu" demo --out "$scratch/run" --set phantoms=1
printf 'stages:\n  - {name: a, epoks: 3}\n' >"$scratch/recipe.yaml"
check UnknownKeyInTheYaml expect_error 2 'Did you mean "epochs"' "$lingshu" demo --out "$scratch/run" --set recipe="$scratch/recipe.yaml"
mkdir -p "$scratch/empty"
check EmptyDataFolderSaysWhatIsMissing expect_error 1 'vqa_rad' "$lingshu" demo --data "$scratch/empty" --out "$scratch/run"
check AbsentModelFolder expect_error 1 "$scratch/nowhere" "$lingshu" generate --model "$scratch/nowhere" --prompt hi
check UnknownBenchmarkIsSaidBeforeAnythingLoads expect_error 2 'Did you mean "vqa_rad"' "$lingshu" eval --model "$scratch/nowhere" --benchmarks vqa_rat
head -c 300 /dev/urandom >"$scratch/noise.jpg"
check UnreadableImage expect_error 1 'noise.jpg' "$lingshu" inspect "$scratch/noise.jpg"
printf '\xff\xd8\xff\xe0\x00\x10JFIF' >"$scratch/cut.jpg"
check TruncatedJpeg expect_error 1 'cut.jpg' "$lingshu" inspect "$scratch/cut.jpg"
# A DICOM file whose pixel data claim 4 GiB.
python3 - "$scratch/lying.dcm" <<'P'
import struct, sys
def element(group, number, vr, value):
    if len(value) % 2: value += b" " if vr != b"UI" else b"\0"
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value
meta = element(2, 0x10, b"UI", b"1.2.840.10008.1.2.1")
meta = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta)) + meta
body = element(0x28, 2, b"US", struct.pack("<H", 1)) + element(0x28, 4, b"CS", b"MONOCHROME2")
for number, value in ((0x10, 64), (0x11, 64), (0x100, 16), (0x101, 16), (0x102, 15), (0x103, 0)):
    body += element(0x28, number, b"US", struct.pack("<H", value))
body += struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, 0xFFFFFFF0) + b"\0" * 64
open(sys.argv[1], "wb").write(b"\0" * 128 + b"DICM" + meta + body)
P
check LyingDicomLength expect_error 1 'lying.dcm' "$lingshu" inspect "$scratch/lying.dcm"
# Speed of a shape without any file; the keys are a contract.
bench_has_its_keys() {
  "$lingshu" bench --config configs/model/nano.yaml --quant "$1" --prefill 20 --decode 4 --image-px 112 --repeat 1 --json | python3 -c '
import json, sys
out = json.load(sys.stdin)
for key in ("prefill_tokens_per_s", "decode_tokens_per_s", "vision_tokens_per_s", "read_bandwidth_gb_s", "decode_bandwidth_fraction", "peak_rss_bytes"):
    assert out[key] > 0, key
assert out["image_tokens"] == 16'
}
check BenchOfQ8_0 bench_has_its_keys Q8_0
check BenchOfBF16 bench_has_its_keys BF16
check BenchWantsOneModel expect_error 2 'either --model or --config' "$lingshu" bench --json
check BenchUnknownType expect_error 2 'known are F32' "$lingshu" bench --config configs/model/nano.yaml --quant Q3_K
printf 'GGUF\3\0\0\0' >"$scratch/cut.gguf"
check TruncatedGguf expect_error 1 'cut.gguf' "$lingshu" generate --model "$scratch/cut.gguf" --prompt hi
scores_in_place() {
  printf '%s\n' '{"id":"1","case_type":"mcq","benchmark":"MedQA_USMLE","question":"q","options":["A. x","B. y"],"gold":"B","response":"B"}' >"$scratch/rows.jsonl"
  "$lingshu" score --in "$scratch/rows.jsonl" --out "$scratch/./rows.jsonl" 2>/dev/null && grep -q '"state"' "$scratch/rows.jsonl" && [ ! -e "$scratch/rows.jsonl.partial" ]
}
check ScoresInPlace scores_in_place
a_broken_row_leaves_no_result() {
  printf '%s\n' '{"id":"1","case_type":"mcq","benchmark":"MedQA_USMLE","question":"q","options":["A. x","B. y"],"gold":"B","response":"B"}' '{bad' >"$scratch/rows2.jsonl"
  ! "$lingshu" score --in "$scratch/rows2.jsonl" --out "$scratch/o2.jsonl" 2>/dev/null && [ ! -e "$scratch/o2.jsonl" ] && [ ! -e "$scratch/o2.jsonl.partial" ]
}
check ABrokenRowLeavesNoResult a_broken_row_leaves_no_result
check MissingInputOfScore expect_error 1 'no.jsonl' "$lingshu" score --in "$scratch/no.jsonl" --out "$scratch/o.jsonl"
finish
