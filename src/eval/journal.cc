#include "eval/journal.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json.h"

namespace lingshu {
namespace {

// Length before bytes: no two different requests spell the same.
void Put(std::string& bytes, std::string_view part) { bytes += fmt::format("{}:{}\n", part.size(), part); }

std::string SamplingText(const Sampling& sampling) {
  std::string stops;
  for (const std::string& stop : sampling.stop) Put(stops, stop);
  return fmt::format("{} {} {} {} {} {} {} {} {}", sampling.max_new_tokens, sampling.temperature, sampling.top_p, sampling.top_k, sampling.min_p,
                     sampling.repetition_penalty, sampling.seed, sampling.should_ignore_eos, stops);
}

// Lines that parse, in order; the file is cut to them, because an append after half a line would spoil two.
std::string ReadWholeLines(const std::filesystem::path& path) {
  std::string bytes = ReadFile(path);
  const size_t end = bytes.rfind('\n');
  if (end + 1 == bytes.size()) return bytes;
  bytes.resize(end == std::string::npos ? 0 : end + 1);
  WriteFileAtomic(path, bytes);
  return bytes;
}

FinishReason ReasonOf(const std::string& name) { return name == FinishReasonName(FinishReason::kLength) ? FinishReason::kLength : FinishReason::kStop; }

}  // namespace

std::string JournalKey(const std::string& model, const Request& request) {
  std::string bytes;
  Put(bytes, model);
  Put(bytes, request.id);
  Put(bytes, SamplingText(request.sampling));
  for (const Message& message : request.messages) {
    Put(bytes, message.role);
    for (const Content& content : message.content) {
      if (content.image == nullptr) {
        Put(bytes, content.text);
        continue;
      }
      const Image& image = *content.image;
      const std::string_view pixels(reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size());
      Put(bytes, fmt::format("image {} {} {}", image.width, image.height, Sha256Hex(pixels)));
    }
  }
  return Sha256Hex(bytes);
}

Journal::Journal(const std::filesystem::path& path) {
  if (path.empty()) return;
  if (std::filesystem::exists(path)) {
    int64_t number = 0;
    const std::string bytes = ReadWholeLines(path);
    for (size_t begin = 0; begin < bytes.size();) {
      const size_t end = bytes.find('\n', begin);
      const std::string where = fmt::format("{}:{}", path.string(), ++number);
      const Json json = ParseJson(std::string_view(bytes).substr(begin, end - begin), where);
      answers_[StringAt(json, "key", where)] = {.id = StringAt(json, "id", where), .text = StringAt(json, "text", where),
                                                .finish_reason = ReasonOf(StringAt(json, "finish_reason", where))};
      begin = end + 1;
    }
  } else if (path.has_parent_path()) {
    MakeFolder(path.parent_path());
  }
  writer_ = std::make_unique<LineWriter>(path, /*should_append=*/true);
}

const Answer* Journal::Find(const std::string& key) const {
  const auto it = answers_.find(key);
  return it == answers_.end() ? nullptr : &it->second;
}

void Journal::Add(const std::string& key, const Answer& answer) {
  if (writer_ == nullptr || answer.finish_reason == FinishReason::kError) return;
  writer_->Append(DumpJson({{"key", key}, {"id", answer.id}, {"text", answer.text}, {"finish_reason", FinishReasonName(answer.finish_reason)}}));
  writer_->Flush();
}

}  // namespace lingshu
