// What answers come from: a Hugging Face folder, or a GGUF language model with its mmproj.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/gguf_quantize.h"
#include "model/model.h"
#include "text/tokenizer.h"

namespace lingshu {

struct ModelFiles {
  std::filesystem::path model;        // a folder or FILE.gguf
  std::filesystem::path mmproj = {};  // of a GGUF model; when empty, the only mmproj*.gguf beside it, if there is one
  DType dtype = DType::kFloat32;      // of a folder's matrices; GGUF files say it themselves
};

struct OpenedModel {
  std::shared_ptr<const Model> model;
  std::shared_ptr<const Tokenizer> tokenizer;
  std::filesystem::path mmproj = {};  // that was read, of a GGUF model
};

// A model that only answers: on the CPU, matrices that are quantized or of 16 bits are packed (Weight::packed) and everything
// else is float32, so activations are float32 whatever dtype says. A GGUF model without an mmproj reads text alone.
// Throws what LoadModel, GgufModel::Open and Tokenizer::Load do; Error(kUsage) when several mmproj files are there to choose from.
OpenedModel OpenForAnswers(const ModelFiles& files);

// ModelFingerprint of the model and, behind a "+", of the mmproj that was read.
std::string FingerprintOf(const std::filesystem::path& model, const OpenedModel& opened);

bool IsGguf(const std::filesystem::path& path);  // by its ending

// The weights alone: of a GGUF pair (an mmproj of "" leaves the vision tower empty); of a folder, in the formats that
// `lingshu quantize` would give them; random ones in those formats, made in place, for measuring speed.
std::shared_ptr<Model> LoadGgufModel(const std::filesystem::path& language, const std::filesystem::path& mmproj);
struct PackedRecipes {
  QuantizeRecipe language, vision;
};
std::shared_ptr<Model> LoadPackedModel(const std::filesystem::path& folder, const PackedRecipes& recipes);
std::shared_ptr<Model> RandomPackedModel(const ModelConfig& config, const PackedRecipes& recipes);

}  // namespace lingshu
