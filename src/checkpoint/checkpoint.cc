// Opening a folder of weights and comparing it with what the model needs.
#include "checkpoint/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"

namespace lingshu {
namespace {

constexpr const char* kIndexName = "model.safetensors.index.json";
constexpr const char* kSingleName = "model.safetensors";
constexpr uint64_t kMaxIndexBytes = 4 << 20;  // the 7B's has 58 kB; parsing takes time with the square of the keys
constexpr size_t kMaxListed = 4096;           // more than any model has: only a hostile file's list is cut

// Shards are files of the folder itself: a path could name any file of the machine.
bool IsShardName(const std::string& name) {
  return name.ends_with(".safetensors") && !name.starts_with(".") && name.size() <= 255 &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

// The shard of each tensor.
std::map<std::string, std::string> ReadIndex(const fs::path& path) {
  const std::string where = path.string();
  const Json index = ParseJson(ReadFile(path, kMaxIndexBytes), where);
  const Json& weight_map = At(index, "weight_map", where);
  if (!weight_map.is_object())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"weight_map\" should be a map.", where));
  std::map<std::string, std::string> shard_of;
  for (const auto& [tensor, shard] : weight_map.items()) {
    const std::string name = shard.is_string() ? shard.get<std::string>() : "";
    if (!IsShardName(name))
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("{}: {} of \"weight_map\" is not the name of a .safetensors file in the same folder.",
                              where, shard.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 200)));
    shard_of[tensor] = name;
  }
  return shard_of;
}

std::string List(const std::string& what, const std::vector<std::string>& items) {
  if (items.empty()) return "";
  const std::vector<std::string> shown(items.begin(),
                                       items.begin() + static_cast<std::ptrdiff_t>(std::min(items.size(), kMaxListed)));
  return fmt::format("\n{} ({}): {}{}", what, items.size(), JoinStrings(shown, ", "),
                     items.size() > kMaxListed ? ", …" : "");
}

}  // namespace

Checkpoint Checkpoint::Open(const fs::path& folder) {
  Checkpoint checkpoint;
  checkpoint.folder_ = folder;
  if (IsFile(folder / kIndexName)) {
    checkpoint.AddShards(ReadIndex(folder / kIndexName));
  } else if (IsFile(folder / kSingleName)) {
    checkpoint.AddFile(SafetensorsFile::Open(folder / kSingleName));
  } else {
    throw Error(ErrorCode::kNotFound,
                fmt::format("{}: expected {} or {}, found neither.\nHINT: only safetensors are read, never pickles "
                            "(pytorch_model.bin); convert them first.",
                            folder.string(), kSingleName, kIndexName));
  }
  return checkpoint;
}

void Checkpoint::AddShards(const std::map<std::string, std::string>& shard_of) {
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : shard_of) shards.insert(shard);
  std::vector<std::string> absent, missing;
  for (const std::string& shard : shards)
    if (!IsFile(folder_ / shard)) absent.push_back(shard);
  if (!absent.empty())
    throw Error(
        ErrorCode::kNotFound,
        fmt::format("{}: the index names shards that are not there.{}\nHINT: the copy or download is not complete.",
                    folder_.string(), List("Missing", absent)));
  for (const std::string& shard : shards) {
    SafetensorsFile file = SafetensorsFile::Open(folder_ / shard);
    for (const TensorView& tensor : file.tensors()) {
      const auto named = shard_of.find(tensor.name);
      if (named == shard_of.end() || named->second != shard)
        throw Error(ErrorCode::kCorrupt,
                    fmt::format("{}: holds {}, which {} {}.", file.path().string(), Json(tensor.name).dump(),
                                kIndexName, named == shard_of.end() ? "does not name" : "places in " + named->second));
    }
    AddFile(std::move(file));
  }
  for (const auto& [tensor, shard] : shard_of)
    if (Find(ReleasedName(tensor)) == nullptr) missing.push_back(fmt::format("{} in {}", tensor, shard));
  if (!missing.empty())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: shards lack tensors that the index names.{}", folder_.string(),
                                                 List("Missing", missing)));
}

void Checkpoint::AddFile(SafetensorsFile file) {
  for (TensorView view : file.tensors()) {
    view.name = ReleasedName(view.name);
    const std::string name = view.name;
    if (!places_.try_emplace(name, Place{files_.size(), std::move(view)}).second)
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("{}: {} is there under two names.", folder_.string(), Json(name).dump()));
  }
  files_.push_back(std::move(file));
}

