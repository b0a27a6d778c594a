"""The figures of scoring in docs/numbers.md, in one go: processor time of `lingshu score` on replies, its memory on many and on very many rows,
and report metrics beside the Python packages that they agree with.

    ninja -C build/release lingshu score_bench && python -P tools/score_bench.py [--rows 1000000] [--repeats 3]

Needs nltk, rouge and rouge_score for the second table (pip install nltk rouge rouge-score). Processor time of user and system of one process, best
of the repeats. Report metrics are functions on both sides, timed over the same 200 pairs inside one process (score_bench, one Python).
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def child(command):
    """Processor seconds and peak memory in MB of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen([str(part) for part in command], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def replies():
    """The choices of tests/golden/replies in every costume over every set of options, short and long, English and Chinese."""
    rows = [json.loads(line) for line in Path("tests/conformance/qa_cases.jsonl").open()]
    return [json.dumps({key: row[key] for key in ("case_type", "benchmark", "lang", "question", "options", "gold", "response")}, ensure_ascii=False)
            for row in rows if row.get("case_type") == "mcq" and row["response"] is not None]


def write_rows(path, rows, count):
    with path.open("w") as out:
        for i in range(count):
            out.write(f'{{"id": "r{i}", {rows[i % len(rows)][1:]}\n')


def packages(pairs):
    """Seconds of each metric of the packages over all pairs."""
    import warnings
    warnings.simplefilter("ignore")
    from nltk.stem.porter import PorterStemmer
    from nltk.translate.bleu_score import sentence_bleu
    from nltk.translate.meteor_score import single_meteor_score
    from rouge import Rouge
    from rouge_score.rouge_scorer import RougeScorer

    class NoWordNet:
        def synsets(self, _):
            return []

    tokens = lambda text: [token for token in text.lower().replace(".", " .").split(" ") if token]
    rouge, google, stemmed, stemmer = Rouge(), RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"]), RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"], use_stemmer=True), \
        PorterStemmer()
    metrics = {"BLEU-1 to 4 (nltk)": lambda r, c: [sentence_bleu([tokens(r)], tokens(c), weights=[1 / n] * n) for n in range(1, 5)],
               "ROUGE-1/2/L (rouge 1.0.1)": lambda r, c: rouge.get_scores(c.lower(), r.lower()),
               "ROUGE-1/2/L/Lsum (rouge_score)": google.score,
               "the same, stemmed": stemmed.score,
               "METEOR without WordNet (nltk)": lambda r, c: single_meteor_score(tokens(r), tokens(c), stemmer=stemmer, wordnet=NoWordNet())}
    seconds = {}
    for name, metric in metrics.items():
        start = time.process_time()
        for reference, candidate in pairs:
            metric(reference, candidate)
        seconds[name] = time.process_time() - start
    return seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lingshu", default="build/release/bin/lingshu")
    parser.add_argument("--bench", default="build/release/score_bench", help="ninja -C build/release score_bench")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        rows, data, out = replies(), folder / "rows.jsonl", folder / "out.jsonl"
        score = lambda *more: child([arguments.lingshu, "score", "--in", data, "--out", out, *more])
        write_rows(data, rows, 1)
        start = min(score()[0] for _ in range(arguments.repeats))
        write_rows(data, rows, 100_000)
        for profile in ("strict", "medevalkit"):
            print(f"100,000 multiple-choice replies, {profile}: {min(score('--profile', profile)[0] for _ in range(arguments.repeats)) - start:.2f} s of processor time")
        few = score()[1]
        write_rows(data, rows, arguments.rows)
        seconds, many = score()
        print(f"peak memory: 100,000 rows {few:.1f} MB, {arguments.rows:,} rows {many:.1f} MB; {seconds:.2f} s")

        cases = [json.loads(line) for line in Path("tests/golden/report/cases.jsonl").open()]
        pairs = [(case["reference"], case["candidate"]) for case in cases[1:] if case["candidate"].strip(". ") and case["reference"].strip(". ")][:190]
        with data.open("w") as file:
            for i in range(20):
                for k, (reference, candidate) in enumerate(pairs):
                    file.write(json.dumps({"id": f"{i}/{k}", "reference": reference, "candidate": candidate}) + "\n")
        ours = json.loads(subprocess.run([arguments.bench, data], check=True, capture_output=True, text=True).stdout)
        theirs = packages(pairs)
        for (name, seconds), mine in zip(theirs.items(), ours.values(), strict=True):
            milliseconds = 1000 * seconds / len(pairs)
            print(f"{name}: {mine:.4f} ms a report, the package {milliseconds:.3f} ms: {milliseconds / mine:.0f} times")
        print(f"`lingshu score` on a report, every variant, CIDEr, PTB tokens, METEOR's WordNet and JSON included: {(score()[0] - start) / 20 / len(pairs) * 1000:.3f} ms")


if __name__ == "__main__":
    main()
