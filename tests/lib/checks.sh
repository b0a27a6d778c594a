# Helpers of the tests that run the binary: sourced, not run. Counts in GoogleTest's closing lines, which tools/run_tests reads.
lingshu=${LINGSHU_BINARY:-build/release/bin/lingshu}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
skips=0
failures=()

check() {  # check NAME COMMAND …: passes when the command does
  local name=$1
  shift
  if "$@" >"$scratch/check.log" 2>&1; then passed=$((passed + 1)); echo "ok      $name"
  else failures+=("$name"); echo "FAILED  $name"; tail -n 5 "$scratch/check.log"; fi
}

skip() {  # skip NAME WHY: counted, and listed by tools/run_tests
  skips=$((skips + 1))
  echo "[  SKIPPED ] $1 ($2)"
}

# expect_error STATUS TEXT COMMAND …: the command ends with that status, says TEXT on stderr, and not with a crash.
expect_error() {
  local status=$1 text=$2 got=0 limit=(timeout 120)
  shift 2
  declare -F "$1" >/dev/null && limit=()  # a function of the test's own
  "${limit[@]}" "$@" >"$scratch/out" 2>"$scratch/err" || got=$?
  [ "$got" -eq "$status" ] || { echo "exit status $got, expected $status"; cat "$scratch/err"; return 1; }
  grep -qF -- "$text" "$scratch/err" || { echo "stderr lacks \"$text\":"; cat "$scratch/err"; return 1; }
}

finish() {
  [ "$passed" -gt 0 ] && echo "[  PASSED  ] $passed tests."
  [ "$skips" -gt 0 ] && echo "[  SKIPPED ] $skips tests."
  [ ${#failures[@]} -eq 0 ] && exit 0
  echo "[  FAILED  ] ${#failures[@]} tests, listed below:"
  printf '[  FAILED  ] %s\n' "${failures[@]}"
  exit 1
}
