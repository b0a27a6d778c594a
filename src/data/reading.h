// What source files share: checking the split, spreading a limit over the rows, and telling yes/no answers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/source.h"

namespace lingshu {

using SkipSink = std::function<void(const std::string& id, const std::string& reason)>;

// The registered source's folder, once the split is known to be one of its own.
// Throws Error(kUsage) naming the known splits, Error(kNotFound) when the folder is absent.
std::filesystem::path OpenSource(std::string_view name, const SourceOptions& options);

// The rows to read of `total`: all of them when limit is 0 or more, else `limit` rows evenly spread, ascending.
std::vector<int64_t> SpreadIndices(int64_t total, int64_t limit);

// Makes the sample of each chosen row and passes it on until the sink stops. A row whose make throws Error is passed to
// skip under row_id(row) with the reason, except an interruption, which is rethrown.
struct Rows {
  int64_t total = 0;
  std::function<std::string(int64_t row)> row_id;
  std::function<Sample(int64_t row)> make;
};
void EmitRows(const Rows& rows, const SourceOptions& options, const SampleSink& sink, const SkipSink& skip);

// folder / name for a name that a data file gives. Throws Error(kCorrupt) when it is absolute or climbs out with "..".
std::filesystem::path PathWithin(const std::filesystem::path& folder, const std::string& name);

// "yes" or "no" when the text is that word in any case, blanks and a full stop aside, else "".
std::string YesOrNo(std::string_view text);

// The letter of option i.  REQUIRES: i < 26.
inline std::string OptionLetter(int64_t i) { return std::string(1, static_cast<char>('A' + i)); }

// Every line of a JSONL file, for sources whose rows are small enough to hold as text.
std::vector<std::string> ReadLines(const std::filesystem::path& path);

}  // namespace lingshu
