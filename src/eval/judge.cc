#include "eval/judge.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/threads.h"
#include "score/healthbench.h"
#include "score/judge_reply.h"

namespace lingshu {
namespace {

constexpr const char* kReminder = "\n\nYour last reply held no verdict. End with exactly <judge>correct</judge> or <judge>incorrect</judge>.";
constexpr const char* kGradeReminder = "\n\nYour last reply held no verdict. Reply with one JSON object: {\"explanation\": \"…\", \"criteria_met\": true or false}.";

// A digit is refused: 0 means right in one kit and wrong in another, and the prompt asks for words.
std::optional<bool> ReadWords(std::string_view reply) {
  const size_t tag = reply.rfind("<judge>");
  if (tag == std::string_view::npos) return std::nullopt;
  const std::string_view said = reply.substr(tag + 7, reply.find('<', tag + 7) - tag - 7);
  return said.find_first_of("0123456789") == std::string_view::npos ? ReadJudgeReply(reply) : std::nullopt;
}

std::string GradePrompt(const std::string& conversation, const std::string& criterion) {
  return fmt::format("A conversation with an assistant and one criterion follow. Say whether the assistant's last turn meets the criterion; judge nothing but the criterion. "
                     "A criterion may describe a fault: then \"met\" means that the fault is there.\n\nConversation:\n{}\n\nCriterion: {}\n\n"
                     "Reply with one JSON object: {{\"explanation\": \"…\", \"criteria_met\": true or false}}.",
                     conversation, criterion);
}

Request RequestOf(const std::string& prompt, const std::string& id, int64_t attempt, int64_t max_new_tokens) {
  return {.id = id, .messages = {{"user", {{.text = prompt}}}}, .sampling = {.max_new_tokens = max_new_tokens, .temperature = 0, .seed = static_cast<uint64_t>(attempt)}};
}

// The turns as "role: words", the reply last.
std::string Transcript(const Verdict& verdict) {
  std::string text;
  for (const Json& turn : ParseJson(verdict.conversation, verdict.id)) text += fmt::format("{}: {}\n\n", StringAt(turn, "role", verdict.id), StringAt(turn, "content", verdict.id));
  return text + "assistant: " + verdict.response;
}

bool IsAnswered(const Verdict& verdict) { return verdict.score.state == ScoreState::kCorrect || verdict.score.state == ScoreState::kWrong; }

void Adopt(Verdict& verdict, const JudgeOpinion& opinion) {
  verdict.judge = opinion.is_correct ? (*opinion.is_correct ? "correct" : "wrong") : "judge_error";
  verdict.judge_reply = opinion.is_correct ? opinion.reply : opinion.error;
  verdict.score.state = !opinion.is_correct ? ScoreState::kJudgeError : *opinion.is_correct ? ScoreState::kCorrect : ScoreState::kWrong;
  verdict.score.value = opinion.is_correct.value_or(false) ? 1 : 0;
  verdict.score.rule = "judge";
}

// Both opinions where there are two, as 1 and 0.
Json AgreementJson(const std::vector<int>& a, const std::vector<int>& b) {
  const Agreement agreement = AgreementOf(a, b);
  Json json = {{"n", agreement.n}, {"raw", agreement.raw}, {"first_says_correct", agreement.rate_a}, {"second_says_correct", agreement.rate_b}, {"kappa", nullptr}};
  if (agreement.kappa) json["kappa"] = *agreement.kappa;
  return json;
}

// The rubrics of HealthBench: every item is a question to the judge; a sample with an item that has no grade has no score.
void GradeRubrics(EvalReport& report, const std::vector<size_t>& places, Judge& judge) {
  std::vector<std::pair<std::string, std::string>> asked;
  std::vector<std::vector<RubricItem>> rubrics(places.size());
  for (size_t i = 0; i < places.size(); ++i) {
    const Verdict& verdict = report.verdicts[places[i]];
    const std::string transcript = Transcript(verdict);
    for (const Json& item : ParseJson(verdict.rubrics, verdict.id)) {
      asked.emplace_back(transcript, StringAt(item, "criterion", verdict.id));
      rubrics[i].push_back({.points = At(item, "points", verdict.id).get<double>(), .tags = item.value("tags", std::vector<std::string>())});
    }
  }
  const std::vector<JudgeOpinion> opinions = judge.Grade(asked);
  std::vector<HealthBenchSample> samples;
  size_t next = 0;
  for (size_t i = 0; i < places.size(); ++i) {
    Verdict& verdict = report.verdicts[places[i]];
    int64_t num_ungraded = 0;
    for (RubricItem& item : rubrics[i]) {
      const JudgeOpinion& opinion = opinions[next++];
      num_ungraded += !opinion.is_correct.has_value();
      item.is_met = opinion.is_correct.value_or(false);
    }
    const RubricScore score = ScoreRubric(rubrics[i]);
    const bool is_graded = num_ungraded == 0 && score.overall.has_value();
    verdict.score.rule = "rubric";
    verdict.score.value = is_graded ? std::clamp(*score.overall, 0.0, 1.0) : 0;
    verdict.score.state = !is_graded ? ScoreState::kJudgeError : verdict.score.value >= 0.5 ? ScoreState::kCorrect : ScoreState::kWrong;
    verdict.judge = is_graded ? fmt::format("{:.3f}", *score.overall) : "judge_error";
    verdict.judge_reply = is_graded ? "" : fmt::format("{} of {} items without a grade", num_ungraded, rubrics[i].size());
    if (!is_graded) {
      samples.emplace_back();
      continue;
    }
    std::vector<std::pair<std::string, double>> metrics = {{"overall_score", *score.overall}};
    for (const auto& [tag, value] : score.by_tag)
      if (value) metrics.emplace_back(tag, *value);
    samples.emplace_back(std::move(metrics));
  }
  const HealthBenchTotals totals = TotalHealthBench(samples, static_cast<uint32_t>(report.seed));
  Json& json = report.totals["healthbench"] = {{"ungraded", totals.num_ungraded}};
  for (const auto& [name, mean] : totals.by_metric) {
    json[name] = mean.mean;
    json[name + " n"] = mean.n;
    json[name + " bootstrap_std"] = mean.bootstrap_std;
  }
}

}  // namespace

std::string JudgePrompt(const JudgeQuestion& question) {
  return fmt::format("Decide whether an answer to a medical question says the same as the reference answer. Another wording, a synonym, an abbreviation or more detail that "
                     "does not contradict the reference is correct. Another finding, place, side, number or modality, and an answer that names several alternatives or "
                     "none, is incorrect.\n\nQuestion: {}\nReference answer: {}\nAnswer to judge: {}\n\n"
                     "End your reply with <judge>correct</judge> if it says the same, or <judge>incorrect</judge> if it does not.",
                     question.question, question.gold, question.response);
}

Judge::Judge(Answerer& answerer, JudgeOptions options) : answerer_(answerer), options_(std::move(options)), cache_(options_.cache) {}

std::vector<JudgeOpinion> Judge::Decide(const std::vector<JudgeQuestion>& questions) {
  std::vector<std::string> prompts;
  for (const JudgeQuestion& question : questions) prompts.push_back(JudgePrompt(question));
  return Ask(prompts, kReminder, &ReadWords);
}

std::vector<JudgeOpinion> Judge::Grade(const std::vector<std::pair<std::string, std::string>>& conversations_and_criteria) {
  std::vector<std::string> prompts;
  for (const auto& [conversation, criterion] : conversations_and_criteria) prompts.push_back(GradePrompt(conversation, criterion));
  return Ask(prompts, kGradeReminder, &ReadGraderReply);
}

std::vector<JudgeOpinion> Judge::Ask(const std::vector<std::string>& prompts, const std::string& reminder, Reader read) {
  std::vector<JudgeOpinion> opinions(prompts.size());
  // Equal prompts are one question. The key is of the content: no sample's id is in it.
  std::vector<std::string> keys;
  std::unordered_map<std::string, size_t> first;
  std::vector<size_t> open;
  for (size_t i = 0; i < prompts.size(); ++i) {
    keys.push_back(JournalKey(answerer_.Name(), RequestOf(prompts[i], "", 0, options_.max_new_tokens)));
    if (const Answer* known = cache_.Find(keys[i]); known != nullptr && read(known->text)) {
      opinions[i] = {.is_correct = read(known->text), .reply = known->text, .error = ""};
      ++num_cached_;
    } else if (first.emplace(keys[i], i).second) {
      open.push_back(i);
    }
  }
  Progress progress("judge", static_cast<int64_t>(open.size()));
  for (size_t begin = 0; begin < open.size(); begin += static_cast<size_t>(options_.chunk_size)) {
    std::vector<size_t> waiting(open.begin() + static_cast<std::ptrdiff_t>(begin),
                                open.begin() + static_cast<std::ptrdiff_t>(std::min(open.size(), begin + static_cast<size_t>(options_.chunk_size))));
    for (int64_t attempt = 0; attempt < options_.max_attempts && !waiting.empty(); ++attempt) {
      CheckInterrupt("judging");
      std::vector<Request> requests;
      for (const size_t i : waiting) requests.push_back(RequestOf(attempt == 0 ? prompts[i] : prompts[i] + reminder, std::to_string(i), attempt, options_.max_new_tokens));
      num_asked_ += static_cast<int64_t>(requests.size());
      answerer_.Ask(requests, [&](Answer answer) {
        const size_t i = std::stoul(answer.id);
        CHECK(i < prompts.size()) << "an answer to the unknown request " << answer.id;
        if (answer.finish_reason == FinishReason::kError) {
          opinions[i].error = answer.error;
          return;
        }
        opinions[i] = {.is_correct = read(answer.text), .reply = answer.text, .error = "no verdict in the reply"};
        if (!opinions[i].is_correct) return;
        opinions[i].error.clear();
        answer.id = "";
        cache_.Add(keys[i], answer);
      });
      std::erase_if(waiting, [&](size_t i) { return opinions[i].is_correct.has_value(); });
    }
    progress.Update(static_cast<int64_t>(std::min(open.size(), begin + static_cast<size_t>(options_.chunk_size))));
  }
  progress.Done();
  for (size_t i = 0; i < prompts.size(); ++i)
    if (const auto it = first.find(keys[i]); it != first.end() && it->second != i) opinions[i] = opinions[it->second];
  return opinions;
}

void JudgeReport(EvalReport& report, Judge& judge, Judge* second, const std::map<std::string, bool>& human) {
  std::vector<size_t> asked, with_rubric;
  std::vector<JudgeQuestion> questions;
  int64_t num_exact = 0;
  for (size_t i = 0; i < report.verdicts.size(); ++i) {
    Verdict& verdict = report.verdicts[i];
    if (!verdict.rubrics.empty()) {
      if (verdict.score.state != ScoreState::kGenerationError) with_rubric.push_back(i);
      continue;
    }
    const bool is_open = verdict.token_f1 >= 0;
    if (!is_open || !IsAnswered(verdict) || verdict.exact_match < 0) continue;
    if (verdict.exact_match > 0) {
      ++num_exact;
      continue;
    }
    asked.push_back(i);
    questions.push_back({verdict.question, verdict.gold, verdict.response});
  }
  const std::vector<JudgeOpinion> opinions = judge.Decide(questions);
  const std::vector<JudgeOpinion> others = second != nullptr ? second->Decide(questions) : std::vector<JudgeOpinion>();
  int64_t num_errors = 0;
  std::vector<int> first_says, second_says;
  for (size_t k = 0; k < asked.size(); ++k) {
    Verdict& verdict = report.verdicts[asked[k]];
    Adopt(verdict, opinions[k]);
    num_errors += !opinions[k].is_correct.has_value();
    if (second == nullptr) continue;
    verdict.second_judge = others[k].is_correct ? (*others[k].is_correct ? "correct" : "wrong") : "judge_error";
    if (!opinions[k].is_correct || !others[k].is_correct) continue;
    first_says.push_back(*opinions[k].is_correct);
    second_says.push_back(*others[k].is_correct);
  }
  if (!with_rubric.empty()) GradeRubrics(report, with_rubric, judge);
  Json& json = report.totals["judge"] = {{"model", judge.Name()}, {"judged", asked.size()}, {"equal without a judge", num_exact}, {"judge_error", num_errors},
                                         {"requests", judge.num_asked()}, {"from the cache", judge.num_cached()}};
  if (second != nullptr) {
    json["second_model"] = second->Name();
    json["agreement"] = AgreementJson(first_says, second_says);
  }
  std::vector<int> model_says, human_says;
  for (Verdict& verdict : report.verdicts) {
    const auto it = human.find(verdict.id);
    if (it == human.end()) continue;
    verdict.human = it->second ? "correct" : "wrong";
    if (!IsAnswered(verdict)) continue;
    model_says.push_back(verdict.score.state == ScoreState::kCorrect);
    human_says.push_back(it->second);
  }
  if (!human.empty()) json["agreement with people"] = AgreementJson(model_says, human_says);
}

std::map<std::string, bool> ReadHumanLabels(const std::filesystem::path& file) {
  std::map<std::string, bool> labels;
  ForEachLine(file, [&](std::string_view line, int64_t number) {
    const std::string where = fmt::format("{}:{}", file.string(), number);
    const Json json = ParseJson(line, where);
    const Json& label = At(json, "correct", where);
    if (!label.is_boolean()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected \"correct\" to be true or false, found {}", where, label.type_name()));
    labels[StringAt(json, "id", where)] = label.get<bool>();
  });
  return labels;
}

}  // namespace lingshu
