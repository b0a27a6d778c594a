// Every read goes through GgufReader, which knows what is left: a count is believed only when that many items of the
// least size still fit the file, so that no header can ask for more memory than a small multiple of its own bytes.
#include "checkpoint/gguf.h"

#include <bit>
#include <cstring>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "checkpoint/tensors.h"

namespace lingshu {
namespace {

static_assert(std::endian::native == std::endian::little, "tensor bytes are little-endian and used as they are");

constexpr uint64_t kMaxNameBytes = 1024;  // of keys and tensors; ggml has 64 for tensors
constexpr uint64_t kMaxCount = 1 << 16;   // tensors, values
constexpr uint64_t kMaxItems = 1 << 24;   // of one array: a vocabulary
constexpr uint64_t kMaxAlignment = 1 << 20;
constexpr uint32_t kMaxRank = 4;

std::string Quoted(std::string_view name) { return DumpJson(std::string(name.substr(0, 120))); }

class GgufReader {
 public:
  GgufReader(std::span<const std::byte> file, const std::string& where) : file_(file), where_(where) {}

  [[noreturn]] void Fail(const std::string& what, ErrorCode code = ErrorCode::kCorrupt) const {
    throw Error(code, fmt::format("{}: {}.", where_, what));
  }

  std::span<const std::byte> Take(uint64_t count, const char* what) {
    if (count > left())
      Fail(fmt::format("{} takes {} bytes at byte {}, the file has {} left", what, count, at_, left()));
    at_ += count;
    return file_.subspan(at_ - count, count);
  }
  template <typename T>
  T Number(const char* what) {
    T value;
    std::memcpy(&value, Take(sizeof(T), what).data(), sizeof(T));
    return value;
  }
  std::string String(const char* what, uint64_t max_bytes) {
    const auto length = Number<uint64_t>(what);
    if (length > left()) Fail(fmt::format("{} has {} bytes, the file has {} left", what, length, left()));
    if (length > max_bytes)
      Fail(fmt::format("{} has {} bytes, at most {} are read", what, length, max_bytes), ErrorCode::kTooLarge);
    const std::span<const std::byte> bytes = Take(length, what);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  uint64_t Count(const char* what, uint64_t least_bytes, uint64_t most) {
    const auto count = Number<uint64_t>(what);
    if (count > most) Fail(fmt::format("{} {}, at most {} are read", count, what, most), ErrorCode::kTooLarge);
    if (count > left() / least_bytes) Fail(fmt::format("{} {} do not fit the {} bytes left", count, what, left()));
    return count;
  }
  uint64_t at() const { return at_; }
  uint64_t left() const { return file_.size() - at_; }

 private:
  std::span<const std::byte> file_;
  const std::string& where_;
  uint64_t at_ = 0;
};

template <typename T>
uint64_t WordOf(GgufReader& in) {
  const T value = in.Number<T>("a value");
  if constexpr (std::is_floating_point_v<T>) return std::bit_cast<uint64_t>(static_cast<double>(value));
  return static_cast<uint64_t>(static_cast<int64_t>(value));
}

void ReadItem(GgufReader& in, const std::string& key, GgufValue& value) {
  switch (value.type) {
    case GgufType::kU8:
      value.words.push_back(WordOf<uint8_t>(in));
      return;
    case GgufType::kI8:
      value.words.push_back(WordOf<int8_t>(in));
      return;
    case GgufType::kU16:
      value.words.push_back(WordOf<uint16_t>(in));
      return;
    case GgufType::kI16:
      value.words.push_back(WordOf<int16_t>(in));
      return;
    case GgufType::kU32:
      value.words.push_back(WordOf<uint32_t>(in));
      return;
    case GgufType::kI32:
      value.words.push_back(WordOf<int32_t>(in));
      return;
    case GgufType::kF32:
      value.words.push_back(WordOf<float>(in));
      return;
    case GgufType::kU64:
      value.words.push_back(WordOf<uint64_t>(in));
      return;
    case GgufType::kI64:
      value.words.push_back(WordOf<int64_t>(in));
      return;
    case GgufType::kF64:
      value.words.push_back(WordOf<double>(in));
      return;
    case GgufType::kBool:
      value.words.push_back(WordOf<uint8_t>(in));
      if (value.words.back() > 1) in.Fail(fmt::format("value {}: a bool of {}", Quoted(key), value.words.back()));
      return;
    case GgufType::kString:
      value.strings.push_back(in.String("a string value", UINT64_MAX));
      return;
    case GgufType::kArray:
      in.Fail(fmt::format("value {}: an array of arrays", Quoted(key)), ErrorCode::kUnsupported);
  }
}

GgufType ReadType(GgufReader& in, const std::string& key) {
  const auto type = in.Number<uint32_t>("a value's type");
  if (type > static_cast<uint32_t>(GgufType::kF64)) in.Fail(fmt::format("value {}: type {}", Quoted(key), type));
  return static_cast<GgufType>(type);
}

GgufValue ReadValue(GgufReader& in, const std::string& key) {
  GgufValue value{.type = ReadType(in, key)};
  value.is_array = value.type == GgufType::kArray;
  uint64_t count = 1;
  if (value.is_array) {
    value.type = ReadType(in, key);
    count = in.Count("items of an array",
                     value.type == GgufType::kString ? 8 : std::max<uint64_t>(1, GgufTypeBytes(value.type)), kMaxItems);
  }
  if (value.type == GgufType::kString) value.strings.reserve(count);
  else value.words.reserve(count);
  for (uint64_t i = 0; i < count; ++i) ReadItem(in, key, value);
  return value;
}

void ReadMetadata(GgufReader& in, uint64_t count, GgufMetadata& metadata) {
  std::set<std::string> keys;
  for (uint64_t i = 0; i < count; ++i) {
    const std::string key = in.String("a key", kMaxNameBytes);
    if (key.empty()) in.Fail("a key is empty");
    if (!keys.insert(key).second) in.Fail(fmt::format("value {} appears twice", Quoted(key)));
    metadata.Append(key, ReadValue(in, key));
  }
}

uint64_t ReadAlignment(const GgufReader& in, const GgufMetadata& metadata) {
  const GgufValue* value = metadata.Find("general.alignment");
  if (value == nullptr) return 32;
  if (value->type != GgufType::kU32 || value->is_array) in.Fail("general.alignment should be a u32");
  const uint64_t alignment = value->words[0];
  if (alignment == 0 || alignment > kMaxAlignment || !std::has_single_bit(alignment))
    in.Fail(fmt::format("general.alignment is {}, expected a power of two up to {}", alignment, kMaxAlignment));
  return alignment;
}

BlockFormat FormatOf(const GgufReader& in, uint32_t type, const std::string& name) {
  std::string known;
  for (int i = 0; i < kNumBlockFormats; ++i) {
    const auto format = static_cast<BlockFormat>(i);
    if (InfoOf(format).ggml_type == type) return format;
    known += fmt::format("{}{} ({})", i ? ", " : "", InfoOf(format).ggml_type, InfoOf(format).name);
  }
  in.Fail(fmt::format("tensor {}: type {}; known are {}", Quoted(name), type, known), ErrorCode::kUnsupported);
}

struct Place {
  uint64_t offset, bytes;
};

GgufTensor ReadTensorInfo(GgufReader& in, Place& place) {
  GgufTensor tensor{.name = in.String("a tensor's name", kMaxNameBytes)};
  const auto rank = in.Number<uint32_t>("a tensor's rank");
  if (rank < 1 || rank > kMaxRank)
    in.Fail(fmt::format("tensor {}: {} dimensions, expected 1 to {}", Quoted(tensor.name), rank, kMaxRank));
  tensor.shape.resize(rank);
  for (uint32_t i = 0; i < rank; ++i) {
    const auto size = in.Number<uint64_t>("a tensor's shape");
    if (size < 1 || size > static_cast<uint64_t>(INT64_MAX))
      in.Fail(fmt::format("tensor {}: a dimension of {}", Quoted(tensor.name), size));
    tensor.shape[rank - 1 - i] = static_cast<int64_t>(size);
  }
  tensor.format = FormatOf(in, in.Number<uint32_t>("a tensor's type"), tensor.name);
  place.offset = in.Number<uint64_t>("a tensor's offset");
  try {
    place.bytes = GgufBytes(tensor.format, tensor.shape);
  } catch (const Error& e) {
    in.Fail(fmt::format("tensor {}: {}", Quoted(tensor.name), e.message()), ErrorCode::kCorrupt);
  }
  return tensor;
}

// One behind the other, each on its multiple of the alignment.
void PlaceTensors(const GgufReader& in, std::span<const std::byte> data, uint64_t alignment,
                  const std::vector<Place>& places, std::vector<GgufTensor>& tensors) {
  uint64_t next = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Place& place = places[i];
    if (place.offset != next)
      in.Fail(fmt::format("tensor {} begins at byte {} of the data, expected {}", Quoted(tensors[i].name), place.offset,
                          next));
    if (place.offset > data.size() || place.bytes > data.size() - place.offset)
      in.Fail(fmt::format(
          "tensor {} takes bytes [{}, +{}) of the data, the file has {}.\nHINT: the file is cut off; copy it again",
          Quoted(tensors[i].name), place.offset, place.bytes, data.size()));
    tensors[i].bytes = data.subspan(place.offset, place.bytes);
    next =
        (place.offset + place.bytes + alignment - 1) / alignment * alignment;  // no overflow: both lie within the file
  }
}

}  // namespace

int64_t GgufTensor::num_elements() const {
  const BlockFormatInfo& info = InfoOf(format);
  return static_cast<int64_t>(bytes.size()) / info.bytes * info.elements;
}

uint64_t GgufBytes(BlockFormat format, const std::vector<int64_t>& shape) {
  const BlockFormatInfo& info = InfoOf(format);
  if (shape.empty() || shape.back() % info.elements != 0)
    throw Error(ErrorCode::kUsage, fmt::format("rows of {} are no whole blocks of {} ({} numbers)",
                                               shape.empty() ? 0 : shape.back(), info.name, info.elements));
  uint64_t bytes = static_cast<uint64_t>(shape.back() / info.elements);
  bool is_overflow = __builtin_mul_overflow(bytes, static_cast<uint64_t>(info.bytes), &bytes);
  for (size_t i = 0; i + 1 < shape.size(); ++i)
    is_overflow |= __builtin_mul_overflow(bytes, static_cast<uint64_t>(shape[i]), &bytes);
  if (is_overflow || bytes > static_cast<uint64_t>(INT64_MAX))
    throw Error(ErrorCode::kUsage, fmt::format("shape {} overflows 64 bits", ShapeText(shape)));
  return bytes;
}

GgufHeader ParseGguf(std::span<const std::byte> file, const std::string& where) {
  GgufReader in(file, where);
  if (file.size() < 24 || std::memcmp(file.data(), "GGUF", 4) != 0)
    in.Fail("expected a GGUF file, it does not begin with \"GGUF\" and a header");
  in.Take(4, "the magic");
  const auto version = in.Number<uint32_t>("the version");
  if (version != 2 && version != 3)
    in.Fail(fmt::format("GGUF version {}, versions 2 and 3 are read{}", version,
                        (version & 0xFFFF) == 0 ? " (a big-endian file)" : ""),
            ErrorCode::kUnsupported);
  const uint64_t num_tensors = in.Count("tensors", 1, kMaxCount);
  const uint64_t num_values = in.Count("values", 1, kMaxCount);
  GgufHeader header{.metadata = GgufMetadata(where)};
  ReadMetadata(in, num_values, header.metadata);
  std::set<std::string> names;
  std::vector<Place> places;
  for (uint64_t i = 0; i < num_tensors; ++i) {
    header.tensors.push_back(ReadTensorInfo(in, places.emplace_back()));
    if (!names.insert(header.tensors.back().name).second)
      in.Fail(fmt::format("tensor {} appears twice", Quoted(header.tensors.back().name)));
  }
  const uint64_t alignment = ReadAlignment(in, header.metadata);
  const uint64_t begin = (in.at() + alignment - 1) / alignment * alignment;
  if (begin > file.size() && num_tensors > 0)
    in.Fail("the file ends before its data begin.\nHINT: it is cut off; copy it again");
  PlaceTensors(in, begin > file.size() ? file.subspan(file.size()) : file.subspan(begin), alignment, places,
               header.tensors);
  return header;
}

GgufFile GgufFile::Open(const std::filesystem::path& path) {
  MappedFile file = MappedFile::Open(path);
  GgufHeader header = ParseGguf(file.bytes(), path.string());
  return GgufFile(std::move(file), std::move(header));
}

GgufFile::GgufFile(MappedFile file, GgufHeader header) : file_(std::move(file)), header_(std::move(header)) {
  for (size_t i = 0; i < header_.tensors.size(); ++i) by_name_[header_.tensors[i].name] = i;
}

const GgufTensor* GgufFile::Find(std::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : &header_.tensors[it->second];
}

}  // namespace lingshu
