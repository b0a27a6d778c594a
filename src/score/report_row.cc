#include "score/report_row.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/strings.h"
#include "score/bleu.h"
#include "score/medevalkit.h"
#include "score/meteor.h"
#include "score/ptb.h"
#include "score/report_tokens.h"
#include "score/rouge.h"

namespace lingshu {
namespace {

BleuCounts CountBleuOf(const Tokens& reference, const Tokens& candidate) {
  NgramTable table;
  return CountBleu(NgramsOf(table, reference), NgramsOf(table, candidate));
}

void AddNltkBleu(Json& json, const BleuCounts& counts) {
  for (int n = 1; n <= kMaxNgramOrder; ++n) json[fmt::format("bleu{}", n)] = NltkBleu(counts, n);
}

Json MedEvalKitReport(const std::string& reference, const std::string& candidate, const Tokens& reference_tokens,
                      const Tokens& candidate_tokens, const BleuCounts& counts, const ReportContext& context) {
  Json json = Json::object();
  AddNltkBleu(json, counts);
  const auto named = [](const PrecisionRecallF& score) { return Json{{"r", score.r}, {"p", score.p}, {"f", score.f}}; };
  const std::string lower_reference = PythonLower(reference), lower_candidate = PythonLower(candidate);
  if (const auto rouge = RougeOfSets(lower_reference, lower_candidate)) {
    json["rouge-1"] = named(rouge->rouge1);
    json["rouge-2"] = named(rouge->rouge2);
    json["rouge-l"] = named(rouge->rouge_l);
  } else {
    const bool has_no_candidate = candidate.find_first_not_of('.') == std::string::npos;
    json["rouge_error"] = fmt::format("ValueError: {} is empty.", has_no_candidate ? "Hypothesis" : "Reference");
  }
  if (context.wordnet != nullptr) json["meteor"] = Meteor(reference_tokens, candidate_tokens, context.wordnet);
  else json["meteor_error"] = context.wordnet_note;
  json["tokens_ref"] = reference_tokens;
  json["tokens_hyp"] = candidate_tokens;
  return json;
}

Json GoogleRougeJson(const std::string& reference, const std::string& candidate, bool use_stemmer) {
  const GoogleRouge rouge = RougeOfGoogle(reference, candidate, use_stemmer);
  const auto named = [](const PrecisionRecallF& score) { return Json{{"p", score.p}, {"r", score.r}, {"f", score.f}}; };
  return {{"rouge1", named(rouge.rouge1)},
          {"rouge2", named(rouge.rouge2)},
          {"rougeL", named(rouge.rouge_l)},
          {"rougeLsum", named(rouge.rouge_l_sum)}};
}

void AddCoco(Json& json, const std::string& reference, const std::string& candidate, const ReportContext& context) {
  const Tokens one = PtbTokens(reference), other = PtbTokens(candidate);
  const std::string joined_reference = JoinStrings(one, " "), joined_candidate = JoinStrings(other, " ");
  json["coco_ptb_tokens"] = {{"ref", joined_reference}, {"hyp", joined_candidate}};
  Json& coco = json["coco"];
  const BleuCounts counts = CountBleuOf(one, other);
  for (int n = 1; n <= kMaxNgramOrder; ++n) coco["bleu"].push_back(CocoBleu(counts, n));
  coco["rouge_l_beta1_2"] = RougeOfCoco(joined_reference, joined_candidate);
  if (context.corpus == nullptr) return;
  const CiderScores cider = context.corpus->Score(one, other);
  coco["cider"] = cider.cider_d;
  json["cidereval_corpus_df"] = {{"cider", cider.cider}, {"ciderD", cider.cider_d}};
}

std::vector<std::string> WordSet(std::string_view text) {
  std::vector<std::string> words = PythonSplit(PythonLower(text));
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace

Json MedEvalKitTokenF1(std::string_view gold, std::string_view response) {
  const std::vector<std::string> gold_words = WordSet(gold), response_words = WordSet(response);
  if (gold_words.empty() || response_words.empty()) return 0;
  std::vector<std::string> common;
  std::set_intersection(gold_words.begin(), gold_words.end(), response_words.begin(), response_words.end(),
                        std::back_inserter(common));
  if (common.empty()) return {0, 0, 0};
  const double num_common = static_cast<double>(common.size());
  const double p = num_common / static_cast<double>(response_words.size());
  const double r = num_common / static_cast<double>(gold_words.size());
  return {2 * p * r / (p + r), p, r};
}

Json ReportRowMetrics(const std::string& reference, const std::string& candidate, const ReportContext& context) {
  const Tokens reference_tokens = ReportTokens(reference), candidate_tokens = ReportTokens(candidate);
  const BleuCounts counts = CountBleuOf(reference_tokens, candidate_tokens);
  Json json = Json::object();
  json["medevalkit_report"] =
      MedEvalKitReport(reference, candidate, reference_tokens, candidate_tokens, counts, context);
  Json& answer = json["medevalkit_vqa"] = Json::object();
  AddNltkBleu(answer, CountBleuOf(AnswerTokens(reference), AnswerTokens(candidate)));
  answer["f1_tuple"] = MedEvalKitTokenF1(reference, candidate);
  json["bleu2_nltk_method1"] = NltkBleu(counts, 2, BleuSmoothing::kMethod1);
  // fast_bleu computes the same and refuses a candidate without tokens.
  if (!candidate_tokens.empty()) json["bleu2_fast_bleu"] = json["bleu2_nltk_method1"];
  json["meteor_nltk_no_wordnet"] = Meteor(reference_tokens, candidate_tokens, nullptr);
  json["rouge_score"] = GoogleRougeJson(reference, candidate, /*use_stemmer=*/false);
  json["rouge_score_stem"] = GoogleRougeJson(reference, candidate, /*use_stemmer=*/true);
  AddCoco(json, reference, candidate, context);
  json["sacrebleu_sentence"] = SacreSentenceBleu(CountBleuOf(Tokens13a(reference), Tokens13a(candidate)));
  return json;
}

}  // namespace lingshu
