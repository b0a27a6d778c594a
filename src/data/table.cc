// Finding, counting and reading tables.
#include "data/table.h"

#include <fnmatch.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"
#include "data/zip.h"

namespace lingshu {
namespace {

std::vector<fs::path> Expand(const fs::path& folder, const fs::path& pattern) {
  std::vector<fs::path> places = {folder};
  for (const fs::path& part : pattern) {
    std::vector<fs::path> next;
    for (const fs::path& place : places) {
      std::error_code ignored;
      if (part.string().find('*') == std::string::npos) {
        if (fs::exists(place / part, ignored)) next.push_back(place / part);
        continue;
      }
      for (const fs::directory_entry& entry : fs::directory_iterator(place, ignored))
        if (::fnmatch(part.c_str(), entry.path().filename().c_str(), FNM_PERIOD) == 0) next.push_back(entry.path());
    }
    places = std::move(next);
  }
  std::erase_if(places, [](const fs::path& path) { return !IsFile(path); });
  std::sort(places.begin(), places.end());
  return places;
}

// Rows of a table that are members, by number; empty when all are.
std::vector<int64_t> MembersOf(const Table& table) {
  std::vector<int64_t> members;
  int64_t first = 0;
  for (const fs::path& file : table.files) {
    const TableFormat& format = TableFormatOf(file);
    int64_t rows = 0;
    format.read(file, nullptr, [&](TableRow row) {
      rows = row.row + 1;
      if (!row.error.empty() || table.is_member({file, row.row, first + row.row, row.cells})) members.push_back(first + row.row);
      return true;
    });
    first += rows;
  }
  return members;
}

// The rows to make samples of, ascending by number.
std::vector<int64_t> ChosenRows(const Table& table, int64_t total, int64_t limit) {
  if (!table.is_member) return SpreadIndices(total, limit);
  const std::vector<int64_t> members = MembersOf(table);
  std::vector<int64_t> chosen;
  for (const int64_t i : SpreadIndices(static_cast<int64_t>(members.size()), limit)) chosen.push_back(members[static_cast<size_t>(i)]);
  return chosen;
}

}  // namespace

const TableFormat& TableFormatOf(const fs::path& path) {
  const std::string extension = LowerAscii(path.extension().string());
  std::vector<std::string> known;
  for (const TableFormat& format : Registry<TableFormat>::Get().All()) {
    if (std::find(format.extensions.begin(), format.extensions.end(), extension) != format.extensions.end()) return format;
    known.insert(known.end(), format.extensions.begin(), format.extensions.end());
  }
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{}: this build reads tables of the forms {}.{}", path.string(), JoinStrings(known, " "),
                          extension == ".parquet" ? "\nHINT: Parquet was left out; `lingshu parts` says what was absent." : ""));
}

std::vector<fs::path> FindTablesOrNone(const fs::path& folder, const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns)
    if (std::vector<fs::path> files = Expand(folder, pattern); !files.empty()) return files;
  return {};
}

std::vector<fs::path> FindTables(const fs::path& folder, const std::vector<std::string>& patterns) {
  std::vector<fs::path> files = FindTablesOrNone(folder, patterns);
  if (files.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("{}: expected one of {}, found none.", folder.string(), JoinStrings(patterns, ", ")));
  return files;
}

void EmitTable(const Table& table, const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  std::vector<int64_t> counts;
  int64_t total = 0;
  for (const fs::path& file : table.files) total += counts.emplace_back(TableFormatOf(file).count(file));
  const std::vector<int64_t> chosen = ChosenRows(table, total, options.limit);
  int64_t first = 0;
  bool is_stopped = false;
  for (size_t f = 0; f < table.files.size() && !is_stopped; first += counts[f++]) {
    const fs::path& file = table.files[f];
    const auto begin = std::lower_bound(chosen.begin(), chosen.end(), first);
    if (begin == std::lower_bound(begin, chosen.end(), first + counts[f])) continue;
    const auto is_wanted = [&](int64_t row) { return std::binary_search(begin, chosen.end(), first + row); };
    TableFormatOf(file).read(file, is_wanted, [&](TableRow row) {
      const PlacedRow placed{file, row.row, first + row.row, row.cells};
      std::string id = fmt::format("{}{:05}", table.id_prefix, placed.number);
      Sample sample;
      try {
        if (!row.error.empty()) throw Error(ErrorCode::kCorrupt, row.error);
        if (table.key) id = table.id_prefix + table.key(placed);
        sample = table.make(placed, id);
      } catch (const Error& e) {
        if (e.code() == ErrorCode::kInterrupted) throw;
        skip(id, e.message());
        return true;
      }
      is_stopped = !sink(std::move(sample));
      return !is_stopped;
    });
  }
}

std::string TextCell(const Json& cells, const std::string& column, const std::string& where) {
  const Json& cell = At(cells, column, where);
  if (cell.is_string()) return std::string(TrimAscii(cell.get_ref<const std::string&>()));
  if (cell.is_number() || cell.is_boolean()) return cell.dump();
  throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected text in \"{}\", found {}.", where, column, cell.type_name()));
}

std::string TextCellOr(const Json& cells, const std::string& column, const std::string& where) {
  const auto it = cells.find(column);
  return it == cells.end() || it->is_null() ? "" : TextCell(cells, column, where);
}

ImageRef ImageCell(const PlacedRow& row, const std::string& column) {
  const auto it = row.cells.find(column);
  if (it == row.cells.end() || it->is_null()) return {};
  const bool is_struct = it->is_object();
  const Json* bytes = is_struct ? (it->contains("bytes") ? &(*it)["bytes"] : nullptr) : &*it;
  if (bytes == nullptr || !bytes->is_binary()) return {};
  const std::vector<uint8_t>& data = bytes->get_binary();
  return {.path = fmt::format("{}#{}{}:{}", row.file.string(), column, is_struct ? ".bytes" : "", row.row),
          .sha256 = Sha256Hex({reinterpret_cast<const char*>(data.data()), data.size()})};
}

ImageRef FindImage(const fs::path& folder, const std::vector<std::string>& places, const std::string& name) {
  fs::path first;
  for (const std::string& place : places) {
    const fs::path at = folder / place;
    if (at.extension() != ".zip") {
      const fs::path path = PathWithin(at, name);
      if (IsFile(path)) return {.path = path.string(), .sha256 = ""};
      if (first.empty()) first = path;
    } else if (IsFile(at)) {
      if (const std::string member = ZipMemberNamed(at, name); !member.empty())
        return {.path = fmt::format("{}#{}", at.string(), member), .sha256 = ""};
    }
  }
  return {.path = first.string(), .sha256 = ""};
}

std::string GroupOf(const ImageRef& image) {
  return image.sha256.empty() ? fs::path(image.path).stem().string() : image.sha256.substr(0, 16);
}

}  // namespace lingshu
