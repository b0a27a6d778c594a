// StateDict: tensors by name, from safetensors or from a file of torch.save.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "tensor/tensor.h"

namespace lingshu {

// float32 tensors; prefixes that wrappers put before names ("module.", "bert.") are kept.
using StateDict = std::map<std::string, Tensor>;

// model.safetensors (or its shards) of a folder, else pytorch_model.bin.
// Throws Error(kNotFound) naming both, and what the readers throw.
StateDict ReadStateDict(const std::filesystem::path& folder);

// A file that torch.save wrote, zip or older: the tensors of its (possibly nested) dictionaries, names joined by ".".
// Only data are read: a pickle that would call anything but the rebuilding of tensors is refused.
// Throws Error(kNotFound | kCorrupt | kUnsupported).
StateDict ReadTorchFile(const std::filesystem::path& file);

}  // namespace lingshu
