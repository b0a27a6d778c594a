// What source files share.
#include "data/reading.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"

namespace lingshu {

std::filesystem::path OpenSource(std::string_view name, const SourceOptions& options) {
  const Source& source = Registry<Source>::Get().Find(name, "source");
  if (std::find(source.splits.begin(), source.splits.end(), options.split) == source.splits.end())
    throw Error(ErrorCode::kUsage,
                fmt::format("{} has no split \"{}\".{}\nKnown: {}.", name, options.split,
                            DidYouMean(options.split, source.splits), JoinStrings(source.splits, ", ")));
  return SourceFolder(source, options.root);
}

std::vector<int64_t> SpreadIndices(int64_t total, int64_t limit) {
  const int64_t count = limit <= 0 ? total : std::min(limit, total);
  std::vector<int64_t> indices(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) indices[static_cast<size_t>(i)] = i * total / count;
  return indices;
}

void EmitRows(const Rows& rows, const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  for (const int64_t row : SpreadIndices(rows.total, options.limit)) {
    Sample sample;
    try {
      sample = rows.make(row);
    } catch (const Error& e) {
      if (e.code() == ErrorCode::kInterrupted) throw;
      skip(rows.row_id(row), e.message());
      continue;
    }
    if (!sink(std::move(sample))) return;
  }
}

std::filesystem::path PathWithin(const std::filesystem::path& folder, const std::string& name) {
  const std::filesystem::path path(name);
  if (name.empty() || path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end())
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: expected a file below this folder, found \"{}\".", folder.string(), name));
  return folder / path;
}

std::string YesOrNo(std::string_view text) {
  std::string_view word = TrimAscii(text);
  if (word.ends_with('.')) word.remove_suffix(1);
  const std::string lower = LowerAscii(word);
  return lower == "yes" || lower == "no" ? lower : "";
}

std::vector<std::string> ReadLines(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  ForEachLine(path, [&](std::string_view line, int64_t) { lines.emplace_back(line); });
  return lines;
}

}  // namespace lingshu
