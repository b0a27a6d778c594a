// Facts about pairs of GGUF files: names, metadata, tokenizer, and Hugging Face → GGUF → the same configuration and
// tensors.
#include "checkpoint/gguf_model.h"

#include <cmath>
#include <memory>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/gguf_quantize.h"
#include "checkpoint/gguf_writer.h"
#include "checkpoint/inspect_weights.h"
#include "checkpoint/random_weights.h"
#include "checkpoint/safetensors_writer.h"
#include "text/tokenizer.h"

namespace lingshu {
namespace {

constexpr int64_t kVocab = 320;

// Rows of 256 in the language model, of 64 in the vision tower, whose MLP has odd 40.
ModelConfig Tiny(bool is_tied) {
  ModelConfig config;
  config.text = {.vocab_size = kVocab,
                 .hidden_size = 256,
                 .intermediate_size = 512,
                 .num_hidden_layers = 3,
                 .num_attention_heads = 4,
                 .num_key_value_heads = 2,
                 .max_position_embeddings = 1000,
                 .mrope_section = {8, 12, 12},
                 .tie_word_embeddings = is_tied};
  config.vision = {.depth = 4,
                   .hidden_size = 64,
                   .num_heads = 2,
                   .intermediate_size = 40,
                   .out_hidden_size = 256,
                   .window_size = 56,
                   .fullatt_block_indexes = {1, 3},
                   .tokens_per_second = 4};
  config.processor = {.min_pixels = 12544, .max_pixels = 12544};
  return config;
}

// A folder with random weights, a trained tokenizer and its ids.
struct Folder {
  fs::path path;
  ModelConfig config;
  Folder(const std::string& name, bool is_tied)
      : path(fs::path(testing::TempDir()) / ("lingshu_pair_" + name)), config(Tiny(is_tied)) {
    fs::remove_all(path);
    MakeFolder(path);
    TrainTokenizer({{"the lung is clear", 9}, {"the heart is large", 5}, {"a clear lung", 4}}, 300, path);
    const auto tokenizer = Tokenizer::Load(path);
    config.image_token_id = tokenizer->Id("<|image_pad|>");
    config.video_token_id = tokenizer->Id("<|video_pad|>");
    config.vision_start_token_id = tokenizer->Id("<|vision_start|>");
    config.vision_end_token_id = tokenizer->Id("<|vision_end|>");
    config.bos_token_id = config.pad_token_id = tokenizer->Id("<|endoftext|>");
    config.eos_token_ids = {tokenizer->Id("<|im_end|>"), tokenizer->Id("<|endoftext|>")};
    SaveModelConfig(config, path);
    std::vector<PendingTensor> tensors;
    for (const TensorSpec& spec : ExpectedTensors(config)) {
      if (spec.is_optional) continue;
      int64_t count = 1;
      for (const int64_t size : spec.shape) count *= size;
      const auto values = std::make_shared<std::vector<float>>(static_cast<size_t>(count));
      FillRandom(spec.name, spec.shape, values->data());
      tensors.push_back(
          {spec.name, ElementType::kF32, spec.shape, [values] { return std::as_bytes(std::span(*values)); }});
    }
    WriteCheckpoint(path, std::move(tensors));
  }
  GgufModel Quantize(const std::string& language, const std::string& vision) const {
    QuantizeToGguf({.model_folder = path,
                    .language = path / "m.gguf",
                    .vision = path / "mmproj.gguf",
                    .language_recipe = FindQuantizeRecipe(language),
                    .vision_recipe = FindQuantizeRecipe(vision),
                    .name = "tiny"});
    return GgufModel::Open(path / "m.gguf", path / "mmproj.gguf");
  }
};

std::string Failure(const std::function<void()>& function) {
  try {
    function();
  } catch (const Error& e) {
    return e.message();
  }
  return "no error";
}

// Largest relative error (of the norm) over all tensors.
double WorstError(const Folder& folder, const GgufModel& model) {
  const Checkpoint checkpoint = Checkpoint::Open(folder.path);
  double worst = 0;
  for (const std::string& name : checkpoint.names()) {
    const auto count = static_cast<size_t>(checkpoint.Find(name)->num_elements());
    std::vector<float> expected(count), found(count, NAN);
    checkpoint.Read(name, std::as_writable_bytes(std::span(expected)));
    model.ReadFloats(name, found.data());
    double error = 0, norm = 0;
    for (size_t i = 0; i < count; ++i) error += std::pow(expected[i] - found[i], 2), norm += std::pow(expected[i], 2);
    EXPECT_FALSE(std::isnan(error)) << name;
    worst = std::max(worst, std::sqrt(error / norm));
  }
  return worst;
}

TEST(GgufModel, F32PairIsTheSameModel) {
  for (const bool is_tied : {false, true}) {
    const Folder folder(is_tied ? "tied" : "untied", is_tied);
    const GgufModel model = folder.Quantize("F32", "F32");
    EXPECT_EQ(DumpJson(ToJson(model.config())), DumpJson(ToJson(LoadModelConfig(folder.path))));
    EXPECT_EQ(WorstError(folder, model), 0);
    EXPECT_EQ(model.Parts("lm_head.weight").size(), is_tied ? 0 : 1);
    EXPECT_EQ(TokenizerOf(model.language().metadata()), ReadGgufTokenizer(folder.path, kVocab));
  }
}

// What files of others say is enough, but for what only "lingshu.config" can hold.
TEST(GgufModel, MetadataOfLlamaCppAloneGiveTheConfiguration) {
  const Folder folder("foreign", /*is_tied=*/true);
  folder.Quantize("F16", "F16");
  const fs::path stripped = folder.path / "stripped.gguf";
  const GgufFile own = GgufFile::Open(folder.path / "m.gguf");
  GgufMetadata metadata;
  for (const auto& [key, value] : own.metadata().entries())
    if (!key.starts_with("lingshu.")) metadata.Append(key, value);
  std::vector<PendingGgufTensor> tensors;
  for (const GgufTensor& tensor : own.tensors())
    tensors.push_back({tensor.name, tensor.format, tensor.shape, [&] { return tensor.bytes; }});
  WriteGguf(stripped, metadata, tensors);
  ModelConfig expected = folder.config;
  expected.vision.tokens_per_second = VisionConfig{}.tokens_per_second;  // llama.cpp reads no videos
  EXPECT_EQ(DumpJson(ToJson(GgufModel::Open(stripped, folder.path / "mmproj.gguf").config())),
            DumpJson(ToJson(expected)));
}

TEST(GgufModel, NamesAreLlamaCpps) {
  const Folder folder("names", /*is_tied=*/false);
  const GgufModel model = folder.Quantize("Q8_0", "F16");
  for (const char* name :
       {"token_embd.weight", "output_norm.weight", "output.weight", "blk.2.attn_norm.weight", "blk.0.attn_q.weight",
        "blk.0.attn_k.bias", "blk.1.attn_output.weight", "blk.1.ffn_norm.weight", "blk.1.ffn_down.weight"})
    EXPECT_NE(model.language().Find(name), nullptr) << name;
  for (const char* name : {"v.patch_embd.weight", "v.patch_embd.weight.1", "v.blk.3.ln1.weight",
                           "v.blk.3.attn_q.weight", "v.blk.3.attn_v.bias", "v.blk.0.attn_out.weight",
                           "v.blk.0.ffn_gate.bias", "v.post_ln.weight", "mm.0.weight", "mm.2.bias"})
    EXPECT_NE(model.vision().Find(name), nullptr) << name;
  EXPECT_EQ(model.vision().Find("v.patch_embd.weight.1")->shape, (std::vector<int64_t>{64, 3, 14, 14}));
  EXPECT_EQ(model.vision().Find("v.blk.0.attn_k.weight")->shape, (std::vector<int64_t>{64, 64}));
  EXPECT_EQ(model.vision().metadata().GetInt("clip.vision.n_wa_pattern"), 2);
  EXPECT_EQ(model.language().metadata().FindInts("qwen2vl.rope.dimension_sections"),
            (std::vector<int64_t>{8, 12, 12, 0}));
  EXPECT_EQ(model.Parts("visual.blocks.0.attn.qkv.weight").size(), 3);
}

// Uniform numbers: a step of 2 a / 254 gives sqrt(1/12) · step / (a / sqrt(3)) = 0.0039 for 8 bits; 4 bits by
// measurement.
TEST(GgufModel, RecipesChooseFormatsAndKeepTheNumbers) {
  const Folder folder("recipes", /*is_tied=*/true);
  const auto format = [](const GgufModel& model, const char* name) {
    return InfoOf(model.language().Find(name)->format).name;
  };
  const GgufModel eight = folder.Quantize("Q8_0", "Q8_0");
  EXPECT_LT(WorstError(folder, eight), 0.0045);
  EXPECT_EQ(eight.vision().Find("v.blk.0.ffn_up.weight")->format, BlockFormat::kQ8_0);
  EXPECT_EQ(eight.vision().Find("v.blk.0.ffn_down.weight")->format, BlockFormat::kF16);  // rows of 40
  EXPECT_EQ(eight.vision().Find("v.patch_embd.weight")->format, BlockFormat::kF32);
  const GgufModel four = folder.Quantize("q4_k", "Q8_0");
  EXPECT_LT(WorstError(folder, four), 0.07);
  EXPECT_STREQ(format(four, "token_embd.weight"), "Q6_K");  // tied: it is the output matrix
  EXPECT_STREQ(format(four, "blk.2.ffn_down.weight"), "Q4_K");
  EXPECT_STREQ(format(four, "blk.2.attn_k.bias"), "F32");
  const GgufModel mixed = folder.Quantize("Q4_K_M", "Q8_0");
  EXPECT_STREQ(format(mixed, "blk.0.ffn_down.weight"), "Q4_K");
  EXPECT_STREQ(format(mixed, "blk.2.ffn_down.weight"), "Q6_K");
  EXPECT_STREQ(format(mixed, "blk.2.attn_v.weight"), "Q6_K");
  EXPECT_STREQ(format(mixed, "blk.2.attn_q.weight"), "Q4_K");
  EXPECT_LT(WorstError(folder, folder.Quantize("Q4_0", "F16")), 0.09);
  EXPECT_NE(Failure([&] { FindQuantizeRecipe("Q3_K"); }).find("known are F32, F16, BF16, Q8_0"), std::string::npos);
}

TEST(InspectWeights, CountsParametersAndBytesByType) {
  const Folder folder("inspect", /*is_tied=*/true);
  folder.Quantize("Q8_0", "F16");
  const Json file = InspectWeights(folder.path / "m.gguf"), whole = InspectWeights(folder.path);
  EXPECT_EQ(file["format"], "gguf");
  EXPECT_EQ(file["metadata"]["qwen2vl.block_count"], 3);
  EXPECT_EQ(file["metadata"]["tokenizer.ggml.tokens"], "320 of string");
  EXPECT_EQ(file["metadata"]["tokenizer.ggml.add_bos_token"], false);
  EXPECT_EQ(file["tensors"]["blk.0.ffn_up.weight"],
            (Json{{"dtype", "Q8_0"}, {"shape", {512, 256}}, {"bytes", 512 * 256 / 32 * 34}}));
  EXPECT_EQ(file["types"]["Q8_0"]["tensors"], 1 + 3 * 7);
  const Json vision = InspectWeights(folder.path / "mmproj.gguf");
  EXPECT_EQ(file["parameters"].get<int64_t>() + vision["parameters"].get<int64_t>(), CountParameters(folder.config));
  EXPECT_EQ(whole["parameters"], CountParameters(folder.config));
  EXPECT_EQ(InspectWeights(folder.path / "model.safetensors")["bytes"], 4 * CountParameters(folder.config));
}

TEST(GgufModel, PairsThatDoNotBelongTogetherAreRefused) {
  const Folder a("belongs", /*is_tied=*/true);
  a.Quantize("F16", "F16");
  EXPECT_NE(Failure([&] {
              GgufModel::Open(a.path / "mmproj.gguf", a.path / "m.gguf");
            }).find("general.architecture is \"clip\""),
            std::string::npos);
  Folder b("belongs_not", /*is_tied=*/true);
  b.config.vision.depth = 5;
  b.config.vision.fullatt_block_indexes = {1, 3};
  SaveModelConfig(b.config, b.path);
  EXPECT_NE(Failure([&] { b.Quantize("F16", "F16"); }).find("visual.blocks.4"), std::string::npos);
}

// The released tokenizer as GGUF equals what llama.cpp ships of its vocabulary, when the shared data are at hand.
TEST(GgufTokenizer, EqualsLlamaCppsVocabulary) {
  const fs::path folder = "../shared/data/qwen25vl_tokenizer",
                 vocabulary = "../shared/data/qwen_gguf_vocab/ggml-vocab-qwen2.gguf";
  if (!IsFile(vocabulary) || !fs::exists(folder)) GTEST_SKIP();
  const GgufTokenizer ours = ReadGgufTokenizer(folder, 152064),
                      theirs = TokenizerOf(GgufFile::Open(vocabulary).metadata());
  EXPECT_EQ(ours.merges, theirs.merges);
  ASSERT_EQ(ours.tokens.size(), 152064);
  for (size_t i = 0; i < 151646; ++i) ASSERT_EQ(ours.tokens[i], theirs.tokens[i]) << i;
  EXPECT_EQ(ours.tokens[151655], "<|image_pad|>");
  EXPECT_EQ(ours.token_types[151655], 3);
  EXPECT_EQ(ours.tokens[151657], "<tool_call>");
  EXPECT_EQ(ours.token_types[151657], 4);
  EXPECT_EQ(ours.tokens[152000], "[PAD152000]");
  EXPECT_EQ(ours.Id("<|im_end|>"), 151645);
  EXPECT_FALSE(ours.chat_template.empty());
}

}  // namespace
}  // namespace lingshu
