// Tables: files whose rows are records, whatever their form: a JSON list, JSON lines, CSV, Parquet. A row is a Json object
// of cells by column name; bytes in it (Parquet's images) are Json binary values.
//   const Register<TableFormat> kCsv({.name = "csv", .help = "…", .extensions = {".csv"}, .count = …, .read = …});
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/registry.h"
#include "data/reading.h"
#include "data/sample.h"

namespace lingshu {

// Example: {.row = 12, .cells = {{"question", "…"}, {"options", {"A", "B"}}, {"answer", "B"}}}
struct TableRow {
  int64_t row = 0;  // from 0 in its file
  Json cells;       // an object
  std::string error;  // why there are no cells: a line that is not JSON, a CSV row of the wrong length
};

using RowSink = std::function<bool(TableRow)>;  // false stops

struct TableFormat {
  std::string name;
  std::string help;
  std::vector<std::string> extensions;  // lower case, with the dot
  // Rows of the file. Throws Error(kNotFound | kCorrupt | kTooLarge) as read does.
  std::function<int64_t(const std::filesystem::path&)> count;
  // The rows that `is_wanted` accepts (all when it is empty), in order, one in memory at a time or few.
  std::function<void(const std::filesystem::path&, const std::function<bool(int64_t row)>& is_wanted, const RowSink&)> read;
  // The bytes of one cell, "image.bytes" or "images.0.bytes"; absent for formats whose cells are texts.
  std::function<std::string(const std::filesystem::path&, const std::string& cell, int64_t row)> bytes = nullptr;
};

// By the file's extension. Throws Error(kUnsupported) naming the forms that this build reads.
const TableFormat& TableFormatOf(const std::filesystem::path& path);

// Files below `folder` that the first pattern with a match names, sorted. '*' stands for any part of one name:
// {"testset.json", "data/test-*.parquet"}. Throws Error(kNotFound) listing the patterns when none has a match.
std::vector<std::filesystem::path> FindTables(const std::filesystem::path& folder, const std::vector<std::string>& patterns);
// The same without the throw: empty when there is none.
std::vector<std::filesystem::path> FindTablesOrNone(const std::filesystem::path& folder, const std::vector<std::string>& patterns);

// A row with its place among all files of a table.
struct PlacedRow {
  std::filesystem::path file;
  int64_t row = 0;     // in its file
  int64_t number = 0;  // in all files
  const Json& cells;
};

// Several files as one table, and how its rows become samples.
struct Table {
  std::vector<std::filesystem::path> files;
  std::string id_prefix;                                       // "vqa_rad:test:"
  std::function<Sample(const PlacedRow&, const std::string& id)> make;
  std::function<std::string(const PlacedRow&)> key = nullptr;  // of the id; the number in all files when absent
  // Rows that belong to the set; a row outside is neither a sample nor skipped. Seen before a limit is spread.
  std::function<bool(const PlacedRow&)> is_member = nullptr;
};
// Streams the samples; a row whose make throws Error is passed to skip with its id, as EmitRows does.
void EmitTable(const Table& table, const SourceOptions& options, const SampleSink& sink, const SkipSink& skip);

// A cell as text: strings trimmed of ASCII blanks, numbers and booleans as written. Throws Error(kCorrupt) naming `where`.
std::string TextCell(const Json& cells, const std::string& column, const std::string& where);
// "" where the column is absent or null.
std::string TextCellOr(const Json& cells, const std::string& column, const std::string& where);

// The picture in a cell: {"bytes": …, "path": …} as `datasets` stores images, or plain bytes. Empty path when it is null.
ImageRef ImageCell(const PlacedRow& row, const std::string& column);

// The picture `name` below one of the folders, else inside one of the zip files, all relative to `folder`; the first
// place when it is in none, so that its absence is the sample's state. Throws Error(kCorrupt) for a name that climbs out.
ImageRef FindImage(const std::filesystem::path& folder, const std::vector<std::string>& places, const std::string& name);

// The group of a picture that has no identity but its pixels.
std::string GroupOf(const ImageRef& image);

}  // namespace lingshu
