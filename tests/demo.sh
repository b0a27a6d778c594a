#!/usr/bin/env bash
# The demo end to end at a small size: it finishes, killed at any moment it goes on and ends with the same bytes, a full disk
# is one clear message and nothing is lost, and its model answers.
set -u
. tests/lib/checks.sh

small=(--set phantoms=48 --set heldout_phantoms=24 --set reinforcement_prompts=12
       --set 'set=["stages.4.steps=2", "stages.4.grpo.group_size=4", "stages.4.grpo.prompts_per_step=4",
              "stages.0.steps=8", "stages.1.steps=3", "stages.2.steps=4", "stages.3.steps=8"]')
demo() { "$lingshu" demo "${small[@]}" "$@"; }
summary_of() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(d["weights_sha256"], json.dumps(d["scores"]), json.dumps(d["reward_gain"]))' "$1/demo.json"; }

check DemoRunsToItsEnd demo --out "$scratch/whole"
check ReportIsSelfContained bash -c "grep -q '<svg' '$scratch/whole/report.html' && ! grep -qE '(src|href)=\"?https?:' '$scratch/whole/report.html'"

second_run_changes_nothing() {
  local before after
  before=$(summary_of "$scratch/whole")
  demo --out "$scratch/whole" && after=$(summary_of "$scratch/whole") && [ "$before" = "$after" ]
}
check ASecondRunChangesNothing second_run_changes_nothing

other_settings_are_refused_and_change_nothing() {
  local before; before=$(summary_of "$scratch/whole")
  expect_error 2 demo.phantoms "$lingshu" demo "${small[@]}" --set phantoms=36 --out "$scratch/whole" && demo --out "$scratch/whole" &&
    [ "$(summary_of "$scratch/whole")" = "$before" ]
}
check OtherSettingsAreRefusedAndChangeNothing other_settings_are_refused_and_change_nothing

# SIGKILL after 0.5 s, 1 s, 1.5 s … of each attempt, until one attempt ends by itself.
killed_anywhere_ends_with_the_same_bytes() {
  local tenths=5 pid status
  while :; do
    "$lingshu" demo "${small[@]}" --out "$scratch/killed" &  # not the function: its subshell would take the signal
    pid=$!
    ( sleep "$((tenths / 10)).$((tenths % 10))"; kill -9 $pid 2>/dev/null ) &
    wait $pid
    status=$?
    [ $status -eq 0 ] && break
    [ $status -eq 137 ] || { echo "ended with $status"; return 1; }
    tenths=$((tenths + 5))
    [ $tenths -lt 1200 ] || return 1
  done
  [ "$(summary_of "$scratch/whole")" = "$(summary_of "$scratch/killed")" ]
}
check KilledAnywhereItEndsWithTheSameBytes killed_anywhere_ends_with_the_same_bytes

interrupted_says_so_and_goes_on() {
  local pid status=0
  "$lingshu" demo "${small[@]}" --out "$scratch/interrupted" 2>"$scratch/err" &
  pid=$!
  for _ in $(seq 600); do grep -q '^shallow_alignment' "$scratch/err" && break; sleep 0.1; done  # amid training, on any machine
  kill -INT $pid
  wait $pid || status=$?
  [ $status -eq 130 ] || { echo "exit status $status"; cat "$scratch/err"; return 1; }
  grep -q 'goes on where it stopped' "$scratch/err" || return 1
  demo --out "$scratch/interrupted" && [ "$(summary_of "$scratch/whole")" = "$(summary_of "$scratch/interrupted")" ]
}
check InterruptedItSaysSoAndGoesOn interrupted_says_so_and_goes_on

full_disk_is_one_message_and_loses_nothing() {
  expect_error 1 'No space left' "$lingshu" demo "${small[@]}" --out "$scratch/full/run" || return 1
  mount -o remount,size=200m "$scratch/full" && demo --out "$scratch/full/run" && [ "$(summary_of "$scratch/whole")" = "$(summary_of "$scratch/full/run")" ]
}
mkdir -p "$scratch/full"
if mount -t tmpfs -o size=6m lingshu-test "$scratch/full" 2>/dev/null; then
  check FullDiskIsOneMessageAndLosesNothing full_disk_is_one_message_and_loses_nothing
  umount "$scratch/full"
