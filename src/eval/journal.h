// Journal: replies as JSONL, keyed by everything that determines them, so that a killed evaluation asks nothing twice. Several processes may
// share one: lines are appended whole under a lock, and each reads what the others wrote.
//   {"key": "9f86…", "id": "vqa_rad:test:00012", "text": "yes", "finish_reason": "stop"}
// Failed generations are not kept: they are asked again. A line that a killed process left half written is passed over and counted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "ask/ask.h"

namespace lingshu {

// SHA-256 over model, sample id, roles, words, pixels and sampling of a request.
std::string JournalKey(const std::string& model, const Request& request);

// One thread at a time; any number of processes.
class Journal {
 public:
  // Reads what earlier runs left; "" keeps nothing. Throws Error(kIo | kNoSpace | kCorrupt).
  explicit Journal(const std::filesystem::path& path);
  ~Journal();
  Journal(Journal&&) = delete;

  // Reads what was appended since the last look, by whomever.
  void Refresh();
  // The reply under a key, or nullptr. Valid until the next Refresh or Add.
  const Answer* Find(const std::string& key) const;
  // Appends one whole line: it is in the file when this returns. Failed answers are passed over.
  void Add(const std::string& key, const Answer& answer);

  int64_t num_broken_lines() const { return num_broken_lines_; }

 private:
  void Append(const std::string& line);

  std::filesystem::path path_;
  int fd_ = -1;
  uint64_t num_read_bytes_ = 0;  // whole lines up to here are in answers_
  int64_t num_broken_lines_ = 0;
  std::map<std::string, Answer> answers_;
};

// Says which questions of a run a process is asking, so that several share the work. A claim ends with its process, however that ends: it is a lock
// on a stretch of bytes of one file, byte i for question i.
class Claims {
 public:
  // The lock file of a journal; "" makes claims that always succeed.
  explicit Claims(const std::filesystem::path& journal);
  ~Claims();
  Claims(Claims&&) = delete;

  // Claims questions [begin, begin + n); false when another process has one of them.
  bool Try(int64_t begin, int64_t n);
  // Claims them when they are free. False when `should_stop` said so in between (it is asked every 100 ms).
  bool Wait(int64_t begin, int64_t n, bool (*should_stop)());
  void Release(int64_t begin, int64_t n);

 private:
  int fd_ = -1;
};

}  // namespace lingshu
