// Parquet (https://parquet.apache.org/docs/file-format) through the C++ reader of Apache Arrow, whose headers are seen
// here alone. Rows are converted one record batch at a time, so that memory follows the batch and not the file; images
// stay in the file and are named by cell ("test.parquet#image.bytes:12").
//
// Files are hostile: the footer's strings and lists are bounded, all of Arrow's memory comes from a pool with a limit,
// and the number of columns, the depth of a type and the length of a cell are checked.
#include <algorithm>
#include <list>
#include <mutex>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/config.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>

#include "base/error.h"
#include "base/files.h"
#include "data/table.h"

namespace lingshu {
namespace {

constexpr int64_t kMaxPoolBytes = int64_t{4} << 30;
constexpr int32_t kMaxFooterString = 64 << 20;  // a schema's metadata can be long: `datasets` writes its features there
constexpr int32_t kMaxFooterList = 1 << 20;
constexpr int kMaxColumns = 4096;
constexpr int kMaxDepth = 32;
constexpr int64_t kBatchRows = 64;
constexpr int64_t kMaxCachedBytes = int64_t{1} << 30;  // of one column of one row group

arrow::MemoryPool* Pool() {
  static arrow::CappedMemoryPool pool(arrow::default_memory_pool(), kMaxPoolBytes);
  return &pool;
}

[[noreturn]] void Fail(const fs::path& path, const arrow::Status& status) {
  const std::string why = status.message().substr(0, status.message().find('\n'));
  if (status.IsOutOfMemory())
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: a row group needs more than {} bytes.", path.string(), kMaxPoolBytes));
  throw Error(ErrorCode::kCorrupt, fmt::format("{}: not a whole Parquet file: {}", path.string(), why.substr(0, 300)));
}
void Require(const arrow::Status& status, const fs::path& path) {
  if (!status.ok()) Fail(path, status);
}
template <typename T>
T Value(arrow::Result<T> result, const fs::path& path) {
  if (!result.ok()) Fail(path, result.status());
  return std::move(result).ValueUnsafe();
}

// Arrow throws at places where it promises a Status.
template <typename Body>
auto Guarded(const fs::path& path, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const parquet::ParquetException& e) {
    Fail(path, arrow::Status::Invalid(e.what()));
  } catch (const std::bad_alloc&) {
    Fail(path, arrow::Status::OutOfMemory(""));
  } catch (const std::length_error& e) {
    Fail(path, arrow::Status::Invalid(e.what()));
  }
}

std::unique_ptr<parquet::arrow::FileReader> Open(const fs::path& path) {
  if (!IsFile(path)) throw Error(ErrorCode::kNotFound, fmt::format("cannot open {}: no such file.", path.string()));
  parquet::ReaderProperties properties(Pool());
  properties.enable_buffered_stream();
  properties.set_thrift_string_size_limit(kMaxFooterString);
  properties.set_thrift_container_size_limit(kMaxFooterList);
  parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
  arrow_properties.set_batch_size(kBatchRows);
  arrow_properties.set_pre_buffer(false);
  parquet::arrow::FileReaderBuilder builder;
  Require(builder.Open(Value(arrow::io::ReadableFile::Open(path.string(), Pool()), path), properties), path);
  std::unique_ptr<parquet::arrow::FileReader> reader;
  Require(builder.memory_pool(Pool())->properties(arrow_properties)->Build(&reader), path);
  const auto metadata = reader->parquet_reader()->metadata();
  if (metadata->num_columns() > kMaxColumns)
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: {} columns, at most {} are read.", path.string(), metadata->num_columns(), kMaxColumns));
  if (metadata->num_rows() < 0) throw Error(ErrorCode::kCorrupt, fmt::format("{}: a negative number of rows.", path.string()));
  return reader;
}

Json Bytes(std::string_view view) { return Json::binary(std::vector<uint8_t>(view.begin(), view.end())); }

Json CellOf(const arrow::Array& array, int64_t i, int depth, const fs::path& path);

Json ListOf(const arrow::Array& values, int64_t begin, int64_t length, int depth, const fs::path& path) {
  Json list = Json::array();
  for (int64_t k = 0; k < length; ++k) list.push_back(CellOf(values, begin + k, depth + 1, path));
  return list;
}

template <typename Array>
const Array& As(const arrow::Array& array) {
  return static_cast<const Array&>(array);
}

Json CellOf(const arrow::Array& array, int64_t i, int depth, const fs::path& path) {
  if (depth > kMaxDepth) throw Error(ErrorCode::kTooLarge, fmt::format("{}: a type nested deeper than {}.", path.string(), kMaxDepth));
  if (array.IsNull(i)) return nullptr;
  switch (array.type_id()) {
    case arrow::Type::BOOL: return As<arrow::BooleanArray>(array).Value(i);
    case arrow::Type::INT8: return As<arrow::Int8Array>(array).Value(i);
    case arrow::Type::INT16: return As<arrow::Int16Array>(array).Value(i);
    case arrow::Type::INT32: return As<arrow::Int32Array>(array).Value(i);
    case arrow::Type::INT64: return As<arrow::Int64Array>(array).Value(i);
    case arrow::Type::UINT8: return As<arrow::UInt8Array>(array).Value(i);
    case arrow::Type::UINT16: return As<arrow::UInt16Array>(array).Value(i);
    case arrow::Type::UINT32: return As<arrow::UInt32Array>(array).Value(i);
    case arrow::Type::UINT64: return As<arrow::UInt64Array>(array).Value(i);
    case arrow::Type::FLOAT: return static_cast<double>(As<arrow::FloatArray>(array).Value(i));
    case arrow::Type::DOUBLE: return As<arrow::DoubleArray>(array).Value(i);
    case arrow::Type::STRING: return std::string(As<arrow::StringArray>(array).GetView(i));
    case arrow::Type::LARGE_STRING: return std::string(As<arrow::LargeStringArray>(array).GetView(i));
    case arrow::Type::BINARY: return Bytes(As<arrow::BinaryArray>(array).GetView(i));
    case arrow::Type::LARGE_BINARY: return Bytes(As<arrow::LargeBinaryArray>(array).GetView(i));
    case arrow::Type::FIXED_SIZE_BINARY: return Bytes(As<arrow::FixedSizeBinaryArray>(array).GetView(i));
    case arrow::Type::LIST: {
      const auto& list = As<arrow::ListArray>(array);
      return ListOf(*list.values(), list.value_offset(i), list.value_length(i), depth, path);
    }
    case arrow::Type::LARGE_LIST: {
      const auto& list = As<arrow::LargeListArray>(array);
      return ListOf(*list.values(), list.value_offset(i), list.value_length(i), depth, path);
    }
    case arrow::Type::FIXED_SIZE_LIST: {
      const auto& list = As<arrow::FixedSizeListArray>(array);
      return ListOf(*list.values(), list.value_offset(i), list.value_length(i), depth, path);
    }
    case arrow::Type::STRUCT: {
      const auto& record = As<arrow::StructArray>(array);
      Json object = Json::object();
      for (int f = 0; f < record.num_fields(); ++f) object[record.struct_type()->field(f)->name()] = CellOf(*record.field(f), i, depth + 1, path);
      return object;
    }
    case arrow::Type::MAP: {  // as a list of {"key", "value"}, since keys need not be texts
      const auto& map = As<arrow::MapArray>(array);
      Json list = Json::array();
      for (int64_t k = 0; k < map.value_length(i); ++k)
        list.push_back({{"key", CellOf(*map.keys(), map.value_offset(i) + k, depth + 1, path)}, {"value", CellOf(*map.items(), map.value_offset(i) + k, depth + 1, path)}});
      return list;
    }
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = As<arrow::DictionaryArray>(array);
      const int64_t index = dictionary.GetValueIndex(i);
      if (index < 0 || index >= dictionary.dictionary()->length())
        throw Error(ErrorCode::kCorrupt, fmt::format("{}: a dictionary index beyond its dictionary.", path.string()));
      return CellOf(*dictionary.dictionary(), index, depth + 1, path);
    }
    default: return Value(array.GetScalar(i), path)->ToString();  // dates, decimals, durations: as written
  }
}