else
  echo "[  SKIPPED ] 1 test (FullDisk: needs the right to mount a tmpfs)"
fi

# The main job on real input, where it is.
real_data_is_trained_on_and_measured() {
  demo --data "$LINGSHU_DATA" --set path_vqa_limit=60 --set medquad_limit=40 --set benchmark_limit=40 --out "$scratch/real" &&
    python3 -c 'import json,sys; sys.exit(not {"phantom", "vqa_rad", "path_vqa"} <= set(json.load(open(sys.argv[1]))["scores"]))' "$scratch/real/demo.json"
}
one_data_set_alone_is_enough() {
  mkdir -p "$scratch/half" && ln -s "$(realpath "$LINGSHU_DATA/vqa_rad")" "$scratch/half/vqa_rad" &&
    demo --data "$scratch/half" --set benchmark_limit=40 --out "$scratch/vqa-alone" &&
    python3 -c 'import json,sys; sys.exit(set(json.load(open(sys.argv[1]))["scores"]) != {"phantom", "vqa_rad"})' "$scratch/vqa-alone/demo.json"
}
if [ -d "${LINGSHU_DATA:-}/vqa_rad" ]; then
  check RealDataIsTrainedOnAndMeasured real_data_is_trained_on_and_measured
  check OneDataSetAloneIsEnough one_data_set_alone_is_enough
else echo "[  SKIPPED ] 2 tests (real data: need LINGSHU_DATA with vqa_rad/)"
fi

model=$(ls -d "$scratch"/whole/train/instruction_tuning/model)
"$lingshu" inspect "$model" >/dev/null
# An evaluation that is stopped amid its questions, and one whose model is trained anew under the same path.
lines_of() { cat "$1" 2>/dev/null | wc -l; }
stopped_evaluation_goes_on() {
  local pid status=0 journal=$scratch/eval/phantom.journal.jsonl evaluate=("$lingshu" eval --model "$model" --benchmarks phantom --set limit=900 --set chunk_size=8 --out "$scratch/eval")
  "${evaluate[@]}" 2>"$scratch/err" &
  pid=$!
  for _ in $(seq 1200); do [ "$(lines_of "$journal")" -gt 0 ] && break; sleep 0.05; done
  kill -TERM $pid
  wait $pid || status=$?
  [ $status -eq 130 ] || { echo "exit status $status"; cat "$scratch/err"; return 1; }
  local before; before=$(lines_of "$journal")
  "${evaluate[@]}" && [ "$(lines_of "$journal")" -gt "$before" ] && [ "$(cut -c1-80 "$journal" | sort | uniq -d | wc -l)" -eq 0 ]
}
check AStoppedEvaluationGoesOn stopped_evaluation_goes_on
replies_of_other_weights_are_not_used() {
  local journal=$scratch/eval-twice/phantom.journal.jsonl evaluate=("$lingshu" eval --model "$scratch/moving" --benchmarks phantom --set limit=60 --out "$scratch/eval-twice")
  cp -r "$model" "$scratch/moving" && "${evaluate[@]}" || return 1
  local once; once=$(lines_of "$journal")
  "${evaluate[@]}" && [ "$(lines_of "$journal")" -eq "$once" ] || return 1
  cp "$scratch"/whole/train/base/model/model.safetensors "$scratch/moving/" && "${evaluate[@]}" && [ "$(lines_of "$journal")" -eq $((2 * once)) ]
}
check RepliesOfOtherWeightsAreNotUsed replies_of_other_weights_are_not_used

answers() {
  "$lingshu" generate --model "$model" --prompt "What is shown?" --max-new-tokens 5 --ignore-eos --json |
    python3 -c 'import json,sys; sys.exit(len(json.load(sys.stdin)["ids"]) != 5)'
}
check TheTrainedModelAnswers answers
finish
