// Files cut to length, lines appended, and durability before a checkpoint counts on them.
#include "train/metrics_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

// Runs in the initialiser list, before the writers open the file at its end.
fs::path CutTo(const fs::path& path, int64_t bytes) {
  std::error_code error;
  const int64_t size = fs::exists(path, error) ? static_cast<int64_t>(fs::file_size(path)) : 0;
  if (size < bytes)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected at least {} bytes as the checkpoint says, found {}.\nHINT: restore the file or "
                                                 "start the stage again in an empty folder.", path.string(), bytes, size));
  if (size > bytes) fs::resize_file(path, static_cast<uintmax_t>(bytes));
  return path;
}

int64_t SyncedSize(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool is_durable = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!is_durable) throw Error(ErrorCode::kIo, fmt::format("cannot flush {} to the disk.", path.string()));
  return static_cast<int64_t>(fs::file_size(path));
}

}  // namespace

MetricsJournal::MetricsJournal(const fs::path& folder, const JournalLengths& lengths)
    : metrics_path_(CutTo(folder / "metrics.jsonl", lengths.metrics_bytes)),
      timing_path_(CutTo(folder / "timing.jsonl", lengths.timing_bytes)),
      events_path_(CutTo(folder / "events.out.tfevents.1.lingshu", lengths.events_bytes)),
      metrics_(metrics_path_, /*should_append=*/true),
      timing_(timing_path_, /*should_append=*/true),
      events_(events_path_) {}

void MetricsJournal::Append(const Json& metrics, const Json& timing) {
  const int64_t step = IntAt(metrics, "step", "metrics");
  metrics_.Append(DumpJson(metrics));
  timing_.Append(DumpJson(timing));
  Plot(metrics, step);
  Plot(timing, step);
  metrics_.Flush();
  timing_.Flush();
  events_.Flush();
}

void MetricsJournal::Plot(const Json& values, int64_t step) {
  for (const auto& [key, value] : values.items())
    if (value.is_number() && key != "step") events_.Scalar(key, step, value.get<double>());
}

JournalLengths MetricsJournal::Sync() {
  metrics_.Flush();
  timing_.Flush();
  events_.Flush();
  return {SyncedSize(metrics_path_), SyncedSize(timing_path_), SyncedSize(events_path_)};
}

}  // namespace lingshu