// The first row of each row group, and one past the last.
std::vector<int64_t> GroupStarts(const parquet::FileMetaData& metadata, const fs::path& path) {
  std::vector<int64_t> starts = {0};
  for (int g = 0; g < metadata.num_row_groups(); ++g) {
    const int64_t rows = metadata.RowGroup(g)->num_rows();
    if (rows < 0) throw Error(ErrorCode::kCorrupt, fmt::format("{}: a row group with a negative number of rows.", path.string()));
    starts.push_back(starts.back() + rows);
  }
  if (starts.back() != metadata.num_rows())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: the row groups hold {} rows, the footer says {}.", path.string(), starts.back(), metadata.num_rows()));
  return starts;
}

int64_t Count(const fs::path& path) {
  return Guarded(path, [&] { return GroupStarts(*Open(path)->parquet_reader()->metadata(), path).back(); });
}

// One row group's rows; false when the sink has had enough.
bool ReadGroup(parquet::arrow::FileReader& reader, int group, int64_t row, const std::function<bool(int64_t)>& is_wanted, const RowSink& sink,
               const fs::path& path) {
  const auto batches = Value(reader.GetRecordBatchReader(std::vector<int>{group}), path);
  for (std::shared_ptr<arrow::RecordBatch> batch;;) {
    Require(batches->ReadNext(&batch), path);
    if (batch == nullptr) return true;
    Require(batch->Validate(), path);
    for (int64_t i = 0; i < batch->num_rows(); ++i, ++row) {
      if (is_wanted && !is_wanted(row)) continue;
      TableRow out{.row = row, .cells = Json::object()};
      for (int c = 0; c < batch->num_columns(); ++c) out.cells[batch->column_name(c)] = CellOf(*batch->column(c), i, 0, path);
      if (!sink(std::move(out))) return false;
    }
  }
}

