// Synthesis as the program does it: captions in the paper's five stages, checked reasoning, self-instructed questions and questions
// to be read off pictures, each from the samples that it can be made of, all by asking one teacher.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ask/remote.h"
#include "base/json.h"
#include "data/sample.h"

namespace lingshu {

enum class SynthKind { kCaptions, kReasoning, kQuestions, kOcr };
inline std::vector<std::string> EnumNames(SynthKind*) { return {"captions", "reasoning", "questions", "ocr"}; }

struct SynthConfig {
  std::vector<SynthKind> kinds = {SynthKind::kCaptions, SynthKind::kReasoning};
  std::vector<std::string> sources = {"phantom"};
  int64_t limit = 0;
  std::string model;
  RemoteConfig teacher;
  bool allow_remote_credentialed = false;

  template <typename V>
  void Visit(V& v) {
    v("kinds", kinds, "what to make: captions, reasoning, questions, ocr");
    v("sources", sources, "of the samples to make it from; empty takes all. Templates know the truth of phantoms alone");
    v("limit", limit, "seeds of each kind; 0 is all", AtLeast(0));
    v("model", model, "teacher: a Hugging Face folder to be asked in this process");
    v("teacher", teacher, "");
    v("allow_remote_credentialed", allow_remote_credentialed, "send samples under a data use agreement to a teacher on another machine");
  }
};

// Makes what the config asks for from `curated` and writes it as shards under `out`, which refer to the blobs of `curated_folder`.
// What `out` already holds is read instead. The teacher is the server of config.teacher.endpoint, else config.model, else templates.
// Returns a report for each kind, {"captions": …}; adds the new samples to `made`. Throws Error(kNotFound) when no sample serves,
// Error(kUsage) before anything is asked where samples under a data use agreement would go to a server on another machine.
Json SynthesizeAll(const SynthConfig& config, const std::vector<Sample>& curated, const std::filesystem::path& curated_folder,
                   const std::filesystem::path& out, std::vector<Sample>& made);

}  // namespace lingshu
