// Batches, rounds and replies.
#include "synth/stage.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/error.h"
#include "base/progress.h"
#include "base/strings.h"
#include "base/threads.h"
#include "data/source.h"

namespace lingshu {
namespace {

constexpr size_t kBatch = 256;  // drafts whose images are in memory at once
constexpr size_t kMaxExamples = 5;

// Each distinct image once: many seeds ask about the same one. Unreadable ones stay null.
std::map<std::string, ImagePtr> LoadImages(const std::vector<Sample>& seeds, size_t begin, size_t end,
                                           const std::filesystem::path& folder) {
  std::map<std::string, ImagePtr> images;
  std::vector<std::pair<const ImageRef*, ImagePtr*>> fresh;
  for (size_t i = begin; i < end; ++i)
    for (const ImageRef& ref : seeds[i].images)
      if (const auto [it, is_new] = images.try_emplace(ref.path); is_new) fresh.emplace_back(&ref, &it->second);
  ParallelFor(static_cast<int64_t>(fresh.size()), [&](int64_t i) {
    const auto& [ref, image] = fresh[static_cast<size_t>(i)];
    try {
      *image = LoadImage(*ref, folder);
    } catch (const Error& e) {
      if (e.code() == ErrorCode::kInterrupted) throw;
    }
  });
  return images;
}

std::vector<Draft> LoadDrafts(const std::vector<Sample>& seeds, size_t begin, size_t end,
                              const std::filesystem::path& folder, SynthReport& report) {
  const std::map<std::string, ImagePtr> images = LoadImages(seeds, begin, end, folder);
  std::vector<Draft> drafts;
  for (size_t i = begin; i < end; ++i) {
    Draft draft{.seed = &seeds[i]};
    for (const ImageRef& ref : seeds[i].images) draft.images.push_back(images.at(ref.path));
    const bool is_readable =
        std::all_of(draft.images.begin(), draft.images.end(), [](const ImagePtr& image) { return image != nullptr; });
    if (is_readable) drafts.push_back(std::move(draft));
    else report.CountDrop("unreadable image", seeds[i].id);
  }
  return drafts;
}

Request StageRequest(const Stage& stage, const Draft& draft) {
  Message message{.role = "user"};
  for (const ImagePtr& image : stage.images ? stage.images(draft) : draft.images)
    message.content.push_back({.image = image});
  message.content.push_back({.text = stage.prompt(draft)});
  return {.id = draft.seed->id + "#" + stage.name,
          .messages = {std::move(message)},
          .sampling = {.max_new_tokens = stage.max_new_tokens}};
}

}  // namespace

void SynthReport::CountDrop(const std::string& reason, const std::string& id) {
  ++dropped[reason];
  if (std::vector<std::string>& ids = examples[reason]; ids.size() < kMaxExamples) ids.push_back(id);
}

Json ToJson(const SynthReport& report) {
  Json json = {{"teacher", report.teacher},
               {"seeds", report.seeds},
               {"asked", report.asked},
               {"made", report.made},
               {"dropped", Json::array()}};
  for (const auto& [reason, count] : report.dropped)
    json["dropped"].push_back({{"reason", reason}, {"count", count}, {"examples", report.examples.at(reason)}});
  return json;
}

std::pair<std::string, std::string> SplitStageId(const std::string& id) {
  const size_t hash = id.rfind('#');
  if (hash == std::string::npos) throw Error(ErrorCode::kUsage, fmt::format("{}: expected \"<seed id>#<stage>\".", id));
  return {id.substr(0, hash), id.substr(hash + 1)};
}

void AskStage(const Stage& stage, Answerer& teacher, std::vector<Draft>& drafts, SynthReport& report) {
  std::vector<Request> requests;
  for (const Draft& draft : drafts) requests.push_back(StageRequest(stage, draft));
  report.asked += static_cast<int64_t>(requests.size());
  const std::vector<Answer> answers = teacher.AskAll(requests);
  std::vector<Draft> left;
  for (size_t i = 0; i < drafts.size(); ++i) {
    const Answer& answer = answers[i];
    const std::string reason = answer.finish_reason == FinishReason::kError    ? "the teacher failed"
                               : answer.finish_reason == FinishReason::kLength ? "the reply was cut off"
                               : IsRefusal(answer.text)                        ? "the teacher declined"
                                                                               : stage.take(drafts[i], answer.text);
    if (reason.empty()) left.push_back(std::move(drafts[i]));
    else report.CountDrop(stage.name + ": " + reason, drafts[i].seed->id);
  }
  drafts = std::move(left);
}

SynthResult Synthesize(const std::vector<Sample>& seeds, const std::filesystem::path& image_folder, Answerer& teacher,
                       const Synthesis& synthesis) {
  SynthResult result;
  result.report.teacher = teacher.Name();
  result.report.seeds = static_cast<int64_t>(seeds.size());
  Progress progress("synthesis by " + teacher.Name(), result.report.seeds);
  for (size_t begin = 0; begin < seeds.size(); begin += kBatch) {
    CheckInterrupt("synthesis");
    const size_t end = std::min(begin + kBatch, seeds.size());
    std::vector<Draft> drafts = LoadDrafts(seeds, begin, end, image_folder, result.report);
    synthesis.stages(drafts, result.report);
    for (const Draft& draft : drafts) result.samples.push_back(synthesis.finish(draft));
    result.report.made = static_cast<int64_t>(result.samples.size());
    progress.Update(static_cast<int64_t>(end));
  }
  progress.Done(fmt::format("{} samples", result.report.made));
  return result;
}

Json ReplyJson(const std::string& reply) {
  const size_t begin = reply.find('{'), end = reply.rfind('}');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return nullptr;
  try {
    return ParseJson(std::string_view(reply).substr(begin, end - begin + 1), "reply");
  } catch (const Error&) {  // a reply that is not JSON is an expected absence, counted by the caller
    return nullptr;
  }
}

bool IsRefusal(const std::string& reply) {
  constexpr std::array<std::string_view, 8> kOpenings = {"I'm sorry", "I am sorry", "Sorry,",     "I cannot",
                                                         "I can't",   "I can’t",    "I'm unable", "As an AI"};
  const std::string_view text = TrimAscii(reply);
  return std::any_of(kOpenings.begin(), kOpenings.end(),
                     [&](std::string_view opening) { return text.starts_with(opening); });
}

}  // namespace lingshu
