// See gguf_quantize.h.
#include "checkpoint/gguf_quantize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "base/threads.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/gguf.h"
#include "checkpoint/gguf_config.h"
#include "checkpoint/gguf_writer.h"

namespace lingshu {
namespace {

// Layers where llama.cpp's mixed recipes spend more bits.
bool HasMoreBits(int64_t layer, int64_t layers) {
  return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
}

bool IsWholeRows(BlockFormat format, int64_t columns) { return columns % InfoOf(format).elements == 0; }

BlockFormat StoredFormat(ElementType type, const std::string& name) {
  switch (type) {
    case ElementType::kF32:
      return BlockFormat::kF32;
    case ElementType::kF16:
      return BlockFormat::kF16;
    case ElementType::kBF16:
      return BlockFormat::kBF16;
    default:
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: expected F32, BF16 or F16, found {}.", name, ElementTypeName(type)));
  }
}

// Reads tensors of the folder as float32, cut into parts, and turns a part into blocks.
class PartMaker {
 public:
  explicit PartMaker(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  std::span<const std::byte> Make(const GgufMapping& mapping, const GgufPart& part, BlockFormat format) {
    Load(mapping.tensor.name);
    Cut(mapping, part);
    const int64_t columns = part.shape.back(), rows = static_cast<int64_t>(values_.size()) / columns;
    const int64_t row_bytes = columns / InfoOf(format).elements * InfoOf(format).bytes;
    blocks_.resize(static_cast<size_t>(rows * row_bytes));
    constexpr int64_t kRows = 64;
    ParallelFor((rows + kRows - 1) / kRows, [&](int64_t piece) {
      for (int64_t row = piece * kRows; row < std::min(rows, (piece + 1) * kRows); ++row)
        QuantizeRow(format, values_.data() + row * columns, columns, blocks_.data() + row * row_bytes);
    });
    return blocks_;
  }

 private:
  void Load(const std::string& name) {
    if (name == loaded_) return;  // the next part of the same tensor
    const TensorView& view = *checkpoint_.Find(name);
    std::vector<std::byte> stored(view.bytes.size());
    checkpoint_.Read(name, stored);
    whole_.resize(static_cast<size_t>(view.num_elements()));
    DequantizeRow(StoredFormat(view.dtype, name), stored.data(), view.num_elements(), whole_.data());
    float sum = 0;
    for (const float value : whole_) sum += value - value;
    if (sum != 0) throw Error(ErrorCode::kNonFinite, fmt::format("{}: NaN or Inf.", name));
    loaded_ = name;
  }

  void Cut(const GgufMapping& mapping, const GgufPart& part) {
    const size_t count = whole_.size() / mapping.parts.size(), index = static_cast<size_t>(part.index);
    if (part.kind != GgufPartKind::kFrame) {
      values_.assign(whole_.begin() + static_cast<std::ptrdiff_t>(index * count),
                     whole_.begin() + static_cast<std::ptrdiff_t>((index + 1) * count));
      return;
    }
    const auto plane = static_cast<size_t>(part.shape[2] * part.shape[3]);
    values_.resize(count);
    for (size_t i = 0; i < count / plane; ++i)
      std::memcpy(values_.data() + i * plane, whole_.data() + (i * mapping.parts.size() + index) * plane,
                  plane * sizeof(float));
  }

  const Checkpoint& checkpoint_;
  std::string loaded_;
  std::vector<float> whole_, values_;
  std::vector<std::byte> blocks_;
};

}  // namespace

const std::vector<QuantizeRecipe>& QuantizeRecipes() {
  static const std::vector<QuantizeRecipe> recipes = [] {
    std::vector<QuantizeRecipe> list;
    for (const BlockFormat format : {BlockFormat::kF32, BlockFormat::kF16, BlockFormat::kBF16, BlockFormat::kQ8_0,
                                     BlockFormat::kQ6_K, BlockFormat::kQ4_0, BlockFormat::kQ4_K})
      list.push_back({InfoOf(format).name, format, /*is_mixed=*/false, FileTypeOf(format)});
    list.push_back({"Q4_K_M", BlockFormat::kQ4_K, /*is_mixed=*/true, 15});
    return list;
  }();
  return recipes;
}

const QuantizeRecipe& FindQuantizeRecipe(const std::string& name) {
  std::vector<std::string> known;
  for (const QuantizeRecipe& recipe : QuantizeRecipes()) {
    if (LowerAscii(recipe.name) == LowerAscii(name)) return recipe;
    known.push_back(recipe.name);
  }
  throw Error(ErrorCode::kUsage, fmt::format("no type \"{}\"; known are {}.", name, JoinStrings(known, ", ")));
}

const QuantizeRecipe& VisionRecipeFor(const QuantizeRecipe& language) {
  return FindQuantizeRecipe(InfoOf(language.format).elements > 1 ? "Q8_0" : language.name);
}

BlockFormat FormatOfPart(const GgufPart& part, const QuantizeRecipe& recipe, const ModelConfig& config) {
  if (part.shape.size() != 2) return BlockFormat::kF32;
  const std::string& name = part.name;
  BlockFormat format = recipe.format;
  const bool is_four_bit = format == BlockFormat::kQ4_0 || format == BlockFormat::kQ4_K;
  const bool is_output = name == "output.weight" || (name == "token_embd.weight" && config.text.tie_word_embeddings);
  if (is_four_bit && is_output) format = BlockFormat::kQ6_K;
  if (recipe.is_mixed && name.starts_with("blk.") &&
      (name.ends_with(".attn_v.weight") || name.ends_with(".ffn_down.weight")) &&
      HasMoreBits(std::stoll(name.substr(4)), config.text.num_hidden_layers))
    format = BlockFormat::kQ6_K;
  const int64_t columns = part.shape.back();
  if (!IsWholeRows(format, columns)) format = BlockFormat::kQ8_0;
  return IsWholeRows(format, columns) ? format : BlockFormat::kF16;
}

void QuantizeToGguf(const QuantizePair& pair) {
  const ModelConfig config = LoadModelConfig(pair.model_folder);
  const Checkpoint checkpoint = Checkpoint::Open(pair.model_folder);
  checkpoint.CheckTensors(ExpectedTensors(config));
  const GgufTokenizer tokenizer = ReadGgufTokenizer(pair.model_folder, config.text.vocab_size);
  PartMaker maker(checkpoint);
  std::vector<PendingGgufTensor> language, vision;
  uint64_t done = 0, total = 0;
  const std::vector<GgufMapping> mappings = GgufMappings(config);
  for (const GgufMapping& mapping : mappings)
    for (const GgufPart& part : mapping.parts) {
      const BlockFormat format =
          FormatOfPart(part, mapping.is_vision ? pair.vision_recipe : pair.language_recipe, config);
      total += GgufBytes(format, part.shape);
      (mapping.is_vision ? vision : language).push_back({part.name, format, part.shape, [&, format] {
                                                           CheckInterrupt("quantizing", /*is_kept=*/false);
                                                           const std::span<const std::byte> bytes =
                                                               maker.Make(mapping, part, format);
                                                           done += bytes.size();
                                                           if (pair.progress) pair.progress(done, total);
                                                           return bytes;
                                                         }});
    }
  WriteGguf(pair.vision, VisionMetadata(config, pair.name, pair.vision_recipe.file_type), vision);
  WriteGguf(pair.language, LanguageMetadata(config, tokenizer, pair.name, pair.language_recipe.file_type), language);
}

}  // namespace lingshu
