// One write protocol: temporary folder, flush, manifest, rename, pointer, and only then the removal of what is old.
#include "train/state.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/progress.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/safetensors_writer.h"
#include "checkpoint/tensors.h"

namespace lingshu {
namespace {

constexpr const char* kFormat = "lingshu-training-checkpoint";
constexpr int64_t kVersion = 1;
constexpr size_t kKept = 2;
constexpr const char* kPrefix = "step-";

void SyncPath(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  const bool is_durable = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!is_durable) throw Error(ErrorCode::kIo, fmt::format("cannot flush {} to the disk.", path.string()));
}

// Finished checkpoints by step, newest first. Names are zero-padded, so that they also sort by name.
std::vector<fs::path> CheckpointsOf(const fs::path& folder) {
  std::vector<fs::path> found;
  if (!fs::is_directory(folder)) return found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (entry.is_directory() && name.rfind(kPrefix, 0) == 0 && !entry.path().has_extension()) found.push_back(entry.path());
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

void CheckFreeSpace(const fs::path& folder, const Model& model, const AdamW& optimizer) {
  uint64_t needed = 0;
  VisitWeights(const_cast<Model&>(model), [&](const std::string&, Weight& weight, const std::vector<int64_t>&) { needed += weight.value.nbytes(); });
  needed += static_cast<uint64_t>(optimizer.num_elements()) * 2 * sizeof(float);
  needed += needed / 10;  // headers, and whatever else is being written
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (!error && space.available < needed)
    throw Error(ErrorCode::kNoSpace, fmt::format("{}: a checkpoint needs {} MB, {} MB are free; the previous checkpoints are kept.\nHINT: free "
                                                 "some space and run the same command again; it goes on from the last checkpoint.",
                                                 folder.string(), needed >> 20, space.available >> 20));
}

void WriteOptimizer(const fs::path& path, AdamW& optimizer) {
  std::vector<PendingTensor> pending;
  optimizer.VisitState([&](const std::string& name, Tensor& state) {
    const Tensor value = state.cpu().contiguous();
    pending.push_back({name, ElementType::kF32, value.sizes().vec(), [value] {
                         return std::span<const std::byte>(static_cast<const std::byte*>(value.data_ptr()), value.nbytes());
                       }});
  });
  WriteSafetensors(path, std::move(pending));
}

void WriteManifest(const fs::path& folder, const TrainState& state) {
  Json files = Json::object();
  for (const fs::path& file : ListFiles(folder))
    files[file.lexically_relative(folder).string()] = {{"bytes", fs::file_size(file)}, {"sha256", Sha256HexOfFile(file)}};
  const Json manifest = {{"format", kFormat}, {"version", kVersion}, {"state", ToJson(state)}, {"files", std::move(files)}};
  WriteFileAtomic(folder / "state.json", manifest.dump(1) + "\n");
}

// Removes all but the newest kKept checkpoints, and what an interrupted save left.
void RemoveOld(const fs::path& folder) {
  std::vector<fs::path> doomed = CheckpointsOf(folder);
  doomed.erase(doomed.begin(), doomed.begin() + static_cast<int64_t>(std::min(kKept, doomed.size())));
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".tmp") doomed.push_back(entry.path());
  for (const fs::path& path : doomed) fs::remove_all(path);
}

// The state of a checkpoint whose files are all there, byte for byte. Throws Error(kCorrupt | kUnsupported | kNotFound).
TrainState ReadManifest(const fs::path& folder) {
  const std::string where = (folder / "state.json").string();
  const Json manifest = ParseJson(ReadFile(where, 64 << 20), where);
  if (StringAt(manifest, "format", where) != kFormat || IntAt(manifest, "version", where) != kVersion)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: expected {} version {}.", where, kFormat, kVersion));
  const Json& files = At(manifest, "files", where);
  for (const char* name : {"config.json", "optimizer.safetensors"}) At(files, name, where);
  for (const auto& [name, facts] : files.items()) {
    const fs::path path = folder / name;
    std::error_code error;
    const uint64_t bytes = fs::file_size(path, error);
    if (error || static_cast<int64_t>(bytes) != IntAt(facts, "bytes", where))
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected {} bytes, found {}.", path.string(), IntAt(facts, "bytes", where), error ? 0 : bytes));
    if (Sha256HexOfFile(path) != StringAt(facts, "sha256", where))
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: its SHA-256 is not the one in state.json.", path.string()));
  }
  TrainState state;
  ConfigReader(where).Fill(At(manifest, "state", where), "", state);
  return state;
}

void ReadOptimizer(const fs::path& path, AdamW& optimizer) {
  const SafetensorsFile file = SafetensorsFile::Open(path);
  std::map<std::string, const TensorView*> by_name;
  for (const TensorView& view : file.tensors()) by_name[view.name] = &view;
  size_t used = 0;
  optimizer.VisitState([&](const std::string& name, Tensor& state) {
    const auto it = by_name.find(name);
    if (it == by_name.end() || it->second->shape != state.sizes().vec() || it->second->dtype != ElementType::kF32)
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected F32 {} for {}, found {}.", path.string(), ShapeText(state.sizes().vec()), name,
                                                   it == by_name.end() ? "nothing" : "another shape or type"));
    Tensor stored = at::empty(state.sizes(), at::kFloat);
    file.Read(*it->second, {static_cast<std::byte*>(stored.data_ptr()), stored.nbytes()});
    state.copy_(stored);
    ++used;
  });
  if (used != by_name.size())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: {} tensors, this stage trains {}.", path.string(), by_name.size(), used));
}

}  // namespace

