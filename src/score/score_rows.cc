#include "score/score_rows.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "score/answer_line.h"
#include "score/answer_text.h"
#include "score/case_rows.h"
#include "score/choice.h"
#include "score/medevalkit.h"
#include "score/medevalkit_mmmu.h"
#include "score/polarity.h"
#include "score/ptb.h"
#include "score/report_row.h"

namespace lingshu {
namespace {

constexpr const char* kAnswerTypes =
    "mcq, mmmu_mcq, mmmu_open, vqa_closed_yesno, slake_closed, radrestruct_single_choice, vqa_open, token_f1, multiple_choice, yes_no, closed, open";

constexpr std::string_view kException = "medevalkit:exception";

AnswerType TypeOf(const AnswerRow& row) {
  const std::string& type = row.case_type;
  if (type == "mcq" || type == "mmmu_mcq" || type == "multiple_choice") return AnswerType::kMultipleChoice;
  if (type == "vqa_closed_yesno" || type == "yes_no") return AnswerType::kYesNo;
  if (type == "slake_closed" || type == "radrestruct_single_choice" || type == "closed") return AnswerType::kClosed;
  if (type == "vqa_open" || type == "mmmu_open" || type == "token_f1" || type == "open") return AnswerType::kOpen;
  if (!type.empty()) throw Error(ErrorCode::kUsage, fmt::format("row {}: unknown case_type \"{}\".\nKnown: {}.", row.id, type, std::string(kAnswerTypes) + "; " + JoinStrings(CaseTypes(), ", ")));
  if (!row.options.empty()) return AnswerType::kMultipleChoice;
  return GoldPolarity(row.gold) != Polarity::kNone ? AnswerType::kYesNo : AnswerType::kOpen;
}

// MMMU's open questions are judged by containment, as its authors do (Yue et al. 2024, eval_open), with denials respected.
Score ScoreContained(const AnswerRow& row) {
  const Reply reply = ReadReply(row.response);
  const AnswerText answer = ReadAnswerText(reply);
  Score score{.rule = fmt::format("contained:{}", answer.rule), .span_begin = reply.OriginOf(answer.begin), .span_end = reply.OriginOf(answer.end)};
  if (answer.text.empty()) return score;
  const PhraseMatch match = MatchContained(row.gold, answer.text);
  score.state = match != PhraseMatch::kNo ? ScoreState::kCorrect : ScoreState::kWrong;
  score.value = match != PhraseMatch::kNo ? 1 : 0;
  score.prediction = NormalizeAnswer(answer.text);
  score.rule += fmt::format(":{}", PhraseMatchName(match));
  return score;
}

Score ScoreRowStrict(const AnswerRow& row) {
  if (!row.has_response) return {.state = ScoreState::kGenerationError, .rule = "no_response"};
  if (row.case_type == "mmmu_open") return ScoreContained(row);
  const bool is_lettered = !row.options.empty();
  return ScoreStrict({.id = row.id, .answer_type = TypeOf(row), .options = is_lettered ? StripOptionLetters(row.options) : row.options, .answer = row.gold},
                     row.response);
}

// Which of MedEvalKit's functions judges the row. SLAKE knows lower-case "yes" and "no" alone as yes/no.
ReferenceVerdict ReferenceVerdictOf(const AnswerRow& row) {
  const std::optional<std::string> response = row.has_response ? std::optional(row.response) : std::nullopt;
  if (row.case_type == "mmmu_mcq") return MmmuChoice(row.options, row.gold, response);
  if (row.case_type == "mmmu_open") return MmmuOpen(row.gold, response, row.benchmark == "MMMU-Medical-val");
  const bool is_slake_yes_no = row.case_type == "slake_closed" && (row.gold == "yes" || row.gold == "no");
  if (row.case_type == "radrestruct_single_choice" || is_slake_yes_no) return MedEvalKitYesNo(row.gold, response);
  switch (TypeOf(row)) {
    case AnswerType::kMultipleChoice: return MedEvalKitChoice(row.benchmark, row.options, row.gold, response);
    case AnswerType::kYesNo: return MedEvalKitYesNo(row.gold, response);
    case AnswerType::kClosed: return MedEvalKitClosed(row.gold, response);
    case AnswerType::kOpen: break;
  }
  return MedEvalKitOpen(row.benchmark, row.gold, response);
}

Score ScoreRowAsReference(const AnswerRow& row) {
  const ReferenceVerdict verdict = ReferenceVerdictOf(row);
  Score score{.state = ScoreState::kWrong, .prediction = verdict.prediction, .rule = verdict.rule};
  if (verdict.correct.value_or(false)) score.state = ScoreState::kCorrect, score.value = 1;
  if (!verdict.correct) score.state = row.has_response ? ScoreState::kUnparsed : ScoreState::kGenerationError, score.rule += ": " + verdict.error;
  if (score.rule == "mmmu:random") score.state = ScoreState::kUnparsed;
  return score;
}

std::string TextOrEmpty(const Json& row, const char* key, const std::string& where) {
  const auto it = row.find(key);
  if (it == row.end() || it->is_null()) return "";
  if (!it->is_string()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected string \"{}\", found {}", where, key, it->type_name()));
  return it->get<std::string>();
}

AnswerRow ReadAnswerRow(const Json& json, const std::string& where) {
  AnswerRow row{.id = StringAt(json, "id", where), .case_type = TextOrEmpty(json, "case_type", where), .benchmark = TextOrEmpty(json, "benchmark", where),
                .gold = StringAt(json, "gold", where)};
  if (const auto options = json.find("options"); options != json.end() && !options->is_null()) {
    if (!options->is_array()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a list \"options\", found {}", where, options->type_name()));
    for (const Json& option : *options) {
      if (!option.is_string()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected strings in \"options\", found {}", where, option.type_name()));
      row.options.push_back(option.get<std::string>());
    }
  }
  row.has_response = At(json, "response", where).is_string();
  row.response = TextOrEmpty(json, "response", where);
  return row;
}

