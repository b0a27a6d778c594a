// GgufModel: the two GGUF files of a Qwen2.5-VL model seen under the checkpoint's names.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/gguf_config.h"
#include "checkpoint/gguf_names.h"

namespace lingshu {

// Const after Open and shared by threads; owns the mappings that its views point into.
class GgufModel {
 public:
  // Throws what GgufFile::Open and GgufModelConfig do, and one Error(kCorrupt) that lists all missing, extra and
  // misshapen tensors of both files. Without `vision` the model only reads text.
  static GgufModel Open(const std::filesystem::path& language, const std::filesystem::path& vision = {});

  const ModelConfig& config() const { return config_; }
  const GgufFile& language() const { return language_; }
  bool has_vision() const { return vision_.has_value(); }
  const GgufFile& vision() const { return vision_.value(); }  // REQUIRES: has_vision()

  // By the checkpoint's name ("model.layers.0.mlp.up_proj.weight"); empty when absent. A matrix is one part, or several
  // whose rows lie one below the other (attn.qkv), so that each can stay in its format; a patch embedding is one part
  // per frame.
  std::vector<const GgufTensor*> Parts(std::string_view name) const;
  // The file that holds the parts.
  const GgufFile& FileOf(std::string_view name) const { return FileOf(mappings_.find(name)->second); }
  // The whole tensor as float32 in the checkpoint's layout. REQUIRES: Parts(name) is not empty; out has all elements.
  void ReadFloats(std::string_view name, float* out) const;

 private:
  GgufModel(GgufFile language, std::optional<GgufFile> vision) : language_(std::move(language)), vision_(std::move(vision)) {}
  void CheckTensors() const;
  const GgufFile& FileOf(const GgufMapping& mapping) const { return mapping.is_vision ? *vision_ : language_; }
  GgufFile language_;
  std::optional<GgufFile> vision_;
  ModelConfig config_;
  std::map<std::string, GgufMapping, std::less<>> mappings_;
};

}  // namespace lingshu
