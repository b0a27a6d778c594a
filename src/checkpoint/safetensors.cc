// The header is read event by event, so that a hostile one cannot make us hold more than its tensors: nesting beyond
// the format's three levels, long shapes, duplicate names and wrong types stop the parser where they appear.
#include "checkpoint/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "checkpoint/tensors.h"

namespace lingshu {
namespace {

static_assert(std::endian::native == std::endian::little, "tensor bytes are little-endian and used as they are");

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // as in the reference implementation
constexpr size_t kMaxNameBytes = 1024;
constexpr size_t kMaxRank = 16;
constexpr size_t kMaxFields = 1024;  // of __metadata__; an entry has three

// A name from the file, fit for one line of a message.
std::string Quoted(std::string_view name) { return DumpJson(std::string(name.substr(0, 120))); }

class HeaderParser {
 public:
  HeaderParser(std::span<const std::byte> data, const std::string& where) : data_(data), where_(where) {}

  SafetensorsHeader Parse(std::string_view text) {
    const auto callback = [this](int depth, Json::parse_event_t event, Json& value) {
      return OnEvent(depth, event, value);
    };
    try {
      [[maybe_unused]] const Json dropped = Json::parse(text.begin(), text.end(), callback);
    } catch (const nlohmann::json::exception& e) {
      Fail(fmt::format("the header is not valid JSON: {}", e.what()));
    }
    return std::move(header_);
  }

 private:
  [[noreturn]] void Fail(const std::string& what, ErrorCode code = ErrorCode::kCorrupt) const {
    throw Error(code, fmt::format("{}: {}.", where_, what));
  }
  [[noreturn]] void FailTensor(const std::string& what, ErrorCode code = ErrorCode::kCorrupt) const {
    Fail(fmt::format("tensor {}: {}", Quoted(name_), what), code);
  }

  // Depth counts what is open: 0 the header itself, 1 its values, 2 the fields of an entry, 3 the numbers of a list.
  // Returning false drops the value, so the DOM never grows beyond one entry.
  bool OnEvent(int depth, Json::parse_event_t event, Json& value) {
    using Event = Json::parse_event_t;
    switch (event) {
      case Event::key:
        depth == 1 ? BeginEntry(value.get_ref<const std::string&>()) : BeginField(value.get_ref<const std::string&>());
        return true;
      case Event::object_start:
        if (depth > 1) FailTensor("a map where none belongs");
        return true;
      case Event::array_start:
        if (depth != 2 || is_metadata_) FailTensor("a list where none belongs");
        list_size_ = 0;
        return true;
      case Event::value:
        if (depth < 2) FailTensor(fmt::format("expected a map, found {}", value.type_name()));
        if (depth == 3 && ++list_size_ > kMaxRank)
          FailTensor(fmt::format("a list of more than {} numbers", kMaxRank), ErrorCode::kTooLarge);
        return true;
      case Event::object_end:
        if (depth == 1) is_metadata_ ? AddMetadata(value) : AddTensor(value);
        return depth == 0;
      case Event::array_end:
        return true;
    }
    return true;
  }

  void BeginEntry(const std::string& name) {
    name_ = name;
    is_metadata_ = name == "__metadata__";
    fields_.clear();
    if (name.size() > kMaxNameBytes) FailTensor(fmt::format("a name of {} bytes", name.size()), ErrorCode::kTooLarge);
    if (!names_.insert(name).second) FailTensor("the name appears twice");
  }

  void BeginField(const std::string& key) {
    if (fields_.size() == kMaxFields) FailTensor(fmt::format("more than {} keys", kMaxFields), ErrorCode::kTooLarge);
    if (!fields_.insert(key).second) FailTensor(fmt::format("key {} appears twice", Quoted(key)));
  }

  void AddMetadata(const Json& entry) {
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string())
        Fail(fmt::format("metadata {} should be a string, found {}", Quoted(key), value.type_name()));
      header_.metadata[key] = value.get<std::string>();
    }
  }

  void AddTensor(const Json& entry) {
    TensorView tensor{.name = name_};
    for (const std::string& key : fields_)
      if (key != "dtype" && key != "shape" && key != "data_offsets")
        FailTensor(fmt::format("unknown key {}; known are dtype, shape, data_offsets", Quoted(key)),
                   ErrorCode::kUnsupported);
    if (fields_.size() != 3) FailTensor("expected dtype, shape and data_offsets");
    if (!entry["dtype"].is_string()) FailTensor("dtype should be a string");
    const std::string dtype = entry["dtype"].get<std::string>();
    const std::optional<ElementType> type = FindElementType(dtype);
    if (!type)
      FailTensor(fmt::format("dtype {} is not one of {}", Quoted(dtype), KnownElementTypes()), ErrorCode::kUnsupported);
    tensor.dtype = *type;
    tensor.shape = Numbers<int64_t>(entry["shape"], "shape");
    const std::vector<uint64_t> offsets = Numbers<uint64_t>(entry["data_offsets"], "data_offsets");
    if (offsets.size() != 2) FailTensor(fmt::format("data_offsets should be two numbers, found {}", offsets.size()));
    if (offsets[0] > offsets[1] || offsets[1] > data_.size())
      FailTensor(fmt::format("data_offsets [{}, {}) do not lie within the {} bytes of data", offsets[0], offsets[1],
                             data_.size()));
    tensor.bytes = data_.subspan(offsets[0], offsets[1] - offsets[0]);
    CheckSize(tensor);
    header_.tensors.push_back(std::move(tensor));
  }