void Read(const fs::path& path, const std::function<bool(int64_t)>& is_wanted, const RowSink& sink) {
  Guarded(path, [&] {
    const auto reader = Open(path);
    const std::vector<int64_t> starts = GroupStarts(*reader->parquet_reader()->metadata(), path);
    for (size_t g = 0; g + 1 < starts.size(); ++g) {
      bool has_wanted = !is_wanted;
      for (int64_t row = starts[g]; !has_wanted && row < starts[g + 1]; ++row) has_wanted = is_wanted(row);
      if (has_wanted && !ReadGroup(*reader, static_cast<int>(g), starts[g], is_wanted, sink, path)) return;
    }
  });
}

// A column of a row group, kept because pictures of neighbouring rows are asked for one after another.
struct CachedColumn {
  std::string key;
  std::shared_ptr<arrow::ChunkedArray> column;
};

// REQUIRES: the caller holds the lock of the cache.
std::shared_ptr<arrow::ChunkedArray> ColumnOf(const fs::path& path, const std::string& name, int64_t row, int64_t* row_in_group) {
  static std::list<CachedColumn> cache;
  const auto reader = Open(path);
  const std::vector<int64_t> starts = GroupStarts(*reader->parquet_reader()->metadata(), path);
  if (row < 0 || row >= starts.back())
    throw Error(ErrorCode::kNotFound, fmt::format("{}: row {} of {} rows.", path.string(), row, starts.back()));
  const auto group = static_cast<int>(std::upper_bound(starts.begin(), starts.end(), row) - starts.begin()) - 1;
  *row_in_group = row - starts[static_cast<size_t>(group)];
  std::error_code ignored;
  const std::string key = fmt::format("{} {} {} {}", path.string(), fs::last_write_time(path, ignored).time_since_epoch().count(), group, name);
  for (const CachedColumn& cached : cache)
    if (cached.key == key) return cached.column;
  std::shared_ptr<arrow::Schema> schema;
  Require(reader->GetSchema(&schema), path);
  const int index = schema->GetFieldIndex(name);
  if (index < 0) throw Error(ErrorCode::kNotFound, fmt::format("{}: no column \"{}\".", path.string(), name));
  while (cache.size() >= 2) cache.pop_front();
  std::shared_ptr<arrow::ChunkedArray> column;
  Require(reader->RowGroup(group)->Column(index)->Read(&column), path);
  Require(column->Validate(), path);
  const int64_t bytes = reader->parquet_reader()->metadata()->RowGroup(group)->total_byte_size();
  if (bytes <= kMaxCachedBytes) cache.push_back({key, column});
  return column;
}

std::string ReadBytes(const fs::path& path, const std::string& cell, int64_t row) {
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  return Guarded(path, [&]() -> std::string {
    const std::vector<std::string> parts = SplitString(cell, '.');
    int64_t i = 0;
    const std::shared_ptr<arrow::ChunkedArray> column = ColumnOf(path, parts[0], row, &i);
    for (const auto& chunk : column->chunks()) {
      if (i >= chunk->length()) {
        i -= chunk->length();
        continue;
      }
      Json value = CellOf(*chunk->Slice(i, 1), 0, 0, path);
      for (size_t p = 1; p < parts.size(); ++p) {
        const bool is_index = value.is_array() && !parts[p].empty() && parts[p].size() < 7 && std::all_of(parts[p].begin(), parts[p].end(), ::isdigit);
        Json next = value.is_object() && value.contains(parts[p]) ? value[parts[p]] : Json();
        if (is_index && static_cast<size_t>(std::stoi(parts[p])) < value.size()) next = value[static_cast<size_t>(std::stoi(parts[p]))];
        value = std::move(next);
      }
      if (!value.is_binary()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: row {} has no bytes in {}.", path.string(), row, cell));
      const std::vector<uint8_t>& bytes = value.get_binary();
      return std::string(bytes.begin(), bytes.end());
    }
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: column {} ends before row {}.", path.string(), parts[0], row));
  });
}

const Register<TableFormat> kParquet({.name = "parquet",
                                      .help = "Apache Parquet, read by Arrow " ARROW_VERSION_STRING,
                                      .extensions = {".parquet"},
                                      .count = &Count,
                                      .read = &Read,
                                      .bytes = &ReadBytes});

}  // namespace
}  // namespace lingshu
