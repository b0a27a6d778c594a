// BLEU as registered metrics: nltk per report and over the corpus, pycocoevalcap, sacrebleu, and RadCliQ's smoothed
// BLEU-2.
#include <fmt/format.h>

#include "score/bleu.h"
#include "score/metric.h"
#include "score/ptb.h"
#include "score/report_tokens.h"

namespace lingshu {
namespace {

constexpr const char* kPaper = "Papineni et al. 2002";

BleuCounts CountsOf(const ReportPair& pair, Tokens (*tokens_of)(std::string_view)) {
  NgramTable table;
  return CountBleu(NgramsOf(table, tokens_of(pair.reference)), NgramsOf(table, tokens_of(pair.candidate)));
}

BleuCounts SumOf(const std::vector<ReportPair>& pairs, Tokens (*tokens_of)(std::string_view)) {
  BleuCounts sum;
  for (const ReportPair& pair : pairs) sum += CountsOf(pair, tokens_of);
  return sum;
}

void AddOrder(int n) {
  auto& registry = Registry<Metric>::Get();
  const std::string help = fmt::format("BLEU-{}", n);
  registry.Add({.name = fmt::format("bleu{}_nltk_sentence", n),
                .help = help + ", mean over the reports",
                .variant = "nltk 3.9.1 sentence_bleu, no smoothing, tokens of MedEvalKit's prep_reports",
                .source = kPaper,
                .compute = [n](const std::vector<ReportPair>& pairs, const MetricFiles&) {
                  return MeanOfPairs(
                      pairs, [n](const ReportPair& pair) { return NltkBleu(CountsOf(pair, &ReportTokens), n); });
                }});
  registry.Add({.name = fmt::format("bleu{}_nltk_corpus", n),
                .help = help + " of the summed counts",
                .variant = "nltk 3.9.1 corpus_bleu, no smoothing, tokens of MedEvalKit's prep_reports",
                .source = kPaper,
                .compute = [n](const std::vector<ReportPair>& pairs, const MetricFiles&) {
                  return MetricValues{.total = NltkBleu(SumOf(pairs, &ReportTokens), n)};
                }});
  registry.Add({.name = fmt::format("bleu{}_coco", n),
                .help = help + " of the summed counts, PTB tokens",
                .variant = "pycocoevalcap 1.2",
                .source = kPaper,
                .compute = [n](const std::vector<ReportPair>& pairs, const MetricFiles&) {
                  return MetricValues{.total = CocoBleu(SumOf(pairs, &PtbTokens), n)};
                }});
}

const bool kAreAdded = [] {
  for (int n = 1; n <= kMaxNgramOrder; ++n) AddOrder(n);
  return true;
}();

const Register<Metric> kRadCliqBleu(
    {.name = "bleu2_nltk_method1",
     .help = "BLEU-2 as RadCliQ takes it",
     .variant = "nltk 3.9.1 sentence_bleu, smoothing method 1 (equals fast_bleu), tokens of prep_reports",
     .source = "Papineni et al. 2002; Yu et al. 2023 (RadCliQ)",
     .compute = [](const std::vector<ReportPair>& pairs, const MetricFiles&) {
       return MeanOfPairs(pairs, [](const ReportPair& pair) {
         return NltkBleu(CountsOf(pair, &ReportTokens), 2, BleuSmoothing::kMethod1);
       });
     }});

const Register<Metric> kSacre({.name = "sacrebleu_sentence",
                               .help = "BLEU-4, mean over the reports",
                               .range = {0, 100},
                               .variant = "sacrebleu 2.6.0 sentence_bleu, 13a, exponential smoothing, effective order",
                               .source = "Post 2018",
                               .compute = [](const std::vector<ReportPair>& pairs, const MetricFiles&) {
                                 return MeanOfPairs(pairs, [](const ReportPair& pair) {
                                   return SacreSentenceBleu(CountsOf(pair, &Tokens13a));
                                 });
                               }});

}  // namespace
}  // namespace lingshu