  template <typename T>
  std::vector<T> Numbers(const Json& list, const char* key) const {
    if (!list.is_array()) FailTensor(fmt::format("{} should be a list", key));
    std::vector<T> numbers;
    for (const Json& value : list) {
      if (!value.is_number_unsigned() || value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
        FailTensor(fmt::format("{} should hold numbers from 0 to 2^63 - 1", key));
      numbers.push_back(value.get<T>());
    }
    return numbers;
  }

  void CheckSize(const TensorView& tensor) const {
    uint64_t bytes = ElementBytes(tensor.dtype);
    for (const int64_t size : tensor.shape)
      if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes))
        FailTensor(fmt::format("shape {} overflows 64 bits", ShapeText(tensor.shape)), ErrorCode::kTooLarge);
    if (bytes != tensor.bytes.size())
      FailTensor(fmt::format("shape {} of {} takes {} bytes, data_offsets give {}", ShapeText(tensor.shape),
                             ElementTypeName(tensor.dtype), bytes, tensor.bytes.size()));
  }

  std::span<const std::byte> data_;
  const std::string& where_;
  SafetensorsHeader header_;
  std::set<std::string> names_, fields_;
  std::string name_;
  bool is_metadata_ = false;
  size_t list_size_ = 0;
};

// No gap, no overlap, no bytes before or behind: a file means one thing only, and nothing hides in it.
void CheckLayout(std::span<const std::byte> data, SafetensorsHeader& header, const std::string& where) {
  std::stable_sort(header.tensors.begin(), header.tensors.end(), [](const TensorView& a, const TensorView& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  uint64_t end = 0;
  for (const TensorView& tensor : header.tensors) {
    const auto begin = static_cast<uint64_t>(tensor.bytes.data() - data.data());
    if (begin != end)
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("{}: tensor {} begins at byte {} of the data, the one before it ends at {}.", where,
                              Quoted(tensor.name), begin, end));
    end += tensor.bytes.size();
  }
  if (end != data.size())
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: the tensors end at byte {} of the data, the file at {}.", where, end, data.size()));
}

// The header's length as the first bytes say it, held against what the file has.
uint64_t CheckedLength(const std::byte* first_bytes, uint64_t file_bytes, const std::string& where) {
  uint64_t length = 0;
  std::memcpy(&length, first_bytes, kLengthBytes);
  if (length > kMaxHeaderBytes)
    throw Error(ErrorCode::kTooLarge,
                fmt::format("{}: a header of {} bytes, at most {} are read.\nHINT: is it a safetensors file?", where,
                            length, kMaxHeaderBytes));
  if (length > file_bytes - kLengthBytes)
    throw Error(
        ErrorCode::kCorrupt,
        fmt::format("{}: the header takes {} bytes, the file has {} after its length.\nHINT: the file is cut off; "
                    "copy it again.",
                    where, length, file_bytes - kLengthBytes));
  return length;
}

void CheckHasLength(uint64_t file_bytes, const std::string& where) {
  if (file_bytes < kLengthBytes)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a safetensors file, found {} bytes.", where, file_bytes));
}

SafetensorsHeader ParseHeader(std::string_view text, std::span<const std::byte> data, const std::string& where) {
  if (text.empty() || text.front() != '{')
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: the header should begin with \"{{\".\nHINT: is it a safetensors file?", where));
  SafetensorsHeader header = HeaderParser(data, where).Parse(text);
  CheckLayout(data, header, where);
  return header;
}

}  // namespace

int64_t TensorView::num_elements() const { return static_cast<int64_t>(bytes.size() / ElementBytes(dtype)); }

bool TensorView::is_aligned() const { return reinterpret_cast<uintptr_t>(bytes.data()) % ElementBytes(dtype) == 0; }

SafetensorsHeader ParseSafetensors(std::span<const std::byte> file, const std::string& where) {
  CheckHasLength(file.size(), where);
  const uint64_t length = CheckedLength(file.data(), file.size(), where);
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + kLengthBytes, length);
  return ParseHeader(text, file.subspan(kLengthBytes + length), where);
}

// The header is copied, not read through the mapping: a file that somebody cuts off meanwhile is an error, not a signal.
SafetensorsFile SafetensorsFile::Open(const std::filesystem::path& path) {
  MappedFile file = MappedFile::Open(path);
  const std::string where = path.string();
  const std::span<const std::byte> bytes = file.bytes();
  CheckHasLength(bytes.size(), where);
  std::byte first_bytes[kLengthBytes];
  file.Read(bytes.first(kLengthBytes), first_bytes);
  std::string text(CheckedLength(first_bytes, bytes.size(), where), '\0');
  file.Read(bytes.subspan(kLengthBytes, text.size()), std::as_writable_bytes(std::span(text)));
  SafetensorsHeader header = ParseHeader(text, bytes.subspan(kLengthBytes + text.size()), where);
  return SafetensorsFile(std::move(file), std::move(header));
}

}  // namespace lingshu
