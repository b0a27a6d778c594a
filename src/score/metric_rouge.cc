// ROUGE as registered metrics: the F of each variant.
#include <fmt/format.h>

#include "base/strings.h"
#include "score/medevalkit.h"
#include "score/metric.h"
#include "score/ptb.h"
#include "score/rouge.h"

namespace lingshu {
namespace {

constexpr const char* kPaper = "Lin 2004";

void AddSets(const char* name, const char* help, PrecisionRecallF Rouge::*part) {
  Registry<Metric>::Get().Add({.name = std::string(name) + "_rouge101",
                               .help = help,
                               .variant = "rouge 1.0.1, lower case; reports of no sentence fail",
                               .source = kPaper,
                               .compute = [part](const std::vector<ReportPair>& pairs, const MetricFiles&) {
                                 return MeanOfPairs(pairs, [part](const ReportPair& pair) -> std::optional<double> {
                                   const auto rouge =
                                       RougeOfSets(PythonLower(pair.reference), PythonLower(pair.candidate));
                                   return rouge ? std::optional((*rouge.*part).f) : std::nullopt;
                                 });
                               }});
}

void AddGoogle(const char* name, const char* help, PrecisionRecallF GoogleRouge::*part, bool use_stemmer) {
  Registry<Metric>::Get().Add(
      {.name = fmt::format("{}_rouge_score{}", name, use_stemmer ? "_stem" : ""),
       .help = help,
       .variant = fmt::format("rouge_score 0.1.2, use_stemmer={}", use_stemmer ? "True" : "False"),
       .source = kPaper,
       .compute = [part, use_stemmer](const std::vector<ReportPair>& pairs, const MetricFiles&) {
         return MeanOfPairs(pairs, [&](const ReportPair& pair) {
           return (RougeOfGoogle(pair.reference, pair.candidate, use_stemmer).*part).f;
         });
       }});
}

const bool kAreAdded = [] {
  AddSets("rouge1", "F of word sets", &Rouge::rouge1);
  AddSets("rouge2", "F of bigram sets", &Rouge::rouge2);
  AddSets("rouge_l", "F of the union of common subsequences, summary level", &Rouge::rouge_l);
  for (const bool use_stemmer : {false, true}) {
    AddGoogle("rouge1", "F of words", &GoogleRouge::rouge1, use_stemmer);
    AddGoogle("rouge2", "F of bigrams", &GoogleRouge::rouge2, use_stemmer);
    AddGoogle("rouge_l", "F of the longest common subsequence", &GoogleRouge::rouge_l, use_stemmer);
    AddGoogle("rouge_l_sum", "F of common subsequences by line", &GoogleRouge::rouge_l_sum, use_stemmer);
  }
  return true;
}();

const Register<Metric> kCoco({.name = "rouge_l_coco",
                              .help = "F1.2 of the longest common subsequence, PTB tokens",
                              .variant = "pycocoevalcap 1.2, beta 1.2",
                              .source = kPaper,
                              .compute = [](const std::vector<ReportPair>& pairs, const MetricFiles&) {
                                return MeanOfPairs(pairs, [](const ReportPair& pair) {
                                  return RougeOfCoco(JoinStrings(PtbTokens(pair.reference), " "),
                                                     JoinStrings(PtbTokens(pair.candidate), " "));
                                });
                              }});

}  // namespace
}  // namespace lingshu
