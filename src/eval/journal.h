// Journal: replies as JSONL, keyed by everything that determines them, so that a killed evaluation asks nothing twice.
//   {"key": "9f86…", "id": "vqa_rad:test:00012", "text": "yes", "finish_reason": "stop"}
// A last line that was cut off is dropped. Failed generations are not kept: they are asked again.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "ask/ask.h"
#include "base/files.h"

namespace lingshu {

// SHA-256 over model, sample id, roles, words, pixels and sampling of a request.
std::string JournalKey(const std::string& model, const Request& request);

class Journal {
 public:
  // Reads what an earlier run left; "" keeps nothing.
  explicit Journal(const std::filesystem::path& path);
  // The reply under a key, or nullptr.
  const Answer* Find(const std::string& key) const;
  // Appends and flushes, so that at most the replies in flight are lost. Failed answers are passed over.
  void Add(const std::string& key, const Answer& answer);

 private:
  std::map<std::string, Answer> answers_;
  std::unique_ptr<LineWriter> writer_;
};

}  // namespace lingshu
