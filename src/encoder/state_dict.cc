// Two containers of torch.save: since 1.6 a zip of stored (not compressed) members "NAME/data.pkl" and "NAME/data/KEY"; before it five
// pickles (magic number, protocol, system, object, keys) and then for each key its number of elements and its bytes.
#include "encoder/state_dict.h"

#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "checkpoint/checkpoint.h"
#include "encoder/pickle.h"

namespace lingshu {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{32} << 30;
using Storages = std::map<std::string, std::string_view>;

template <typename T>
T NumberAt(std::string_view bytes, uint64_t at, const std::string& where) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) throw Error(ErrorCode::kCorrupt, fmt::format("{}: the file ends early.", where));
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

// Stored members of a zip by name (APPNOTE.TXT 4.3); sizes beyond 4 GiB from the zip64 extra field.
Storages ReadZip(std::string_view bytes, const std::string& where) {
  const size_t end = bytes.rfind("PK\x05\x06");
  if (end == std::string_view::npos) throw Error(ErrorCode::kCorrupt, fmt::format("{}: a zip without its directory.", where));
  uint64_t count = NumberAt<uint16_t>(bytes, end + 10, where), at = NumberAt<uint32_t>(bytes, end + 16, where);
  if (at == 0xFFFFFFFFu || count == 0xFFFFu) {
    const size_t end64 = bytes.rfind("PK\x06\x06");
    if (end64 == std::string_view::npos) throw Error(ErrorCode::kCorrupt, fmt::format("{}: a zip64 without its directory.", where));
    count = NumberAt<uint64_t>(bytes, end64 + 32, where);
    at = NumberAt<uint64_t>(bytes, end64 + 48, where);
  }
  Storages members;
  for (uint64_t i = 0; i < count; ++i) {
    if (bytes.substr(std::min<uint64_t>(at, bytes.size()), 4) != "PK\x01\x02") throw Error(ErrorCode::kCorrupt, fmt::format("{}: the zip's directory is broken.", where));
    const auto method = NumberAt<uint16_t>(bytes, at + 10, where), name_size = NumberAt<uint16_t>(bytes, at + 28, where), extra_size = NumberAt<uint16_t>(bytes, at + 30, where),
               comment_size = NumberAt<uint16_t>(bytes, at + 32, where);
    uint64_t size = NumberAt<uint32_t>(bytes, at + 24, where), place = NumberAt<uint32_t>(bytes, at + 42, where);
    const uint64_t extra = at + 46 + name_size;
    NumberAt<char>(bytes, extra + extra_size + comment_size, where);
    const std::string name(bytes.substr(at + 46, name_size));
    for (uint64_t field = extra; field + 4 <= extra + extra_size;) {
      const auto id = NumberAt<uint16_t>(bytes, field, where), field_size = NumberAt<uint16_t>(bytes, field + 2, where);
      uint64_t value = field + 4;
      if (id == 1 && size == 0xFFFFFFFFu) size = NumberAt<uint64_t>(bytes, value, where), value += 8;
      if (id == 1 && NumberAt<uint32_t>(bytes, at + 20, where) == 0xFFFFFFFFu) value += 8;
      if (id == 1 && place == 0xFFFFFFFFu) place = NumberAt<uint64_t>(bytes, value, where);
      field += 4 + field_size;
    }
    if (method != 0) throw Error(ErrorCode::kUnsupported, fmt::format("{}: member {} is compressed; torch.save stores.", where, name));
    const uint64_t data = place + 30 + NumberAt<uint16_t>(bytes, place + 26, where) + NumberAt<uint16_t>(bytes, place + 28, where);
    if (data > bytes.size() || size > bytes.size() - data) throw Error(ErrorCode::kCorrupt, fmt::format("{}: member {} leaves the file.", where, name));
    members[name] = bytes.substr(data, size);
    at = extra + extra_size + comment_size;
  }
  return members;
}

struct TypeOfStorage {
  at::ScalarType type;
  bool is_float;
};

std::optional<TypeOfStorage> FindType(const std::string& name) {
  if (name == "FloatStorage") return TypeOfStorage{at::kFloat, true};
  if (name == "HalfStorage") return TypeOfStorage{at::kHalf, true};
  if (name == "BFloat16Storage") return TypeOfStorage{at::kBFloat16, true};
  if (name == "DoubleStorage") return TypeOfStorage{at::kDouble, true};
  return std::nullopt;  // indices, masks, counters: nothing that a forward pass reads
}

std::vector<int64_t> NumbersOf(const PickleValue& list) {
  std::vector<int64_t> numbers;
  for (const PicklePtr& item : list.items) numbers.push_back(item->number);
  return numbers;
}

Tensor BuildTensor(const PickleValue& tensor, const TypeOfStorage& type, std::string_view bytes, const std::string& where) {
  const std::vector<int64_t> sizes = NumbersOf(*tensor.items[2]), strides = NumbersOf(*tensor.items[3]);
  const int64_t offset = tensor.items[1]->number;
  const auto element_bytes = static_cast<int64_t>(at::elementSize(type.type));
  const int64_t num_stored = static_cast<int64_t>(bytes.size()) / element_bytes;
  int64_t last = offset;
  bool is_empty = false, is_sane = sizes.size() == strides.size() && offset >= 0;
  for (size_t i = 0; is_sane && i < sizes.size(); ++i) {
    is_sane = sizes[i] >= 0 && strides[i] >= 0 && sizes[i] <= num_stored && (sizes[i] < 2 || strides[i] <= num_stored);
    is_empty |= sizes[i] == 0;
    if (is_sane && sizes[i] > 0) last += (sizes[i] - 1) * strides[i];
    is_sane &= last <= num_stored;
  }
  if (!is_sane || (!is_empty && last >= num_stored)) throw Error(ErrorCode::kCorrupt, fmt::format("{}: a tensor leaves its storage of {} elements.", where, num_stored));
  if (is_empty) return at::empty(sizes, at::kFloat);
  Tensor stored = at::empty({num_stored}, type.type);
  std::memcpy(stored.data_ptr(), bytes.data(), static_cast<size_t>(num_stored * element_bytes));
  return stored.as_strided(sizes, strides, offset).to(at::kFloat).contiguous();
}

