// Models from GGUF pairs and in 16 bits against the same model in float32: what the formats lose and nothing more.
#include "model/open_model.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "batch/fixtures.h"
#include "batch/pack.h"
#include "checkpoint/gguf_model.h"
#include "checkpoint/gguf_writer.h"
#include "checkpoint/random_weights.h"
#include "kernels/packed_matrix.h"

namespace lingshu {
namespace {

// A folder with random weights and a trained tokenizer; matrices have rows of 256, but the vision MLP's of 40.
struct Folder {
  fs::path path;
  ModelConfig config;

  Folder(const std::string& name, bool is_tied) : path(fs::path(testing::TempDir()) / ("lingshu_open_" + name)) {
    fs::remove_all(path);
    MakeFolder(path);
    TrainTokenizer({{"the lung is clear", 9}, {"the heart is large", 5}, {"a clear lung", 4}}, 300, path);
    const auto tokenizer = Tokenizer::Load(path);
    config.text = {.vocab_size = 320, .hidden_size = 256, .intermediate_size = 512, .num_hidden_layers = 3, .num_attention_heads = 4,
                   .num_key_value_heads = 2, .max_position_embeddings = 1000, .mrope_section = {8, 12, 12}, .tie_word_embeddings = is_tied};
    config.vision = {.depth = 4, .hidden_size = 64, .num_heads = 2, .intermediate_size = 40, .out_hidden_size = 256, .patch_size = 4,
                     .window_size = 32, .fullatt_block_indexes = {1, 3}};
    config.image_token_id = tokenizer->Id("<|image_pad|>");
    config.video_token_id = tokenizer->Id("<|video_pad|>");
    config.vision_start_token_id = tokenizer->Id("<|vision_start|>");
    config.vision_end_token_id = tokenizer->Id("<|vision_end|>");
    config.bos_token_id = config.pad_token_id = tokenizer->Id("<|endoftext|>");
    config.eos_token_ids = {tokenizer->Id("<|im_end|>"), tokenizer->Id("<|endoftext|>")};
    const auto model = InitModel(config, 1);
    VisitWeights(*model, [](const std::string& weight, Weight& value, const std::vector<int64_t>& shape) {
      FillRandom(weight, shape, value.value.data_ptr<float>());
    });
    SaveModel(*model, path);
  }
  fs::path Quantize(const std::string& type, const std::string& mmproj_type, const std::string& mmproj = "mmproj.gguf") const {
    QuantizeToGguf({.model_folder = path, .language = path / "m.gguf", .vision = path / mmproj, .language_recipe = FindQuantizeRecipe(type),
                    .vision_recipe = FindQuantizeRecipe(mmproj_type), .name = "tiny"});
    return path / "m.gguf";
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

// Logits of every token of an example with an image.
Tensor LogitsOf(const Model& model) {
  const at::NoGradGuard no_grad;
  const Example example = TinyExample(model.config, {TinyImage(model.config, 8, 12, 1)}, 21, 1, 5);
  return Logits(model, ForwardBatch(model, PackExamples({&example}, model.config, false))).to(at::kFloat);
}

double Divergence(const Tensor& exact, const Tensor& approximate) {  // mean KL
  const Tensor p = exact.log_softmax(-1), q = approximate.log_softmax(-1);
  return (p.exp() * (p - q)).sum(-1).mean().item<double>();
}

TEST(OpenModel, AnF32PairGivesTheFoldersBits) {
  for (const bool is_tied : {true, false}) {
    const Folder folder(is_tied ? "tied" : "untied", is_tied);
    const OpenedModel opened = OpenForAnswers({folder.Quantize("F32", "F32")});
    EXPECT_TRUE(at::equal(LogitsOf(*opened.model), LogitsOf(*LoadModel(folder.path))));
  }
}

// The quantized weights as float32 tensors give what the packed ones give but for int8 activations: 0.5 % a product, some
// 3 % of the logits' deviation after seven layers.
TEST(OpenModel, QuantizedPairsGiveTheNumbersOfTheirWeights) {
  const Folder folder("quantized", /*is_tied=*/true);
  for (const char* type : {"Q8_0", "Q4_0", "Q4_K", "Q6_K", "Q4_K_M", "F16", "BF16"}) {
    const fs::path file = folder.Quantize(type, type[0] == 'Q' ? "Q8_0" : type);
    const auto packed = OpenForAnswers({file}).model;
    EXPECT_TRUE(packed->embed_tokens.packed && packed->layers[2].mlp.down_proj.packed && packed->visual.blocks[3].qkv.packed) << type;
    const GgufModel stored = GgufModel::Open(file, folder.path / "mmproj.gguf");
    const auto plain = InitModel(folder.config, 1);
    VisitWeights(*plain, [&](const std::string& name, Weight& weight, const std::vector<int64_t>&) {
      stored.ReadFloats(name, weight.value.data_ptr<float>());
    });
    const Tensor ours = LogitsOf(*packed), exact = LogitsOf(*plain);
    const double error = ((ours - exact).norm() / exact.norm()).item<double>();
    EXPECT_LT(error, type[0] == 'Q' ? 0.06 : 2e-5) << type;
    EXPECT_GT(error, 0) << type << " was not packed";
    EXPECT_LT(Divergence(LogitsOf(*LoadModel(folder.path)), ours), 0.1) << type;
  }
}

TEST(OpenModel, AFolderInSixteenBitsIsItsRoundedSelf) {
  const Folder folder("sixteen", /*is_tied=*/false);
  for (const DType dtype : {DType::kBFloat16, DType::kFloat16}) {
    const auto packed = OpenForAnswers({folder.path, "", dtype}).model;
    const auto rounded = LoadModel(folder.path);
    VisitWeights(*rounded, [&](const std::string&, Weight& weight, const std::vector<int64_t>& shape) {
      if (shape.size() == 2) weight.value = weight.value.to(TorchType(dtype)).to(at::kFloat);
    });
    const Tensor exact = LogitsOf(*rounded);
    EXPECT_LT(((LogitsOf(*packed) - exact).norm() / exact.norm()).item<double>(), 2e-5);  // another order of float32 sums
  }
}

TEST(OpenModel, TheFilesTokenizerIsTheFolders) {
  const Folder folder("tokenizer", /*is_tied=*/true);
  const auto theirs = Tokenizer::Load(folder.path), ours = OpenForAnswers({folder.Quantize("Q8_0", "F16")}).tokenizer;
  for (const std::string text : {"the heart is clear", "Ünïcödé 123\n\n x", "<|im_end|> <|image_pad|>", "  lung's  "}) {
    EXPECT_EQ(ours->Encode(text), theirs->Encode(text)) << text;
    EXPECT_EQ(ours->EncodeTrusted(text), theirs->EncodeTrusted(text)) << text;
    EXPECT_EQ(ours->Decode(ours->EncodeTrusted(text)), theirs->Decode(theirs->EncodeTrusted(text))) << text;
  }
  EXPECT_EQ(ours->chat_template().source, theirs->chat_template().source);
  EXPECT_EQ(ours->chat_template().eos_token, theirs->chat_template().eos_token);
  // GGUF calls every "<|…|>" a control token, also those that Qwen's folders do not call special ("<|fim_pad|>").
  for (int64_t id = 0; id < 320; ++id)
    EXPECT_EQ(ours->IsSpecial(id), theirs->IsSpecial(id) || (id < theirs->vocab_size() && theirs->Bytes(id).starts_with("<|"))) << id;
}

TEST(OpenModel, TheMmprojBesideIsFoundUnlessThereAreTwo) {
  const Folder folder("beside", /*is_tied=*/true);
  const fs::path file = folder.Quantize("F16", "F16");
  EXPECT_TRUE(OpenForAnswers({file}).model->has_vision());
  folder.Quantize("F16", "Q8_0", "mmproj-other.gguf");
  const std::string failure = Failure([&] { OpenForAnswers({file}); });
  EXPECT_NE(failure.find("mmproj-other.gguf"), std::string::npos) << failure;
  EXPECT_NE(failure.find("--mmproj"), std::string::npos) << failure;
  EXPECT_TRUE(OpenForAnswers({file, folder.path / "mmproj-other.gguf"}).model->has_vision());
}

TEST(OpenModel, WithoutAnMmprojTextIsReadAndImagesAreRefused) {
  const Folder folder("alone", /*is_tied=*/true);
  const fs::path file = folder.Quantize("Q4_K", "F16");
  const auto both = OpenForAnswers({file}).model;
  fs::remove(folder.path / "mmproj.gguf");
  const auto alone = OpenForAnswers({file}).model;
  const Example text = TinyExample(folder.config, {}, 12, 1, 3);
  const auto logits = [&](const Model& model) {
    const at::NoGradGuard no_grad;
    return Logits(model, ForwardBatch(model, PackExamples({&text}, model.config, false)));
  };
  EXPECT_TRUE(at::equal(logits(*alone), logits(*both)));
  EXPECT_NE(Failure([&] { LogitsOf(*alone); }).find("--mmproj"), std::string::npos);
}

TEST(OpenModel, BrokenNumbersAreListedTogether) {
  const Folder folder("broken", /*is_tied=*/true);
  const fs::path file = folder.Quantize("Q8_0", "F16");
  const GgufFile own = GgufFile::Open(file);
  std::vector<std::vector<std::byte>> copies;
  std::vector<PendingGgufTensor> tensors;
  for (const GgufTensor& tensor : own.tensors()) {
    copies.emplace_back(tensor.bytes.begin(), tensor.bytes.end());
    if (tensor.name == "blk.1.ffn_up.weight") copies.back()[34 * 7] = copies.back()[34 * 7 + 1] = std::byte{0x7E};
    if (tensor.name == "blk.2.attn_norm.weight") std::fill_n(copies.back().begin() + 8, 4, std::byte{0xFF});
  }
  for (size_t i = 0; i < copies.size(); ++i)
    tensors.push_back({own.tensors()[i].name, own.tensors()[i].format, own.tensors()[i].shape, [&copies, i] { return std::span<const std::byte>(copies[i]); }});
  WriteGguf(folder.path / "b.gguf", own.metadata(), tensors);
  const std::string failure = Failure([&] { OpenForAnswers({folder.path / "b.gguf"}); });
  EXPECT_NE(failure.find("model.layers.1.mlp.up_proj.weight"), std::string::npos) << failure;
  EXPECT_NE(failure.find("model.layers.2.input_layernorm.weight"), std::string::npos) << failure;
}

TEST(OpenModel, MetadataOutOfRangeIsOneError) {
  const Folder folder("range", /*is_tied=*/true);
  const GgufFile own = GgufFile::Open(folder.Quantize("F16", "F16"));
  for (const char* key : {"qwen2vl.attention.head_count", "qwen2vl.block_count", "qwen2vl.attention.head_count_kv"}) {
    GgufMetadata metadata;
    for (const auto& [name, value] : own.metadata().entries())
      if (!name.starts_with("lingshu.")) metadata.Append(name, name == key ? GgufValue::OfInt(GgufType::kU32, 0) : value);
    std::vector<PendingGgufTensor> tensors;
    for (const GgufTensor& tensor : own.tensors()) tensors.push_back({tensor.name, tensor.format, tensor.shape, [&] { return tensor.bytes; }});
    WriteGguf(folder.path / "zero.gguf", metadata, tensors);
    EXPECT_NE(Failure([&] { OpenForAnswers({folder.path / "zero.gguf"}); }).find("zero.gguf"), std::string::npos) << key;
  }
}

TEST(OpenModel, TrainingRefusesWhatIsPacked) {
  const Folder folder("refused", /*is_tied=*/true);
  const fs::path file = folder.Quantize("Q8_0", "F16");
  EXPECT_NE(Failure([&] { LoadModel(file); }).find("expected a Hugging Face folder"), std::string::npos);
  EXPECT_NE(Failure([&] { SaveModel(*OpenForAnswers({file}).model, folder.path / "again"); }).find("packed weights"), std::string::npos);
}

TEST(RandomPackedModel, HasTheRecipesFormatsAndFiniteLogits) {
  const Folder folder("random", /*is_tied=*/false);
  for (const char* type : {"Q8_0", "Q4_0", "Q4_K_M", "Q6_K", "BF16", "F16", "F32"}) {
    const QuantizeRecipe& recipe = FindQuantizeRecipe(type);
    const auto model = RandomPackedModel(folder.config, {recipe, VisionRecipeFor(recipe)});
    const Tensor logits = LogitsOf(*model);
    EXPECT_TRUE(at::isfinite(logits).all().item<bool>()) << type;
    EXPECT_GT(logits.std().item<double>(), 0.1) << type;
    EXPECT_LT(logits.std().item<double>(), 10) << type;
    if (type[1] != '4') continue;
    ASSERT_TRUE(model->lm_head.packed) << type;
    EXPECT_EQ(model->lm_head.packed->format, BlockFormat::kQ6_K) << type;
  }
}

}  // namespace
}  // namespace lingshu
