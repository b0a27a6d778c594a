#!/usr/bin/env bash
# lingshu fetch against a hub on the loopback (tests/lib/hub_server.py): listing by pages, redirects, resuming, hashes, tokens.
set -u
. tests/lib/checks.sh
"$lingshu" parts --json | grep -q '"fetch"' || { echo "[  SKIPPED ] 1 test: fetch was left out of this build"; exit 0; }

hub=$scratch/hub
mkdir -p "$hub/flagship/vqa/data/deep folder"
python3 - "$hub/flagship/vqa" <<'P'
import os, random, sys
random.seed(5)
for name, size in (("README.md", 90), ("data/test-0.bin", 300000), ("data/test-1.bin", 2000), ("data/deep folder/ä+b.bin", 5000), ("empty.txt", 0)):
    open(os.path.join(sys.argv[1], name), "wb").write(random.randbytes(size))
P

# with_hub FAULTS -- COMMAND …: the command with HUB set to a server that has these faults.
with_hub() {
  local faults=() got
  while [ "$1" != -- ]; do faults+=("$1"); shift; done
  shift
  rm -f "$hub/requests.log"
  coproc SERVER { python3 tests/lib/hub_server.py "$hub" "${faults[@]}"; }
  local server_pid=$SERVER_PID in=${SERVER[1]}
  read -r port <&"${SERVER[0]}"
  HUB=http://127.0.0.1:$port "$@"
  got=$?
  eval "exec $in>&-"
  wait "$server_pid" 2>/dev/null
  return $got
}
fetch() { "$lingshu" fetch --endpoint "$HUB" "$@" --set backoff_s=0.01; }
same() { diff -r --exclude='.lingshu-fetch.json' "$hub/flagship/vqa" "$1"; }

fetch_and_compare() { local out=$1; shift; fetch --dataset flagship/vqa --out "$out" "$@" && same "$out"; }
nothing_is_fetched_twice() {
  fetch --dataset flagship/vqa --out "$scratch/twice" 2>/dev/null || return 1
  rm -f "$hub/requests.log"
  fetch --dataset flagship/vqa --out "$scratch/twice" 2>/dev/null || return 1
  ! grep -q resolve "$hub/requests.log"
}
a_changed_file_is_fetched_again() {
  fetch --dataset flagship/vqa --out "$scratch/changed" 2>/dev/null || return 1
  sleep 0.01
  printf 'x' | dd of="$scratch/changed/data/test-1.bin" bs=1 seek=7 conv=notrunc 2>/dev/null
  fetch --dataset flagship/vqa --out "$scratch/changed" 2>/dev/null && same "$scratch/changed"
}
it_goes_on_where_it_stopped() {
  fetch_and_compare "$scratch/cut" || return 1
  grep -q 'bytes=1000-' "$hub/requests.log"  # what had come was not asked for again
}
a_killed_fetch_goes_on() {
  local hash
  hash=$(sha256sum "$hub/flagship/vqa/data/test-0.bin" | cut -c1-12)
  mkdir -p "$scratch/killed/data"
  head -c 123456 "$hub/flagship/vqa/data/test-0.bin" >"$scratch/killed/data/test-0.bin.$hash.part"
  fetch_and_compare "$scratch/killed" || return 1
  grep -q 'bytes=123456-' "$hub/requests.log"
}
no_part_is_left() { ! find "$1" -name '*.part' | grep -q .; }
wrong_bytes_are_refused() {
  expect_error 1 'expected the hash' fetch --dataset flagship/vqa --out "$scratch/wrong" --set max_retries=1 || return 1
  [ ! -e "$scratch/wrong/data/test-1.bin" ] && no_part_is_left "$scratch/wrong"
}
the_token_stays_with_the_hub() {
  HF_TOKEN=sesame fetch_and_compare "$scratch/token" || return 1
  grep -q '^/api.* token$' "$hub/requests.log" && grep '^/storage' "$hub/requests.log" | grep -q -- '-$' && ! grep '^/storage' "$hub/requests.log" | grep -q token
}
only_what_is_wanted() {
  fetch --dataset flagship/vqa --out "$scratch/some" --files 'data/test-1*' 2>/dev/null || return 1
  [ "$(find "$scratch/some" -type f -not -name '.*' | wc -l)" = 1 ]
}
a_benchmark_by_name() {
  mkdir -p "$hub/flaviagiammarino/vqa-rad/data" && cp tests/golden/tables/vqa_rad/data/*.parquet "$hub/flaviagiammarino/vqa-rad/data" && echo x >"$hub/flaviagiammarino/vqa-rad/README.md"
  fetch VQA_RAD --data "$scratch/data" 2>/dev/null || return 1
  [ -f "$scratch/data/vqa_rad/data/test-00001-of-00002.parquet" ] && [ ! -e "$scratch/data/vqa_rad/README.md" ]
}

check FilesArriveWholeThroughRedirectsAndPages with_hub pages -- fetch_and_compare "$scratch/plain"
check NothingIsFetchedTwice with_hub -- nothing_is_fetched_twice
check AChangedFileIsFetchedAgain with_hub -- a_changed_file_is_fetched_again
check ACutConnectionGoesOnWhereItStopped with_hub cut=1000 -- it_goes_on_where_it_stopped
check AKilledFetchGoesOn with_hub -- a_killed_fetch_goes_on
check AServerWithoutRangesBeginsAgain with_hub norange cut=1000 -- fetch_and_compare "$scratch/norange"
check ErrorsThatPassAreTriedAgain with_hub 500=3 429=2 -- fetch_and_compare "$scratch/passing"
check WrongBytesAreRefused with_hub wrong=test-1.bin -- wrong_bytes_are_refused
check WrongBytesOnceAreFetchedAgain with_hub wrongonce=test-1.bin -- fetch_and_compare "$scratch/once"
check TheTokenStaysWithTheHub with_hub token=sesame -- the_token_stays_with_the_hub
check WithoutATokenItIsSaid with_hub token=sesame -- expect_error 2 'not permitted (HTTP 401)' fetch --dataset flagship/vqa --out "$scratch/refused" --set token_env=LINGSHU_NO_TOKEN
check OnlyWhatIsWanted with_hub -- only_what_is_wanted
check ABenchmarkByName with_hub -- a_benchmark_by_name
check AnAbsentRepositoryIsSaid with_hub -- expect_error 1 'not there (HTTP 404)' fetch --dataset flagship/none --out "$scratch/none"
mkdir -p "$hub/evil/set" && echo x >"$hub/evil/set/escape"
check APathThatClimbsOutIsRefused with_hub -- expect_error 1 'a file is called' fetch --dataset evil/set --out "$scratch/evil"
check ClearTextIsRefused expect_error 2 'expected https' "$lingshu" fetch --endpoint http://hub.example --dataset a/b --out "$scratch/clear"
check ACredentialedSetSaysWhereItIs expect_error 2 'needs a credential' "$lingshu" fetch mimic_cxr --data "$scratch/data"
finish