void SyncTree(const fs::path& folder) {
  for (const fs::path& file : ListFiles(folder)) SyncPath(file, O_RDONLY);
  SyncPath(folder, O_RDONLY | O_DIRECTORY);
}

void SaveCheckpoint(const fs::path& folder, const Model& model, AdamW& optimizer, const TrainState& state) {
  MakeFolder(folder);
  const std::string name = fmt::format("{}{:09d}", kPrefix, state.step);
  const fs::path temporary = folder / (name + ".tmp");
  fs::remove_all(temporary);
  CheckFreeSpace(folder, model, optimizer);
  try {
    SaveModel(model, temporary);
    WriteOptimizer(temporary / "optimizer.safetensors", optimizer);
    SyncTree(temporary);
    WriteManifest(temporary, state);
    fs::remove_all(folder / name);  // a save repeated after an interrupt
    fs::rename(temporary, folder / name);
  } catch (const Error&) {  // leave no rubbish, then let the caller see it
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw;
  } catch (const fs::filesystem_error& e) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw Error(ErrorCode::kIo, fmt::format("cannot finish the checkpoint {}: {}.", name, e.code().message()));
  }
  SyncPath(folder, O_RDONLY | O_DIRECTORY);
  WriteFileAtomic(folder / "latest", name + "\n");
  RemoveOld(folder);
}

std::optional<TrainState> RestoreCheckpoint(const fs::path& folder, Model& model, AdamW& optimizer) {
  for (const fs::path& checkpoint : CheckpointsOf(folder)) {
    TrainState state;
    try {
      state = ReadManifest(checkpoint);
    } catch (const Error& e) {  // the next older one may be whole
      Warn(fmt::format("the checkpoint {} is not whole; it is put aside as .broken: {}", checkpoint.filename().string(), e.message()));
      fs::rename(checkpoint, checkpoint.string() + ".broken");
      continue;
    }
    LoadWeightsInto(checkpoint, model);
    ReadOptimizer(checkpoint / "optimizer.safetensors", optimizer);
    optimizer.set_num_updates(state.num_updates);
    return state;
  }
  return std::nullopt;
}

std::string WeightsSha256(const Model& model) {
  std::string text;
  VisitWeights(const_cast<Model&>(model), [&](const std::string& name, Weight& weight, const std::vector<int64_t>&) {
    text += name + " " + TensorSha256(weight.value.detach()) + "\n";
  });
  return Sha256Hex(text);
}

void LoadWeightsInto(const fs::path& folder, Model& model) {
  const at::NoGradGuard no_grad;
  std::map<std::string, Tensor> stored;
  const auto loaded = LoadModel(folder, model.norm.value.scalar_type() == at::kBFloat16 ? DType::kBFloat16
                                        : model.norm.value.scalar_type() == at::kHalf   ? DType::kFloat16
                                                                                        : DType::kFloat32);
  VisitWeights(*loaded, [&](const std::string& name, Weight& weight, const std::vector<int64_t>&) { stored[name] = weight.value; });
  VisitWeights(model, [&](const std::string& name, Weight& weight, const std::vector<int64_t>&) {
    const auto it = stored.find(name);
    if (it == stored.end() || it->second.sizes() != weight.value.sizes())
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: {} is not of this model.", folder.string(), name));
    weight.value.copy_(it->second);
  });
}

}  // namespace lingshu
