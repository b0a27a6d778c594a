// The text forms of tables: JSON lists, JSON lines, and CSV with a header (RFC 4180). A .json file may hold either form of
// JSON: many sets publish lines under that name.
#include <fstream>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "data/table.h"

namespace lingshu {
namespace {

using Wanted = std::function<bool(int64_t)>;

constexpr uint64_t kMaxTextBytes = uint64_t{2} << 30;

// A list of objects, or an object that holds one list and nothing else of size ("data": […]).
Json ReadList(const fs::path& path) {
  Json json = ParseJson(ReadFile(path, kMaxTextBytes), path.string());
  if (json.is_object())
    for (auto& [key, value] : json.items())
      if (value.is_array() && (json.size() == 1 || key == "data")) return Json(std::move(value));
  if (!json.is_array())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a list, found {}.", path.string(), json.type_name()));
  return json;
}

void CheckObject(TableRow& row, const fs::path& path) {
  if (row.error.empty() && !row.cells.is_object())
    row.error = fmt::format("{}, row {}: expected an object, found {}.", path.string(), row.row, row.cells.type_name());
}

void ReadJsonLines(const fs::path& path, const Wanted& is_wanted, const RowSink& sink) {
  bool is_stopped = false;
  int64_t number = -1;
  ForEachLine(path, [&](std::string_view line, int64_t) {
    ++number;
    if (is_stopped || (is_wanted && !is_wanted(number))) return;
    TableRow row{.row = number};
    try {
      row.cells = ParseJson(line, fmt::format("{}:{}", path.filename().string(), number + 1));
    } catch (const Error& e) {
      row.error = e.message();
    }
    CheckObject(row, path);
    is_stopped = !sink(std::move(row));
  });
}

int64_t CountLines(const fs::path& path) {
  int64_t lines = 0;
  ForEachLine(path, [&](std::string_view, int64_t) { ++lines; });
  return lines;
}

// True when the first line is an object of its own and more follows.
bool IsLines(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string line;
  if (!std::getline(stream, line) || !line.starts_with('{') || stream.peek() == std::ifstream::traits_type::eof()) return false;
  return Json::accept(line);
}

void ReadJson(const fs::path& path, const Wanted& is_wanted, const RowSink& sink) {
  if (IsLines(path)) return ReadJsonLines(path, is_wanted, sink);
  Json list = ReadList(path);
  for (size_t i = 0; i < list.size(); ++i) {
    if (is_wanted && !is_wanted(static_cast<int64_t>(i))) continue;
    TableRow row{.row = static_cast<int64_t>(i), .cells = std::move(list[i])};
    CheckObject(row, path);
    if (!sink(std::move(row))) return;
  }
}

void ReadCells(const fs::path& path, const Wanted& is_wanted, const RowSink& sink) {
  Csv csv = ReadCsv(path);
  for (size_t i = 0; i < csv.rows.size(); ++i) {
    if (is_wanted && !is_wanted(static_cast<int64_t>(i))) continue;
    TableRow row{.row = static_cast<int64_t>(i), .cells = Json::object()};
    if (csv.rows[i].size() != csv.header.size())
      row.error = fmt::format("{}, row {}: expected {} cells, found {}.", path.filename().string(), i, csv.header.size(), csv.rows[i].size());
    else
      for (size_t c = 0; c < csv.header.size(); ++c) row.cells[csv.header[c]] = std::move(csv.rows[i][c]);
    if (!sink(std::move(row))) return;
  }
}

const Register<TableFormat> kJson({.name = "json",
                                   .help = "one JSON list of objects, or one object a line",
                                   .extensions = {".json"},
                                   .count = [](const fs::path& path) { return IsLines(path) ? CountLines(path) : static_cast<int64_t>(ReadList(path).size()); },
                                   .read = &ReadJson});
const Register<TableFormat> kJsonLines({.name = "jsonl",
                                        .help = "one JSON object a line",
                                        .extensions = {".jsonl", ".ndjson"},
                                        .count = &CountLines,
                                        .read = &ReadJsonLines});
const Register<TableFormat> kCsv({.name = "csv",
                                  .help = "comma-separated values with a header (RFC 4180)",
                                  .extensions = {".csv"},
                                  .count = [](const fs::path& path) { return static_cast<int64_t>(ReadCsv(path).rows.size()); },
                                  .read = &ReadCells});

}  // namespace
}  // namespace lingshu
