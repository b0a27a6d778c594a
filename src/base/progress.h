// Progress: a bar on a terminal, one plain line at times elsewhere; always on stderr, so that stdout stays for results.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lingshu {

// Protocol: Progress(title, total) (Update)* Done. Not thread-safe.
class Progress {
 public:
  Progress(std::string title, int64_t total);
  ~Progress();
  // `note` follows the counts: "loss 2.31, 3,100 tokens/s".
  void Update(int64_t done, const std::string& note = "");
  void Done(const std::string& note = "");

 private:
  void Print(bool is_last);
  std::string title_, note_;
  int64_t total_, done_ = 0;
  std::chrono::steady_clock::time_point start_, printed_;
  bool is_terminal_, is_done_ = false;
};

// One line of information on stderr ("curate: kept 2,410 of 3,000"), coloured on a terminal.
void Say(const std::string& line);
// A section heading on stderr.
void SayHeading(const std::string& line);
// A warning on stderr; counted, so that reports can show how many there were.
void Warn(const std::string& line);

// "1 h 03 min", "2 min 05 s", "3.1 s".
std::string Duration(double seconds);

}  // namespace lingshu