// Of an open answer that the reference has a verdict on, under its names: precision, recall and F1 change places there.
Json OpenMetrics(const AnswerRow& row, const Score& score) {
  const Json all = ReportRowMetrics(OpenGold(row.benchmark, row.gold), score.prediction, {});
  const Json &of_report = all.at("medevalkit_report"), &of_answer = all.at("medevalkit_vqa");
  Json metrics = {{"em", score.state == ScoreState::kCorrect}};
  for (const char* key : {"bleu1", "bleu2", "bleu3", "bleu4"}) metrics[key] = of_answer.at(key);
  for (const auto& [name, key] : {std::pair("rouge1", "rouge-1"), std::pair("rouge2", "rouge-2"), std::pair("rougel", "rouge-l")})
    metrics[name] = of_report.contains(key) ? of_report.at(key).at("f") : Json();
  const Json& f1 = of_answer.at("f1_tuple");
  const char* const names[] = {"medevalkit_precision_is_really_f1", "medevalkit_recall_is_really_precision", "medevalkit_f1_is_really_recall"};
  for (size_t i = 0; i < 3; ++i) metrics[names[i]] = f1.is_array() ? f1[i] : f1;
  return metrics;
}

Json ScoreAnswer(const AnswerRow& row, ScoreProfile profile) {
  const Score score = ScoreAnswerRow(row, profile);
  const bool is_exception = score.rule.starts_with(kException);  // the reference has no verdict here
  Json json = {{"id", row.id},
          {"state", ScoreStateName(score.state)},
          {"correct", is_exception ? Json() : Json(score.state == ScoreState::kCorrect)},
          {"prediction", score.prediction},
          {"rule", score.rule}};
  if (row.case_type == "token_f1") json["value"] = MedEvalKitTokenF1(row.gold, row.response);
  if (row.case_type == "vqa_open" && profile == ScoreProfile::kMedevalkit) json["metrics"] = is_exception ? Json() : OpenMetrics(row, score);
  return json;
}

Json WithId(std::string id, const Json& result) {
  Json json = {{"id", std::move(id)}};
  json.update(result);
  return json;
}

