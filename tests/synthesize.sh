#!/usr/bin/env bash
# lingshu synth: templates, then a server in their place, and what it refuses.
set -u
. tests/lib/checks.sh

check PhantomsAreCurated "$lingshu" curate --set sources="[{name: phantom, limit: 60}]" --set out="$scratch/curated"
synth() { "$lingshu" synth --data "$scratch/curated" "$@"; }
count() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1]+"/manifest.json"))["synthesis"]; print(d[sys.argv[2]][sys.argv[3]])' "$@"; }

templates_make_captions_and_reasoning() { synth --out "$scratch/template" && [ "$(count "$scratch/template" captions made)" -gt 3 ] && [ "$(count "$scratch/template" reasoning made)" -gt 20 ]; }
check TemplatesMakeCaptionsAndReasoning templates_make_captions_and_reasoning
templates_write_questions() { synth --out "$scratch/questions" --set 'kinds=[questions]' && [ "$(count "$scratch/questions" questions made)" -gt 3 ]; }
check TemplatesWriteQuestions templates_write_questions
check OtherSettingsAreRefused expect_error 2 'limit' "$lingshu" synth --data "$scratch/curated" --out "$scratch/template" --set limit=3
check ItsInputIsNoOutput expect_error 2 'another folder' "$lingshu" synth --data "$scratch/curated" --out "$scratch/curated"
check NothingToMakeItOfIsSaid expect_error 1 'serves for ocr' "$lingshu" synth --data "$scratch/curated" --out "$scratch/ocr" --set 'kinds=[ocr]'
check UnknownKindNamesTheNearest expect_error 2 'Did you mean "captions"' "$lingshu" synth --data "$scratch/curated" --out "$scratch/x" --set 'kinds=[caption]'

# The teacher sees requests one at a time, so that every second chain is found inconsistent.
a_server_takes_the_templates_place() {
  coproc teacher { python3 tests/lib/teacher_server.py; }
  local port pid=$teacher_PID status=0
  read -r port <&"${teacher[0]}"
  synth --out "$scratch/remote" --set limit=8 --set teacher.endpoint="http://127.0.0.1:$port/v1" --set teacher.model=any --set teacher.max_concurrency=1 || status=1
  kill "$pid"
  [ $status -eq 0 ] && [ "$(count "$scratch/remote" captions made)" -gt 0 ] && [ "$(count "$scratch/remote" reasoning made)" -gt 0 ] &&
    grep -q 'Inconsistent\|inconsistent' "$scratch/remote/manifest.json"
}
check AServerTakesTheTemplatesPlace a_server_takes_the_templates_place

# A report under a data use agreement goes to no teacher on another machine.
mkdir -p "$scratch/mimic/MIMIC_CXR/images"
python3 - "$scratch/mimic/MIMIC_CXR" <<'P'
import json, struct, sys, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\0" + bytes((x * y + x) % 251 for x in range(96)) for y in range(96))
open(sys.argv[1] + "/images/a.png", "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 96, 96, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
json.dump([{"id": "s1", "image": ["a.png"], "findings": "The lungs are clear.", "impression": "No acute disease."}], open(sys.argv[1] + "/test.json", "w"))
P
check ReportsAreCurated "$lingshu" curate --set root="$scratch/mimic" --set sources="[{name: mimic_cxr, split: test}]" --set 'steps=[]' --set out="$scratch/agreement"
agreed() { "$lingshu" synth --data "$scratch/agreement" --out "$scratch/sent" --set 'sources=[]' --set 'kinds=[captions]' --set teacher.max_retries=0 --set teacher.timeout_s=1 "$@"; }
check CredentialedSamplesStayHere expect_error 2 'data use agreement' agreed --set teacher.endpoint=https://teacher.invalid/v1
check NoShardWasWritten test ! -e "$scratch/sent/manifest.json"
finish