const TensorView* Checkpoint::Find(std::string_view name) const {
  const auto it = places_.find(name);
  return it == places_.end() ? nullptr : &it->second.view;
}

std::vector<std::string> Checkpoint::names() const {
  std::vector<std::string> names;
  for (const auto& [name, place] : places_) names.push_back(name);
  return names;
}

int64_t Checkpoint::num_elements() const {
  int64_t count = 0;
  for (const auto& [name, place] : places_) count += place.view.num_elements();
  return count;
}

void Checkpoint::Read(std::string_view name, std::span<std::byte> out) const {
  const auto it = places_.find(name);
  if (it == places_.end())
    throw Error(ErrorCode::kNotFound, fmt::format("{}: no tensor \"{}\".", folder_.string(), name));
  files_[it->second.file].Read(it->second.view, out);
}

void Checkpoint::ReadPart(std::string_view name, uint64_t offset, std::span<std::byte> out) const {
  const auto it = places_.find(name);
  CHECK(it != places_.end()) << "no tensor " << name;
  TensorView part = it->second.view;
  CHECK(offset <= part.bytes.size() && out.size() <= part.bytes.size() - offset) << "beyond the bytes of " << name;
  part.bytes = part.bytes.subspan(offset, out.size());
  files_[it->second.file].Read(part, out);
}

namespace {

bool IsFloat(ElementType type) { return type == ElementType::kF32 || type == ElementType::kBF16 || type == ElementType::kF16; }

// NaN and Inf have all bits of the exponent set.
template <typename Bits>
bool HasFullExponent(std::span<const std::byte> bytes, Bits mask) {
  for (size_t i = 0; i + sizeof(Bits) <= bytes.size(); i += sizeof(Bits)) {
    Bits bits;
    std::memcpy(&bits, bytes.data() + i, sizeof(Bits));
    if ((bits & mask) == mask) return true;
  }
  return false;
}

bool IsAnyNonFinite(ElementType type, std::span<const std::byte> bytes) {
  if (type == ElementType::kF32) return HasFullExponent<uint32_t>(bytes, 0x7f800000);
  return HasFullExponent<uint16_t>(bytes, type == ElementType::kBF16 ? 0x7f80 : 0x7c00);
}

}  // namespace

bool Checkpoint::IsFinite(std::string_view name) const {
  const TensorView& view = *Find(name);
  std::vector<std::byte> part(std::min<size_t>(view.bytes.size(), 1 << 20));
  for (uint64_t at = 0; at < view.bytes.size(); at += part.size()) {
    part.resize(std::min<size_t>(part.size(), view.bytes.size() - at));
    ReadPart(name, at, part);
    if (IsAnyNonFinite(view.dtype, part)) return false;
  }
  return true;
}

void Checkpoint::CheckTensors(const std::vector<TensorSpec>& expected) const {
  std::vector<std::string> missing, extra, misshapen, mistyped, sound;
  std::set<std::string_view> wanted;
  for (const TensorSpec& spec : expected) {
    wanted.insert(spec.name);
    const auto it = places_.find(spec.name);
    if (it == places_.end()) {
      if (!spec.is_optional) missing.push_back(spec.name);
      continue;
    }
    const TensorView& view = it->second.view;
    const std::string file = files_[it->second.file].path().filename().string();
    if (view.shape != spec.shape)
      misshapen.push_back(fmt::format("{}: expected {}, {} has {}", spec.name, ShapeText(spec.shape), file, ShapeText(view.shape)));
    else if (!IsFloat(view.dtype))
      mistyped.push_back(fmt::format("{}: expected F32, BF16 or F16, {} has {}", spec.name, file, ElementTypeName(view.dtype)));
    else
      sound.push_back(spec.name);
  }
  for (const auto& [name, place] : places_)
    if (!wanted.contains(name)) extra.push_back(name);
  if (missing.empty() && extra.empty() && misshapen.empty() && mistyped.empty()) return;
  // The list is to be whole, so the numbers of the rest are looked at here; where nothing else is wrong the loader does it.
  std::vector<std::string> non_finite;
  for (const std::string& name : sound)
    if (!IsFinite(name)) non_finite.push_back(name);
  throw Error(ErrorCode::kCorrupt,
              fmt::format("{}: the tensors are not those of config.json.{}{}{}{}{}\nHINT: does config.json belong to these weights?",
                          folder_.string(), List("Missing", missing), List("Extra", extra), List("Misshapen", misshapen),
                          List("Mistyped", mistyped), List("NaN or Inf", non_finite)));
}

}  // namespace lingshu
