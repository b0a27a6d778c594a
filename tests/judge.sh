#!/usr/bin/env bash
# Judges of lingshu eval through the program: one that is well, one that fails in every way, a second one, people, and the cache.
set -u
. tests/lib/checks.sh
if "$lingshu" parts | grep -q 'left out of this build: .*curl'; then
  skip judges "libcurl was left out of this build"
  finish
fi

# Twelve open questions: four answered word for word, four by a synonym, four by something else.
own=$scratch/own
mkdir -p "$own"
python3 - "$own" <<'P'
import json, sys
own = sys.argv[1]
open(own + "/own.yaml", "w").write("name: own\nhelp: made up\nfile: questions.csv\ncolumns: {id: key, question: text, answer: gold}\nanswer_type: open\nanswer_is: text\n")
with open(own + "/questions.csv", "w") as questions, open(own + "/script.jsonl", "w") as script, open(own + "/people.jsonl", "w") as people:
    questions.write("key,text,gold\n")
    for i in range(12):
        questions.write(f"q{i},What is number {i}?,finding {i}\n")
        script.write(json.dumps({"id": f"own:test:q{i}", "text": [f"finding {i}", f"synonym {i // 3}", f"other {i // 3}"][i % 3]}) + "\n")
        people.write(json.dumps({"id": f"own:test:q{i}", "correct": i % 3 < 2 or i == 2}) + "\n")
P

# with_judge MODE -- COMMAND …: the command sees the server at $JUDGE.
with_judge() {
  local mode=$1 got port
  shift 2
  : >"$scratch/asked"
  rm -f "$scratch/asked.mode"
  coproc SERVER { python3 tests/lib/judge_server.py "$scratch/asked" "$mode"; }
  local server_pid=$SERVER_PID in=${SERVER[1]}
  read -r port <&"${SERVER[0]}"
  JUDGE=http://127.0.0.1:$port/v1 "$@"
  got=$?
  eval "exec $in>&-" 2>/dev/null
  wait "$server_pid" 2>/dev/null
  return $got
}
judged() {  # judged OUT FLAG …
  local out=$scratch/$1
  shift
  "$lingshu" eval --benchmark-file "$own/own.yaml" --answerer "script:$own/script.jsonl" --out "$out" --judge "$JUDGE" --judge-model first --set remote.backoff_s=0.01 \
    --set remote.max_retries=1 --set remote.timeout_s=20 --set remote.give_up_after=100 "$@"
}
# value OUT EXPRESSION: of the report r, its judge's totals j and the counts of states s
value() {
  python3 -c "import json; r=json.load(open('$scratch/$1/own.json')); j=r['totals']['judge']; s=r['cells'][0]['states']; print(($2))"
}
is() { local found; found=$(value "$1" "$2") && [ "$found" = "$3" ] || { echo "$2 is $found, expected $3"; return 1; }; }
num_asked() { wc -l <"$scratch/asked"; }

a_judge_decides_what_words_cannot() {
  judged good && is good "s['correct'], s['wrong'], s['judge_error']" "(8, 4, 0)" && is good "j['judged'], j['equal without a judge'], j['requests']" "(8, 4, 8)" || return 1
  is good "{v['score_rule'] if 'score_rule' in v else v['rule'] for v in r['verdicts'] if v.get('judge')}" "{'judge'}" && is good "r['cells'][0]['exact_match']" "0.3333333333333333"
}
# At the same server, since another address would be another judge.
verdicts_are_kept() {
  judged kept || return 1
  [ "$(num_asked)" = 8 ] && judged kept && [ "$(num_asked)" = 8 ] && is kept "s['correct'], j['requests'], j['from the cache']" "(8, 0, 8)"
}
is_no_verdict() { judged "$1" && is "$1" "s['correct'], s['wrong'], s['judge_error'], j['judge_error']" "(4, 0, 8, 8)"; }
asked_three_times_each() { is_no_verdict words && [ "$(num_asked)" = 24 ]; }
asked_again_when_well() {
  is_no_verdict well || return 1
  : >"$scratch/asked"
  echo good >"$scratch/asked.mode"
  judged well && is well "s['correct'], s['wrong'], s['judge_error']" "(8, 4, 0)" && [ "$(num_asked)" = 8 ]
}
a_reminder_helps() { judged first && is first "s['correct'], s['wrong'], s['judge_error'], j['requests']" "(8, 4, 0, 16)"; }
# The first says yes to four synonyms, the second to two of them: they agree on 6 of 8, by chance on 4.
a_second_judge_agrees_so_far() {
  judged second --second-judge "$JUDGE" --second-judge-model second || return 1
  is second "j['agreement']['n'], j['agreement']['raw'], j['agreement']['kappa']" "(8, 0.75, 0.5)" && is second "s['correct']" 8 && [ "$(grep -c '^second ' "$scratch/asked")" = 8 ]
}
# People take one of the other answers for right: 11 of 12 agree; both say right 8 times of 12, they 9: kappa = (11/12 - 7/12) / (1 - 7/12).
people_agree_so_far() {
  judged people --human "$own/people.jsonl" && is people "j['agreement with people']['n'], round(j['agreement with people']['kappa'], 6)" "(12, 0.8)"
}
nobody_listens() { JUDGE=http://127.0.0.1:9/v1 is_no_verdict nobody; }
rescoring_keeps_the_verdicts() {
  judged rescored || return 1
  "$lingshu" eval --rescore --out "$scratch/rescored" && is rescored "s['correct'], s['wrong']" "(8, 4)" && [ "$(num_asked)" = 8 ]
}
the_page_shows_it() { judged page && grep -q 'the judge: correct' "$scratch/page/report.html" && grep -q 'They mean the same' "$scratch/page/report.html"; }

check AJudgeDecidesWhatWordsCannot with_judge good -- a_judge_decides_what_words_cannot
check VerdictsAreKept with_judge good -- verdicts_are_kept
for mode in 500 half schema digits; do check "NoVerdict_$mode" with_judge $mode -- is_no_verdict $mode; done
check WordsWithoutAVerdictAreAskedThrice with_judge words -- asked_three_times_each
check AJudgeThatIsWellAgainIsAskedForTheMissing with_judge 500 -- asked_again_when_well
check AReminderHelps with_judge first -- a_reminder_helps
check ASecondJudgeAgreesSoFar with_judge good -- a_second_judge_agrees_so_far
check PeopleAgreeSoFar with_judge good -- people_agree_so_far
check ADeadJudgeIsNotWrong nobody_listens
check RescoringKeepsTheVerdicts with_judge good -- rescoring_keeps_the_verdicts
check ThePageShowsIt with_judge good -- the_page_shows_it
check PeopleAloneAreRefused expect_error 2 'name one with --judge' "$lingshu" eval --benchmark-file "$own/own.yaml" --answerer gold --out "$scratch/x" --human "$own/people.jsonl"
finish
