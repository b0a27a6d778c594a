#include "encoder/chexbert_labeler.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "checkpoint/tensors.h"
#include "score/medevalkit.h"

namespace lingshu {
namespace {

constexpr int64_t kMaxTokens = 512;

// bert-base-uncased, which the labeller was trained from; its config.json says the same.
EncoderConfig BaseConfig() {
  return {.family = EncoderFamily::kBert, .vocab_size = 30522, .hidden_size = 768, .num_hidden_layers = 12, .num_attention_heads = 12, .intermediate_size = 3072,
          .embedding_size = 768};
}

// Names as the model has them: without what DataParallel and the training loop put before them.
StateDict ReadLabeler(const std::filesystem::path& file) {
  StateDict weights;
  const StateDict raw = file.extension() == ".safetensors" ? ReadStateDict(file.parent_path()) : ReadTorchFile(file);
  for (const auto& [name, tensor] : raw) {
    std::string plain = name;
    for (const std::string_view prefix : {"model_state_dict.", "module."})
      if (plain.starts_with(prefix)) plain.erase(0, prefix.size());
    weights[plain] = tensor;
  }
  return weights;
}

Weight HeadAt(const StateDict& weights, const std::string& name, at::IntArrayRef shape, const std::filesystem::path& file) {
  const auto it = weights.find(name);
  if (it == weights.end() || it->second.sizes() != shape)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: {} is missing or not {}.", file.string(), name, ShapeText(shape.vec())));
  return {it->second};
}

}  // namespace

ChexbertLabeler::ChexbertLabeler(const std::filesystem::path& bert_folder, const std::filesystem::path& weights) {
  tokenizer_ = EncoderTokenizer::Load(bert_folder);
  StateDict tensors = ReadLabeler(weights);
  EncoderConfig config = IsFile(bert_folder / "config.json") ? ReadEncoderConfig(bert_folder) : BaseConfig();
  for (int i = 0; i < kNumChexbertLabels; ++i) {
    const int64_t num_classes = i + 1 < kNumChexbertLabels ? 4 : 2;
    heads_.push_back(HeadAt(tensors, fmt::format("linear_heads.{}.weight", i), {num_classes, config.hidden_size}, weights));
    head_biases_.push_back(HeadAt(tensors, fmt::format("linear_heads.{}.bias", i), {num_classes}, weights));
  }
  encoder_ = std::make_unique<const Encoder>(std::move(config), std::move(tensors), weights.string());
}

ChexbertOutput ChexbertLabeler::Label(const std::string& report) const {
  const at::NoGradGuard no_grad;
  const std::string text = JoinStrings(PythonSplit(report), " ");
  const Tensor cls = encoder_->Forward(tokenizer_->Encode(text, std::min(kMaxTokens, encoder_->config().max_tokens()))).back()[0].contiguous();
  ChexbertOutput output;
  const float* data = cls.const_data_ptr<float>();
  output.cls.assign(data, data + cls.size(0));
  for (size_t i = 0; i < heads_.size(); ++i)
    output.classes[i] = static_cast<ChexbertClass>(Linear(cls.unsqueeze(0), heads_[i], head_biases_[i]).argmax(-1).item<int64_t>());
  return output;
}

}  // namespace lingshu
