// The weights by name: initialisation, loading and saving are visitors of one list.
#include "model/model.h"

#include <cstring>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/rng.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors_writer.h"
#include "checkpoint/tensors.h"

namespace lingshu {
namespace {

// Which field holds which tensor. Shapes live in one place, checkpoint/tensors.h.
using FieldVisitor = std::function<void(const std::string& name, Weight& weight)>;

void VisitVision(VisionTower& tower, const FieldVisitor& visit) {
  visit("visual.patch_embed.proj.weight", tower.patch_embed);
  for (size_t i = 0; i < tower.blocks.size(); ++i) {
    VisionBlock& block = tower.blocks[i];
    const std::string at = fmt::format("visual.blocks.{}.", i);
    visit(at + "norm1.weight", block.norm1);
    visit(at + "norm2.weight", block.norm2);
    visit(at + "attn.qkv.weight", block.qkv);
    visit(at + "attn.qkv.bias", block.qkv_bias);
    visit(at + "attn.proj.weight", block.proj);
    visit(at + "attn.proj.bias", block.proj_bias);
    visit(at + "mlp.gate_proj.weight", block.mlp.gate_proj);
    visit(at + "mlp.gate_proj.bias", block.mlp.gate_bias);
    visit(at + "mlp.up_proj.weight", block.mlp.up_proj);
    visit(at + "mlp.up_proj.bias", block.mlp.up_bias);
    visit(at + "mlp.down_proj.weight", block.mlp.down_proj);
    visit(at + "mlp.down_proj.bias", block.mlp.down_bias);
  }
  visit("visual.merger.ln_q.weight", tower.ln_q);
  visit("visual.merger.mlp.0.weight", tower.merger0);
  visit("visual.merger.mlp.0.bias", tower.merger0_bias);
  visit("visual.merger.mlp.2.weight", tower.merger2);
  visit("visual.merger.mlp.2.bias", tower.merger2_bias);
}

void VisitLanguage(Model& model, const FieldVisitor& visit) {
  visit("model.embed_tokens.weight", model.embed_tokens);
  for (size_t i = 0; i < model.layers.size(); ++i) {
    DecoderLayer& layer = model.layers[i];
    const std::string at = fmt::format("model.layers.{}.", i);
    visit(at + "input_layernorm.weight", layer.input_layernorm);
    visit(at + "self_attn.q_proj.weight", layer.q_proj);
    visit(at + "self_attn.q_proj.bias", layer.q_bias);
    visit(at + "self_attn.k_proj.weight", layer.k_proj);
    visit(at + "self_attn.k_proj.bias", layer.k_bias);
    visit(at + "self_attn.v_proj.weight", layer.v_proj);
    visit(at + "self_attn.v_proj.bias", layer.v_bias);
    visit(at + "self_attn.o_proj.weight", layer.o_proj);
    visit(at + "post_attention_layernorm.weight", layer.post_attention_layernorm);
    visit(at + "mlp.gate_proj.weight", layer.mlp.gate_proj);
    visit(at + "mlp.up_proj.weight", layer.mlp.up_proj);
    visit(at + "mlp.down_proj.weight", layer.mlp.down_proj);
  }
  visit("model.norm.weight", model.norm);
  if (!model.config.text.tie_word_embeddings) visit("lm_head.weight", model.lm_head);
}

at::ScalarType TorchTypeOf(ElementType type, const std::string& name) {
  switch (type) {
    case ElementType::kF32: return at::kFloat;
    case ElementType::kBF16: return at::kBFloat16;
    case ElementType::kF16: return at::kHalf;
    default:
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: expected F32, BF16 or F16, found {}.", name, ElementTypeName(type)));
  }
}

ElementType ElementTypeOf(at::ScalarType type) {
  switch (type) {
    case at::kBFloat16: return ElementType::kBF16;
    case at::kHalf: return ElementType::kF16;
    default: return ElementType::kF32;
  }
}

bool EndsWith(const std::string& name, const std::string& end) {
  return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

void VisitWeights(Model& model, const WeightVisitor& visit) {
  model.visual.blocks.resize(static_cast<size_t>(model.config.vision.depth));
  model.layers.resize(static_cast<size_t>(model.config.text.num_hidden_layers));
  std::map<std::string, std::vector<int64_t>> shapes;
  for (TensorSpec& spec : ExpectedTensors(model.config))
    if (!spec.is_optional) shapes.emplace(std::move(spec.name), std::move(spec.shape));
  size_t visited = 0;
  const FieldVisitor with_shape = [&](const std::string& name, Weight& weight) {
    const auto shape = shapes.find(name);
    CHECK(shape != shapes.end()) << name << " is not in the table of tensors";
    visit(name, weight, shape->second);
    ++visited;
  };
  VisitVision(model.visual, with_shape);
  VisitLanguage(model, with_shape);
  CHECK(visited == shapes.size()) << "the table has " << shapes.size() << " tensors, the model " << visited;
}

WeightGroup GroupOf(const std::string& weight_name) {
  if (weight_name.rfind("visual.merger.", 0) == 0) return WeightGroup::kMerger;
  return weight_name.rfind("visual.", 0) == 0 ? WeightGroup::kVision : WeightGroup::kLanguage;
}

std::shared_ptr<Model> InitModel(const ModelConfig& config, uint64_t seed) {
  ValidateModelConfig(config, "model config");
  auto model = std::make_shared<Model>();
  model->config = config;
  VisitWeights(*model, [&](const std::string& name, Weight& weight, const std::vector<int64_t>& shape) {
    weight.value = at::zeros(shape, at::kFloat);
    const bool is_norm = shape.size() == 1 && !EndsWith(name, ".bias");
    if (is_norm) weight.value.fill_(1);
    if (shape.size() < 2) return;
    Rng rng(MixSeed({seed, SeedOf(name)}));
    const bool is_text = GroupOf(name) == WeightGroup::kLanguage;
    const double std = is_text ? config.text.initializer_range : config.vision.initializer_range;
    float* values = weight.value.data_ptr<float>();
    for (int64_t i = 0; i < weight.value.numel(); ++i) values[i] = static_cast<float>(rng.Normal(0, std));
  });
  return model;
}

std::shared_ptr<Model> LoadModel(const fs::path& folder, DType dtype) {
  if (fs::is_regular_file(folder))
    throw Error(ErrorCode::kUsage, fmt::format("{}: expected a Hugging Face folder, found a file.\nHINT: GGUF files answer (generate, eval), they are not trained.", folder.string()));
  auto model = std::make_shared<Model>();
  model->config = LoadModelConfig(folder);
  const Checkpoint checkpoint = Checkpoint::Open(folder);
  checkpoint.CheckTensors(ExpectedTensors(model->config));
  std::string broken;
  VisitWeights(*model, [&](const std::string& name, Weight& weight, const std::vector<int64_t>& shape) {
    const TensorView& view = *checkpoint.Find(name);
    Tensor stored = at::empty(shape, TorchTypeOf(view.dtype, name));
    checkpoint.Read(name, {static_cast<std::byte*>(stored.data_ptr()), stored.nbytes()});
    weight.value = stored.to(TorchType(dtype));
    if (!at::isfinite(weight.value.sum(at::kFloat)).item<bool>() && !at::isfinite(weight.value).all().item<bool>())
      broken += "\n  " + name;
  });
  if (!broken.empty())  // as a list, like everything else that is wrong with tensors
    throw Error(ErrorCode::kNonFinite, fmt::format("{}: NaN or Inf in{}", folder.string(), broken));
  return model;
}

void SaveModel(const Model& model, const fs::path& folder, const fs::path& tokenizer_folder) {
  MakeFolder(folder);
  std::vector<PendingTensor> pending;
  VisitWeights(const_cast<Model&>(model), [&](const std::string& name, Weight& weight, const std::vector<int64_t>& shape) {
    if (!weight.value.defined())
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: packed weights are not written as a folder.\nHINT: keep the folder that they were made from.", name));
    const Tensor value = weight.value.detach().cpu().contiguous();
    pending.push_back({name, ElementTypeOf(value.scalar_type()), shape, [value] {
                         return std::span<const std::byte>(static_cast<const std::byte*>(value.data_ptr()), value.nbytes());
                       }});
  });
  WriteCheckpoint(folder, std::move(pending));
  SaveModelConfig(model.config, folder);
  if (tokenizer_folder.empty()) return;
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt", "chat_template.json", "chat_template.jinja"})
    if (fs::exists(tokenizer_folder / name)) WriteFileAtomic(folder / name, ReadFile(tokenizer_folder / name));
}

}  // namespace lingshu
