// Processor time of report metrics, a report: what tools/score_bench.py holds against the Python packages.
//   score_bench PAIRS.jsonl   rows {"reference", "candidate"}; prints {"bleu": ms, …}
#include <ctime>

#include <fmt/format.h>

#include "base/files.h"
#include "score/bleu.h"
#include "score/medevalkit.h"
#include "score/meteor.h"
#include "score/metric.h"
#include "score/ngrams.h"
#include "score/report_tokens.h"
#include "score/rouge.h"

namespace lingshu {
namespace {

double ProcessorSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Milliseconds a report: the best of five stretches of at least a fifth of a second.
template <typename Metric>
double Measure(const std::vector<ReportPair>& pairs, const Metric& metric) {
  double best = 1e9, sink = 0;
  for (int stretch = 0; stretch < 5; ++stretch) {
    const double start = ProcessorSeconds();
    int64_t reports = 0;
    double seconds = 0;
    while (seconds < 0.2) {
      for (const ReportPair& pair : pairs) sink += metric(pair);
      reports += static_cast<int64_t>(pairs.size());
      seconds = ProcessorSeconds() - start;
    }
    best = std::min(best, 1000 * seconds / static_cast<double>(reports));
  }
  return sink > -1 ? best : 0;  // so that nothing of it is left out
}

double Bleu(const ReportPair& pair) {
  NgramTable table;
  const BleuCounts counts = CountBleu(NgramsOf(table, ReportTokens(pair.reference)), NgramsOf(table, ReportTokens(pair.candidate)));
  double sum = 0;
  for (int n = 1; n <= kMaxNgramOrder; ++n) sum += NltkBleu(counts, n);
  return sum;
}

double RougeSets(const ReportPair& pair) {
  const auto rouge = RougeOfSets(PythonLower(pair.reference), PythonLower(pair.candidate));
  return rouge ? rouge->rouge_l.f : 0;
}

int Bench(const char* file) {
  const std::vector<ReportPair> pairs = ReadReportPairs(file);
  const Json json = {
      {"bleu", Measure(pairs, &Bleu)},
      {"rouge", Measure(pairs, &RougeSets)},
      {"rouge_score", Measure(pairs, [](const ReportPair& pair) { return RougeOfGoogle(pair.reference, pair.candidate, false).rouge_l.f; })},
      {"rouge_score_stem", Measure(pairs, [](const ReportPair& pair) { return RougeOfGoogle(pair.reference, pair.candidate, true).rouge_l.f; })},
      {"meteor", Measure(pairs, [](const ReportPair& pair) { return Meteor(ReportTokens(pair.reference), ReportTokens(pair.candidate), nullptr); })}};
  fmt::print("{}\n", DumpJson(json));
  return 0;
}

}  // namespace
}  // namespace lingshu

int main(int argc, char** argv) {
  if (argc != 2) return fmt::print(stderr, "usage: score_bench PAIRS.jsonl\n"), 2;
  return lingshu::Bench(argv[1]);
}
