#!/usr/bin/env bash
# lingshu eval and audit as a user meets them: a benchmark of one's own, answerers without a model, and servers that fail.
set -u
. tests/lib/checks.sh

own=$scratch/own
mkdir -p "$own/images"
python3 - "$own" <<'P'
import struct, sys, zlib
def png(shade):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes((x * shade + y) % 256 for x in range(80) for _ in range(3)) for y in range(80))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 80, 80, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
root = sys.argv[1]
with open(root + "/questions.csv", "w") as out:
    out.write("key,text,one,two,three,right,file,organ\n")
    for i in range(20):
        open(f"{root}/images/{i // 2}.png", "wb").write(png(i // 2 + 1))
        out.write(f'q{i},"Which, number {i}?",left,right,both,{["left", "right", "both"][i % 3 if i else 0]},{i // 2}.png,{"lung" if i < 8 else "heart"}\n')
P
cat >"$own/own.yaml" <<'Y'
name: own_findings
help: made up
file: questions.csv
images: [images]
columns: {id: key, question: text, answer: right, options: [one, two, three], images: [file], breakdown: [organ]}
answer_is: text
expected_count: 20
Y

eval_own() { "$lingshu" eval --benchmark-file "$own/own.yaml" --json "$@" 2>"$scratch/eval.err"; }
# value OUT PATH …: the report's value, python notation
value() { python3 -c "import json,sys; r=json.load(open('$1/own_findings.json')); print(($2))"; }
states() { value "$1" "[r['cells'][0]['states'][s] for s in ('correct','wrong','unparsed','generation_error')]"; }

gold_is_all_right() { eval_own --answerer gold --out "$scratch/gold" >/dev/null && [ "$(states "$scratch/gold")" = "[20, 0, 0, 0]" ]; }
cells_of_the_own_columns() { [ "$(value "$scratch/gold" "[c['n'] for c in r['cells'] if c['name'].startswith('organ')]")" = "[12, 8]" ]; }
majority_is_said() {
  eval_own --answerer majority --out "$scratch/majority" >/dev/null || return 1
  value "$scratch/majority" "r['model']" | grep -q 'of the questions themselves' && [ "$(states "$scratch/majority")" = "[7, 13, 0, 0]" ]
}
random_is_the_same_twice() {
  eval_own --answerer random --out "$scratch/random1" >/dev/null && eval_own --answerer random --out "$scratch/random2" >/dev/null || return 1
  [ "$(states "$scratch/random1")" = "$(states "$scratch/random2")" ]
}
script_by_id() {
  printf '{"id": "own_findings:test:q0", "text": "The answer is A."}\n{"id": "own_findings:test:q1", "text": "no idea"}\n' >"$scratch/script.jsonl"
  eval_own --answerer "script:$scratch/script.jsonl" --out "$scratch/script" >/dev/null && [ "$(states "$scratch/script")" = "[1, 0, 1, 18]" ]
}
shuffled_golds_follow_their_texts() {
  eval_own --answerer gold --set shuffle_options=true --out "$scratch/shuffled" >/dev/null && [ "$(states "$scratch/shuffled")" = "[20, 0, 0, 0]" ] || return 1
  [ "$(value "$scratch/shuffled" "all(sorted(v['options']) == ['both', 'left', 'right'] for v in r['verdicts']) and len({tuple(v['options']) for v in r['verdicts']}) > 2")" = True ]
}
repeats_are_counted() {
  eval_own --answerer gold --set samples=4 --set temperature=1 --out "$scratch/repeats" >/dev/null || return 1
  [ "$(value "$scratch/repeats" "r['totals']['samples']['pass@4'], r['totals']['samples']['majority@4'], len(r['verdicts'][0]['repeats'])")" = "(1, 1, 3)" ] ||
    [ "$(value "$scratch/repeats" "r['totals']['samples']['pass@4'], r['totals']['samples']['majority@4'], len(r['verdicts'][0]['repeats'])")" = "(1.0, 1.0, 3)" ]
}

check AllGoldIsAllRight gold_is_all_right
check CellsOfTheOwnColumns cells_of_the_own_columns
check MajorityOfTheQuestionsIsSaidToBeThat majority_is_said
check RandomIsTheSameTwice random_is_the_same_twice
check AScriptAnswersById script_by_id
check ShuffledGoldsFollowTheirTexts shuffled_golds_follow_their_texts
check RepeatsAreCounted repeats_are_counted

sed 's/answer: right/answer: rihgt/' "$own/own.yaml" >"$own/column.yaml"
check AnAbsentColumnNamesTheNearest expect_error 2 'Did you mean "right"' "$lingshu" eval --benchmark-file "$own/column.yaml" --answerer gold --out "$scratch/x"
sed 's/answer_is: text/answer_is: txt/' "$own/own.yaml" >"$own/form.yaml"
check AnUnknownFormNamesTheNearest expect_error 2 'Did you mean "text"' "$lingshu" eval --benchmark-file "$own/form.yaml" --answerer gold --out "$scratch/x"
sed 's/name: own_findings/name: vqa_rad/' "$own/own.yaml" >"$own/taken.yaml"
check ATakenNameIsSaid expect_error 2 'is called "vqa_rad" already' "$lingshu" eval --benchmark-file "$own/taken.yaml" --answerer gold --out "$scratch/x"
sed 's/,both,left,/,both,none of these,/' "$own/questions.csv" >"$own/bad.csv"
sed 's/questions.csv/bad.csv/' "$own/own.yaml" >"$own/bad.yaml"
gold_that_is_no_option() {
  "$lingshu" eval --benchmark-file "$own/bad.yaml" --answerer gold --out "$scratch/bad" >"$scratch/bad.out" 2>/dev/null && grep -q '7  the gold answer is not among the options' "$scratch/bad.out"
}
check AGoldThatIsNoOptionIsSkippedAndCounted gold_that_is_no_option
sed 's/^help/credentialed: true\nhelp/' "$own/own.yaml" >"$own/secret.yaml"
check CredentialedDataStayHere expect_error 2 'data use agreement' "$lingshu" eval --benchmark-file "$own/secret.yaml" --endpoint https://teacher.example/v1 --out "$scratch/x"
secret() { "$lingshu" eval --benchmark-file "$own/secret.yaml" --answerer gold --out "$scratch/secret" "$@"; }
check CredentialedDataGoToNoJudge expect_error 2 'judge-credentialed' secret --judge https://judge.example/v1
check CredentialedDataGoToNoSecondJudge expect_error 2 'judge-credentialed' secret --judge http://127.0.0.1:9/v1 --second-judge https://judge.example/v1
check NothingWasAskedBefore test ! -e "$scratch/secret/own_findings.journal.jsonl"
check CredentialedDataMayBeScoredHere secret
check OneAnswererIsNeeded expect_error 2 'expected one of --model' "$lingshu" eval --benchmarks vqa_rad --out "$scratch/x"

# A data root with one set, and with the folder of one whose split is not in it.
root=$scratch/root
mkdir -p "$root/med_qa" "$root/cm_exam" "$root/slake"
for i in 1 2 3; do
  printf '{"question": "Which, %s?", "answer": "b", "options": {"A": "a", "B": "b", "C": "c", "D": "d"}, "meta_info": "step1", "answer_idx": "B"}\n' $i
done >"$root/med_qa/phrases_no_exclude_test.jsonl"
printf '[{"img_name": "gone/source.jpg", "question": "Is it there?", "answer": "Yes", "q_lang": "en", "qid": 1, "location": "Lung", "modality": "X-Ray", "answer_type": "CLOSED", "base_type": "vqa", "content_type": "Abnormality", "triple": ["a"], "img_id": 1}]' >"$root/slake/test.json"
all_of() { "$lingshu" eval --answerer "$1" --benchmarks "$2" --data "$root" --out "$scratch/all" >"$scratch/all.out" 2>"$scratch/all.err"; }
an_absent_split_is_said() {
  all_of gold all || return 1
  grep -q '^cm_exam is not measured' "$scratch/all.out" && grep -q 'Not measured' "$scratch/all/report.html" && grep -q 'cm_exam' "$scratch/all/report.html" &&
    [ -e "$scratch/all/med_qa.json" ] && [ ! -e "$scratch/all/cm_exam.json" ]
}
a_set_is_measured_once() { all_of gold med_qa,all,medqa && [ "$(grep -c '^med_qa: 3 questions' "$scratch/all.out")" = 1 ]; }
one_that_was_named_fails() { ! all_of gold cm_exam,med_qa && grep -q 'cm_exam is not measured' "$scratch/all.err" && grep -q 'Not measured' "$scratch/all/report.html"; }
nothing_at_all_fails() { mkdir -p "$scratch/empty/cm_exam" && ! "$lingshu" eval --answerer gold --benchmarks all --data "$scratch/empty" --out "$scratch/none" 2>"$scratch/none.err"; }
no_picture_is_needed_to_answer_blindly() {
  for answerer in gold majority random; do
    all_of $answerer slake || return 1
    python3 -c "import json; s=json.load(open('$scratch/all/slake.json'))['cells'][0]['states']; exit(s['generation_error'] + s['unparsed'])" || return 1
  done
}
another_script_of_the_name_is_asked_again() {
  printf '{"id": "own_findings:test:q0", "text": "A"}\n' >"$scratch/again.jsonl" && eval_own --answerer "script:$scratch/again.jsonl" --out "$scratch/again" >/dev/null || return 1
  printf '{"id": "own_findings:test:q0", "text": "B"}\n' >"$scratch/again.jsonl" && eval_own --answerer "script:$scratch/again.jsonl" --out "$scratch/again" >/dev/null || return 1
  [ "$(states "$scratch/again")" = "[0, 1, 0, 19]" ]
}
check AnAbsentSplitIsSaidAndNoFailure an_absent_split_is_said
check ASetNamedTwiceIsMeasuredOnce a_set_is_measured_once
check OneThatWasNamedFails one_that_was_named_fails
check NothingAtAllFails nothing_at_all_fails
check NoPictureIsNeededToAnswerBlindly no_picture_is_needed_to_answer_blindly
check AnotherScriptOfTheNameIsAskedAgain another_script_of_the_name_is_asked_again

# Servers. with_chat MODE -- COMMAND …
with_chat() {
  local mode=$1 got
  shift 2
  : >"$scratch/asked"
  rm -f "$scratch/asked.mode"
  coproc SERVER { python3 tests/lib/chat_server.py "$scratch/asked" "$mode"; }
  local server_pid=$SERVER_PID in=${SERVER[1]}
  read -r port <&"${SERVER[0]}"
  CHAT=http://127.0.0.1:$port/v1 "$@"
  got=$?
  eval "exec $in>&-" 2>/dev/null
  wait "$server_pid" 2>/dev/null
  return $got
}
ask() { eval_own --endpoint "$CHAT" --model-name m --set remote.backoff_s=0.01 --set remote.max_retries="${RETRIES:-1}" --set remote.timeout_s="${TIMEOUT_S:-20}" --set remote.give_up_after=4 "$@"; }
# A server that fails half of the questions.
half_fails() {
  rm -rf "$scratch/served" "$scratch/asked.mode"
  ask --out "$scratch/served" --set remote.give_up_after=100 >/dev/null || return 1
  [ "$(value "$scratch/served" "r['cells'][0]['states']['generation_error']")" = 10 ]
}
# At the same server, which is well again: another address would be another model.
exactly_those_are_asked() {
  half_fails || return 1
  : >"$scratch/asked"
  echo good >"$scratch/asked.mode"
  ask --out "$scratch/served" >/dev/null || return 1
  [ "$(value "$scratch/served" "r['cells'][0]['states']['generation_error']")" = 0 ] && [ "$(sort -n "$scratch/asked" | uniq | tr '\n' ' ')" = "0 2 4 6 8 10 12 14 16 18 " ]
}
# Six of twenty are answered before the server falls silent; well again, it is asked the other fourteen.
what_a_lost_server_left_is_asked() {
  ask --out "$scratch/lost" --set remote.max_concurrency=1 --set remote.max_retries=0 >/dev/null || return 1
  [ "$(states "$scratch/lost" | sed 's/.*, //')" = "14]" ] || return 1
  : >"$scratch/asked"
  echo good >"$scratch/asked.mode"
  ask --out "$scratch/lost" >/dev/null || return 1
  [ "$(states "$scratch/lost" | sed 's/.*, //')" = "0]" ] && [ "$(sort -nu "$scratch/asked" | wc -l)" = 14 ] && [ "$(wc -l <"$scratch/asked")" = 14 ]
}
the_rest_is_not_waited_for() {
  local started=$SECONDS
  ask --out "$scratch/dead" --set remote.max_concurrency=1 >/dev/null || return 1
  [ "$(value "$scratch/dead" "r['cells'][0]['n'], r['cells'][0]['states']['generation_error']")" = "(20, 15)" ] && [ $((SECONDS - started)) -lt 20 ]
}
pictures_are_sent() {
  ask --out "$scratch/pictures" >/dev/null || return 1
  [ "$(value "$scratch/pictures" "{v['response'] for v in r['verdicts']}")" = "{'1 data:image/png;base64,iVBO'}" ]
}
none_are_sent_when_withheld() {
  ask --out "$scratch/blind" --set no_images=true >/dev/null && [ "$(value "$scratch/blind" "{v['response'] for v in r['verdicts']}")" = "{'0'}" ]
}
rate_is_kept() {
  local started
  started=$(date +%s%N)
  ask --out "$scratch/rate" --set limit=10 --set remote.requests_per_minute=1200 >/dev/null || return 1
  [ $((($(date +%s%N) - started) / 1000000)) -ge 400 ]  # ten requests, 50 ms apart
}
the_key_is_nowhere() {
  printf 'sesame-key\n' >"$scratch/key"
  ask --out "$scratch/keyed" --set remote.api_key_file="$scratch/key" >/dev/null || return 1
  ! grep -rq sesame-key "$scratch/keyed" "$scratch/eval.err"
}
if "$lingshu" parts | grep -q 'left out of this build: .*curl'; then echo "servers: libcurl was left out of this build"; else
  for mode in 500 half hang empty bytes; do
    TIMEOUT_S=20 RETRIES=1
    [ $mode = hang ] && TIMEOUT_S=4 RETRIES=0  # long enough for those that are answered, on a busy machine too
    check "ServerThatFailsHalf_$mode" with_chat $mode -- half_fails
    check "ThenExactlyThoseAreAsked_$mode" with_chat $mode -- exactly_those_are_asked
  done
  TIMEOUT_S=20 RETRIES=1
  check WhatALostServerLeftIsAsked with_chat drops=6 -- what_a_lost_server_left_is_asked
  check AServerThatDiesEndsTheRun with_chat dies=5 -- the_rest_is_not_waited_for
  check PicturesAreSentAsDataUrls with_chat pictures -- pictures_are_sent
  check NoneAreSentWhenWithheld with_chat pictures -- none_are_sent_when_withheld
  check TheRateIsKept with_chat good -- rate_is_kept
  check TheKeyIsNowhere with_chat good -- the_key_is_nowhere
fi

# Audit.
audit_own() { "$lingshu" audit --benchmark-file "$own/own.yaml" --json "$@" 2>/dev/null; }
finding() { python3 -c "import json,sys; print([f['count'] for f in json.load(open('$scratch/audit.json'))[0]['findings'] if '$1' in f['name']])"; }
audit_finds_what_is_wrong() {
  cp "$own/questions.csv" "$own/audit.csv"
  printf 'q20,"Which, number 1?",left,right,both,left,0.png,lung\nq21,"Which, number 2?",left,right,both,both,1.png,lung\nq22,New?,left,left,both,both,gone.png,lung\nq23,Newer?,left,right,both,up,0.png,lung\nq24,Newest?,left,right,both,left,noise.png,lung\n' >>"$own/audit.csv"
  head -c 500 /dev/urandom >"$own/images/noise.png"
  sed 's/questions.csv/audit.csv/' "$own/own.yaml" >"$own/audit.yaml"
  "$lingshu" audit --benchmark-file "$own/audit.yaml" --json --html "$scratch/audit.html" >"$scratch/audit.json" 2>/dev/null || return 1
  [ "$(finding 'row cannot be used')" = "[1]" ] && [ "$(finding 'question asked again')" = "[2]" ] && [ "$(finding 'with another answer')" = "[1]" ] &&
    [ "$(finding 'two options')" = "[1]" ] && [ "$(finding 'is missing')" = "[1]" ] && [ "$(finding 'cannot be read')" = "[1]" ] && grep -q 'is missing' "$scratch/audit.html"
}
check AuditFindsWhatIsWrong audit_finds_what_is_wrong
finish