void Collect(const PickleValue& value, const std::string& name, const Storages& storages, const std::string& where, StateDict& tensors, int depth) {
  if (depth > 8) return;
  if (value.kind == PickleValue::Kind::kTensor) {
    const PickleValue& storage = *value.items[0];
    const auto type = FindType(storage.type);
    if (!type) return;
    const auto it = storages.find(storage.text);
    if (it == storages.end()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: {}: its storage {} is missing.", where, name, storage.text));
    tensors[name] = BuildTensor(value, *type, it->second, where);
    return;
  }
  for (const auto& [key, item] : value.pairs)
    if (key->kind == PickleValue::Kind::kText) Collect(*item, name.empty() ? key->text : name + "." + key->text, storages, where, tensors, depth + 1);
}

StateDict ReadZipFile(std::string_view bytes, const std::string& where) {
  Storages storages;
  std::string_view pickle;
  for (const auto& [name, member] : ReadZip(bytes, where)) {
    const size_t data = name.find("/data/");
    if (data != std::string::npos) storages[name.substr(data + 6)] = member;
    if (name.ends_with("/data.pkl")) pickle = member;
  }
  size_t at = 0;
  StateDict tensors;
  Collect(*ReadPickle(pickle, at, where), "", storages, where, tensors, 0);
  return tensors;
}

int64_t ElementBytes(const std::string& type) {
  if (type == "DoubleStorage" || type == "LongStorage") return 8;
  if (type == "HalfStorage" || type == "BFloat16Storage" || type == "ShortStorage") return 2;
  if (type == "ByteStorage" || type == "BoolStorage" || type == "CharStorage") return 1;
  return 4;
}

void FindStorageTypes(const PickleValue& value, std::map<std::string, std::string>& types, int depth) {
  if (depth > 8) return;
  if (value.kind == PickleValue::Kind::kStorage) types[value.text] = value.type;
  for (const PicklePtr& item : value.items) FindStorageTypes(*item, types, depth + 1);
  for (const auto& [key, item] : value.pairs) FindStorageTypes(*item, types, depth + 1);
}

StateDict ReadOlderFile(std::string_view bytes, const std::string& where) {
  size_t at = 0;
  for (int i = 0; i < 3; ++i) ReadPickle(bytes, at, where);
  const PicklePtr object = ReadPickle(bytes, at, where), keys = ReadPickle(bytes, at, where);
  std::map<std::string, std::string> types;
  FindStorageTypes(*object, types, 0);
  Storages storages;
  for (const PicklePtr& key : keys->items) {
    const auto count = NumberAt<int64_t>(bytes, at, where);
    at += 8;
    const int64_t element = ElementBytes(types[key->text]);
    if (count < 0 || count > static_cast<int64_t>(bytes.size() - at) / element) throw Error(ErrorCode::kCorrupt, fmt::format("{}: storage {} leaves the file.", where, key->text));
    storages[key->text] = bytes.substr(at, static_cast<size_t>(count * element));
    at += static_cast<size_t>(count * element);
  }
  StateDict tensors;
  Collect(*object, "", storages, where, tensors, 0);
  return tensors;
}

at::ScalarType TorchTypeOf(ElementType type, const std::string& name) {
  switch (type) {
    case ElementType::kF32: return at::kFloat;
    case ElementType::kBF16: return at::kBFloat16;
    case ElementType::kF16: return at::kHalf;
    default: throw Error(ErrorCode::kUnsupported, fmt::format("{}: expected F32, BF16 or F16, found {}.", name, ElementTypeName(type)));
  }
}

bool IsFloat(ElementType type) { return type == ElementType::kF32 || type == ElementType::kBF16 || type == ElementType::kF16; }

}  // namespace

StateDict ReadTorchFile(const std::filesystem::path& file) {
  const std::string bytes = ReadFile(file, kMaxFileBytes), where = file.string();
  return bytes.starts_with("PK\x03\x04") ? ReadZipFile(bytes, where) : ReadOlderFile(bytes, where);
}

StateDict ReadStateDict(const std::filesystem::path& folder) {
  const bool has_safetensors = IsFile(folder / "model.safetensors") || IsFile(folder / "model.safetensors.index.json");
  if (!has_safetensors) {
    if (IsFile(folder / "pytorch_model.bin")) return ReadTorchFile(folder / "pytorch_model.bin");
    throw Error(ErrorCode::kNotFound, fmt::format("{}: no model.safetensors and no pytorch_model.bin.", folder.string()));
  }
  const Checkpoint checkpoint = Checkpoint::Open(folder);
  StateDict tensors;
  for (const std::string& name : checkpoint.names()) {
    const TensorView& view = *checkpoint.Find(name);
    if (!IsFloat(view.dtype)) continue;  // position_ids of older files
    Tensor tensor = at::empty(view.shape, TorchTypeOf(view.dtype, name));
    checkpoint.Read(name, std::span(static_cast<std::byte*>(tensor.data_ptr()), view.bytes.size()));
    tensors[name] = tensor.to(at::kFloat);
  }
  return tensors;
}

}  // namespace lingshu
