// METEOR, CIDEr, exact match and token F1 as registered metrics.
#include "score/cider.h"
#include "score/meteor.h"
#include "score/metric.h"
#include "score/ptb.h"
#include "score/report_tokens.h"
#include "score/score.h"

namespace lingshu {
namespace {

MetricValues MeteorOf(const std::vector<ReportPair>& pairs, const WordNet* wordnet) {
  return MeanOfPairs(pairs, [&](const ReportPair& pair) {
    return Meteor(ReportTokens(pair.reference), ReportTokens(pair.candidate), wordnet);
  });
}

constexpr const char* kMeteorPaper = "Banerjee and Lavie 2005; Lavie and Agarwal 2007";

const Register<Metric> kMeteor({.name = "meteor_nltk",
                                .help = "METEOR, mean over the reports",
                                .variant = "nltk 3.9.1 single_meteor_score with WordNet 3.0, tokens of prep_reports",
                                .source = kMeteorPaper,
                                .missing_file =
                                    [](const MetricFiles& files) {
                                      return MissingWordNetFile(files.wordnet.empty() ? "<wordnet>" : files.wordnet);
                                    },
                                .compute =
                                    [](const std::vector<ReportPair>& pairs, const MetricFiles& files) {
                                      const WordNet wordnet(files.wordnet);
                                      return MeteorOf(pairs, &wordnet);
                                    }});

const Register<Metric> kMeteorPlain({.name = "meteor_nltk_no_wordnet",
                                     .help = "METEOR without its synonym stage",
                                     .variant = "nltk 3.9.1 single_meteor_score, stages exact and Porter stem only",
                                     .source = kMeteorPaper,
                                     .compute = [](const std::vector<ReportPair>& pairs, const MetricFiles&) {
                                       return MeteorOf(pairs, nullptr);
                                     }});

MetricValues CiderOf(const std::vector<ReportPair>& pairs, double CiderScores::*part) {
  CiderCorpus corpus;
  for (const ReportPair& pair : pairs) corpus.Add(PtbTokens(pair.reference));
  return MeanOfPairs(pairs, [&](const ReportPair& pair) {
    return corpus.Score(PtbTokens(pair.reference), PtbTokens(pair.candidate)).*part;
  });
}

const Register<Metric> kCider({.name = "cider_corpus",
                               .help = "CIDEr, document frequencies over these references",
                               .range = {0, 10},
                               .variant = "cidereval cider, df='corpus'",
                               .source = "Vedantam et al. 2015",
                               .compute = [](const std::vector<ReportPair>& pairs, const MetricFiles&) {
                                 return CiderOf(pairs, &CiderScores::cider);
                               }});
const Register<Metric> kCiderD({.name = "cider_d_corpus",
                                .help = "CIDEr-D, document frequencies over these references",
                                .range = {0, 10},
                                .variant = "pycocoevalcap 1.2 Cider",
                                .source = "Vedantam et al. 2015",
                                .compute = [](const std::vector<ReportPair>& pairs, const MetricFiles&) {
                                  return CiderOf(pairs, &CiderScores::cider_d);
                                }});

const Register<Metric> kExact({.name = "exact_match",
                               .help = "share of candidates equal to the reference after normalisation",
                               .variant = "case, width, punctuation, articles and number words evened out",
                               .source = "Rajpurkar et al. 2016",
                               .compute = [](const std::vector<ReportPair>& pairs, const MetricFiles&) {
                                 return MeanOfPairs(pairs, [](const ReportPair& pair) {
                                   return NormalizeAnswer(pair.reference) == NormalizeAnswer(pair.candidate) ? 1.0
                                                                                                             : 0.0;
                                 });
                               }});
const Register<Metric> kTokenF1({.name = "token_f1",
                                 .help = "F1 of word multisets after normalisation",
                                 .variant = "normalised as for exact_match; CJK characters are words",
                                 .source = "Rajpurkar et al. 2016",
                                 .compute = [](const std::vector<ReportPair>& pairs, const MetricFiles&) {
                                   return MeanOfPairs(pairs, [](const ReportPair& pair) {
                                     return TokenF1(pair.reference, pair.candidate);
                                   });
                                 }});

}  // namespace
}  // namespace lingshu
