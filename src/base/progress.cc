// Terminal output for people.
#include "base/progress.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "base/strings.h"

namespace lingshu {
namespace {

bool IsTerminal() {
  static const bool is_terminal = isatty(STDERR_FILENO) != 0;
  return is_terminal;
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void PrintLine(const char* colour, const std::string& line) {
  if (IsTerminal()) fmt::print(stderr, "\r\x1b[K\x1b[{}m{}\x1b[0m\n", colour, line);
  else fmt::print(stderr, "{}\n", line);
}

}  // namespace

std::string Duration(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02d} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02d} min", whole / 3600, whole / 60 % 60);
}

Progress::Progress(std::string title, int64_t total)
    : title_(std::move(title)), total_(total), start_(std::chrono::steady_clock::now()), printed_(start_), is_terminal_(IsTerminal()) {}

Progress::~Progress() {
  if (!is_done_ && is_terminal_) fmt::print(stderr, "\n");
}

void Progress::Update(int64_t done, const std::string& note) {
  done_ = done;
  note_ = note;
  const double pause_s = is_terminal_ ? 0.1 : 15;
  if (SecondsSince(printed_) >= pause_s) Print(/*is_last=*/false);
}

void Progress::Done(const std::string& note) {
  if (is_done_) return;
  is_done_ = true;
  done_ = total_;
  note_ = note;
  Print(/*is_last=*/true);
}

void Progress::Print(bool is_last) {
  printed_ = std::chrono::steady_clock::now();
  const double elapsed_s = SecondsSince(start_);
  const double share = total_ > 0 ? static_cast<double>(done_) / static_cast<double>(total_) : 1.0;
  const std::string time = is_last ? Duration(elapsed_s)
                           : done_ > 0 ? Duration(elapsed_s / share - elapsed_s) + " left" : "starting";
  std::string line = fmt::format("{} {}/{} {}", title_, WithThousands(done_), WithThousands(total_), time);
  if (!note_.empty()) line += ", " + note_;
  if (!is_terminal_) {
    fmt::print(stderr, "{}\n", line);
    return;
  }
  constexpr int kWidth = 24;
  const int full = static_cast<int>(share * kWidth);
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < full ? "━" : "╌";
  fmt::print(stderr, "\r\x1b[K{} {}{}", bar, line, is_last ? "\n" : "");
  std::fflush(stderr);
}

void Say(const std::string& line) { PrintLine("0", line); }
void SayHeading(const std::string& line) { PrintLine("1;36", line); }
void Warn(const std::string& line) { PrintLine("33", "warning: " + line); }

}  // namespace lingshu