constexpr const char* kNoWordNet =
    "no WordNet: name the folder with its index.*, data.* and *.exc files (--wordnet); meteor_nltk_no_wordnet has the "
    "stages that need none";

Json ScoreReport(const Json& row, const ReportContext& context, const std::string& where) {
  return {{"id", StringAt(row, "id", where)},
          {"metrics", ReportRowMetrics(StringAt(row, "reference", where), StringAt(row, "candidate", where), context)}};
}

Json ScoreRow(const Json& row, ScoreProfile profile, const ReportContext& context, const RowPrompter& prompt_of, const std::string& where) {
  if (row.contains("reference")) return ScoreReport(row, context, where);
  if (row.contains("raw") && prompt_of) return WithId(StringAt(row, "id", where), prompt_of(row, profile, where));
  if (const std::optional<Json> result = ScoreCaseRow(row, profile, where)) return WithId(StringAt(row, "id", where), *result);
  return ScoreAnswer(ReadAnswerRow(row, where), profile);
}

// The references whose n-grams CIDEr counts.
CiderCorpus ReadCorpus(const std::filesystem::path& in) {
  CiderCorpus of_pairs, alone;
  ForEachLine(in, [&](std::string_view line, int64_t number) {
    if (line.find("\"reference\"") == std::string_view::npos) return;
    const std::string where = fmt::format("{}:{}", in.string(), number);
    const Json json = ParseJson(line, where);
    if (json.contains("_header") || !json.contains("reference")) return;
    (json.contains("candidate") ? of_pairs : alone).Add(PtbTokens(StringAt(json, "reference", where)));
  });
  return alone.num_references() > 0 ? alone : of_pairs;
}

}  // namespace

std::vector<std::string> EnumNames(ScoreProfile*) { return {"strict", "medevalkit"}; }

std::vector<std::string> StripOptionLetters(const std::vector<std::string>& options) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < options.size(); ++i) {
    std::string_view text = TrimAscii(options[i]);
    const bool is_bracketed = text.starts_with('(');
    if (is_bracketed) text.remove_prefix(1);
    const bool has_letter = text.size() >= 2 && text[0] == static_cast<char>('A' + i) && (text[1] == '.' || text[1] == ':' || text[1] == ')');
    if (!has_letter || (is_bracketed && text[1] != ')')) return options;
    texts.emplace_back(TrimAscii(text.substr(2)));
  }
  return texts;
}

Score ScoreAnswerRow(const AnswerRow& row, ScoreProfile profile) { return profile == ScoreProfile::kStrict ? ScoreRowStrict(row) : ScoreRowAsReference(row); }

int64_t ScoreRows(const std::filesystem::path& in, const std::filesystem::path& out, ScoreProfile profile,
                  const std::filesystem::path& wordnet, const RowPrompter& prompt_of) {
  const CiderCorpus corpus = ReadCorpus(in);
  std::optional<WordNet> words;
  if (corpus.num_references() > 0 && !wordnet.empty()) words.emplace(wordnet);
  const ReportContext context{.corpus = &corpus, .wordnet = words ? &*words : nullptr, .wordnet_note = kNoWordNet};
  LineWriter writer(out);
  int64_t num_rows = 0;
  const std::vector<std::string> parts = CaseTypes();
  ForEachLine(in, [&](std::string_view line, int64_t number) {
    if (const std::optional<AnswerRow> row = ReadAnswerLine(line); row && std::find(parts.begin(), parts.end(), row->case_type) == parts.end()) {
      const Score score = ScoreAnswerRow(*row, profile);
      writer.Append(VerdictLine(*row, score, /*has_verdict=*/!score.rule.starts_with(kException)));
      ++num_rows;
      return;
    }
    const std::string where = fmt::format("{}:{}", in.string(), number);
    const Json json = ParseJson(line, where);
    if (json.contains("_header") || (json.contains("reference") && !json.contains("candidate"))) return;
    writer.Append(DumpJson(ScoreRow(json, profile, context, prompt_of, where)));
    ++num_rows;
  });
  writer.Flush();
  return num_rows;
}

}  // namespace lingshu
