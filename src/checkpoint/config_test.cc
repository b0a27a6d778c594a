// Facts about reading, checking and writing model configurations.
#include "checkpoint/config.h"

#include <cstdlib>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "checkpoint/tensors.h"

namespace lingshu {
namespace {

fs::path Fresh(const std::string& name) {
  const fs::path folder = fs::path(testing::TempDir()) / ("lingshu_config_" + name);
  fs::remove_all(folder);
  MakeFolder(folder);
  return folder;
}

fs::path DataFolder() {
  const char* set = std::getenv("LINGSHU_DATA");
  return set != nullptr ? set : "../shared/data";
}

Json FlatConfig() {
  return Json::parse(R"({"model_type": "qwen2_5_vl", "hidden_act": "silu", "hidden_size": 192, "intermediate_size": 512,
    "num_hidden_layers": 2, "num_attention_heads": 6, "num_key_value_heads": 2, "vocab_size": 512, "rms_norm_eps": 1e-06,
    "max_position_embeddings": 4096, "rope_theta": 1000000.0, "rope_scaling": {"type": "mrope", "mrope_section": [4, 6, 6]},
    "tie_word_embeddings": true, "use_sliding_window": false, "sliding_window": 32768, "torch_dtype": "bfloat16",
    "bos_token_id": 500, "eos_token_id": 501, "vision_start_token_id": 502, "vision_end_token_id": 503, "image_token_id": 504,
    "video_token_id": 505,
    "vision_config": {"depth": 2, "hidden_act": "silu", "hidden_size": 128, "intermediate_size": 256, "num_heads": 4, "in_chans": 3,
      "out_hidden_size": 192, "patch_size": 14, "spatial_merge_size": 2, "spatial_patch_size": 14, "window_size": 112,
      "fullatt_block_indexes": [1], "tokens_per_second": 2, "temporal_patch_size": 2}})");
}

// The same model as transformers 5 saves it.
Json NestedConfig() {
  Json flat = FlatConfig(), nested = Json::object(), text = Json::object();
  for (const char* key : {"model_type", "vision_start_token_id", "vision_end_token_id", "image_token_id",
                          "video_token_id", "tie_word_embeddings", "vision_config"})
    nested[key] = flat[key];
  for (const char* key : {"hidden_act", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
                          "num_key_value_heads", "vocab_size", "rms_norm_eps", "max_position_embeddings",
                          "bos_token_id", "eos_token_id", "use_sliding_window"})
    text[key] = flat[key];
  text["model_type"] = "qwen2_5_vl_text";
  text["pad_token_id"] = nullptr;
  text["rope_parameters"] = {
      {"mrope_section", {4, 6, 6}}, {"rope_theta", 1e6}, {"rope_type", "default"}, {"type", "mrope"}};
  nested["text_config"] = text;
  nested["vision_config"]["in_channels"] = 3;
  nested["vision_config"]["rope_parameters"] = {{"rope_theta", 10000.0}, {"rope_type", "axial"}};
  return nested;
}

Json Preprocessor() {
  return Json::parse(
      R"({"min_pixels": 3136, "max_pixels": 12845056, "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
    "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]})");
}

ModelConfig Load(const std::string& name, const Json& config, const Json& preprocessor = Preprocessor(),
                 const Json& generation = nullptr) {
  const fs::path folder = Fresh(name);
  std::ofstream(folder / "config.json") << config;
  std::ofstream(folder / "preprocessor_config.json") << preprocessor;
  if (!generation.is_null()) std::ofstream(folder / "generation_config.json") << generation;
  return LoadModelConfig(folder);
}

// The message of the error that loading throws.
std::string Failure(const std::string& name, const Json& config, const Json& preprocessor = Preprocessor()) {
  try {
    Load(name, config, preprocessor);
  } catch (const Error& e) {
    return e.message();
  }
  return "no error";
}

bool Has(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

TEST(ModelConfig, ReadsTheFlatForm) {
  const ModelConfig config =
      Load("flat", FlatConfig(), Preprocessor(), {{"eos_token_id", {501, 500}}, {"pad_token_id", 500}});
  EXPECT_EQ(config.text.hidden_size, 192);
  EXPECT_EQ(config.text.HeadDim(), 32);
  EXPECT_EQ(config.text.mrope_section, (std::vector<int64_t>{4, 6, 6}));
  EXPECT_EQ(config.text.rope_theta, 1e6);
  EXPECT_TRUE(config.text.tie_word_embeddings);
  EXPECT_EQ(config.vision.in_channels, 3);
  EXPECT_EQ(config.vision.fullatt_block_indexes, (std::vector<int64_t>{1}));
  EXPECT_EQ(config.image_token_id, 504);
  EXPECT_EQ(config.eos_token_ids, (std::vector<int64_t>{501, 500}));
  EXPECT_EQ(config.processor.max_pixels, 12845056);
}

TEST(ModelConfig, NestedFormEqualsFlatForm) {
  EXPECT_EQ(ToJson(Load("nested", NestedConfig())).dump(), ToJson(Load("flat_again", FlatConfig())).dump());
}

TEST(ModelConfig, TiesWhenOnlyTextConfigSaysSo) {
  Json nested = NestedConfig();
  nested.erase("tie_word_embeddings");
  EXPECT_FALSE(Load("untied", nested).text.tie_word_embeddings);
  nested["text_config"]["tie_word_embeddings"] = true;
  EXPECT_TRUE(Load("tied", nested).text.tie_word_embeddings);
}

TEST(ModelConfig, ReadsPixelLimitsFromSize) {
  Json preprocessor = Preprocessor();
  preprocessor.erase("min_pixels");
  preprocessor.erase("max_pixels");
  preprocessor["size"] = {{"shortest_edge", 12544}, {"longest_edge", 25088}};
  const ModelConfig config = Load("size", FlatConfig(), preprocessor);
  EXPECT_EQ(config.processor.min_pixels, 12544);
  EXPECT_EQ(config.processor.max_pixels, 25088);
}

TEST(LoadModelConfig, TheProcessorsNameSaysWhoseResizeImagesGet) {
  EXPECT_EQ(Load("unnamed", FlatConfig()).processor.backend, ResizeBackend::kPil);
  Json preprocessor = Preprocessor();
  for (const auto& [name, backend] : {std::pair("Qwen2VLImageProcessor", ResizeBackend::kPil), {"Qwen2VLImageProcessorPil", ResizeBackend::kPil},
                                      {"Qwen2VLImageProcessorFast", ResizeBackend::kTorchvision}}) {
    preprocessor["image_processor_type"] = name;
    const ModelConfig config = Load("named", FlatConfig(), preprocessor);
    EXPECT_EQ(config.processor.backend, backend) << name;
    SaveModelConfig(config, Fresh("named_again"));
    EXPECT_EQ(LoadModelConfig(fs::path(testing::TempDir()) / "lingshu_config_named_again").processor.backend, backend) << name;
  }
}

TEST(LoadModelConfig, FramesOfVideosHaveLimitsOfTheirOwnOrThoseOfImages) {
  EXPECT_EQ(Load("no_video", FlatConfig()).processor.video_max_pixels, 0);
  const fs::path folder = fs::path(testing::TempDir()) / "lingshu_config_no_video";
  std::ofstream(folder / "video_preprocessor_config.json") << R"({"size": {"shortest_edge": 1000, "longest_edge": 9000}})";
  const ModelConfig config = LoadModelConfig(folder);
  EXPECT_EQ(config.processor.video_min_pixels, 1000);
  EXPECT_EQ(config.processor.video_max_pixels, 9000);
  SaveModelConfig(config, Fresh("video_again"));
  EXPECT_EQ(LoadModelConfig(fs::path(testing::TempDir()) / "lingshu_config_video_again").processor.video_max_pixels, 9000);
}

TEST(ModelConfig, PartialVisionConfigTakesTheReferenceDefaults) {
  Json config = FlatConfig();
  config["vision_config"] = {{"hidden_size", 1280},
                             {"intermediate_size", 3456},
                             {"out_hidden_size", 192},
                             {"in_chans", 3},
                             {"tokens_per_second", 2}};
  const VisionConfig vision = Load("partial", config).vision;
  EXPECT_EQ(vision.depth, 32);
  EXPECT_EQ(vision.num_heads, 16);
  EXPECT_EQ(vision.fullatt_block_indexes, (std::vector<int64_t>{7, 15, 23, 31}));
}

TEST(ModelConfig, NamesAllMissingKeysTogether) {
  Json config = FlatConfig();
  config.erase("hidden_size");
  config.erase("vocab_size");
  EXPECT_TRUE(Has(Failure("missing", config), "keys are missing: vocab_size, hidden_size"))
      << Failure("missing", config);
}

TEST(ModelConfig, NamesAllContradictionsTogether) {
  Json config = FlatConfig();
  config["rope_scaling"]["mrope_section"] = {16, 24, 24};
  config["num_key_value_heads"] = 4;
  config["vision_config"]["out_hidden_size"] = 256;
  config["image_token_id"] = 151655;
  const std::string message = Failure("contradictions", config);
  EXPECT_TRUE(Has(message, "mrope_section [16, 24, 24] sums to 64, head_dim / 2 is 16")) << message;
  EXPECT_TRUE(Has(message, "num_key_value_heads 4 does not divide num_attention_heads 6")) << message;
  EXPECT_TRUE(Has(message, "out_hidden_size 256 is not the language model's hidden_size 192")) << message;
  EXPECT_TRUE(Has(message, "image_token_id 151655 is outside the vocabulary of 512")) << message;
}

TEST(ModelConfig, RefusesWhatTheForwardPassLacks) {
  const std::vector<std::pair<std::string, Json>> patches = {
      {"hidden_act", "gelu"},
      {"use_sliding_window", true},
      {"model_type", "qwen3_vl"},
      {"quantization_config", {{"bits", 4}}},
      {"rope_scaling", {{"type", "yarn"}, {"factor", 4}, {"mrope_section", {4, 6, 6}}}}};
  for (const auto& [key, value] : patches) {
    Json config = FlatConfig();
    config[key] = value;
    EXPECT_NE(Failure("refuse", config), "no error") << key;
  }
}

TEST(ModelConfig, WrongTypesAndHugeNumbersAreErrorsNotCrashes) {
  const std::vector<Json> values = {"192", -1, 0, 1e300, 9223372036854775807, Json::array(), Json::object(), true, 1.5};
  for (const std::string key :
       {"hidden_size", "num_attention_heads", "num_key_value_heads", "vocab_size", "rope_scaling", "vision_config",
        "tie_word_embeddings", "model_type", "image_token_id", "eos_token_id"})
    for (const Json& value : values) {
      if (key == "tie_word_embeddings" && value.is_boolean()) continue;
      if (key == "eos_token_id" && value == Json(0)) continue;
      if (key == "image_token_id" && value == Json(0)) continue;
      Json config = FlatConfig();
      config[key] = value;
      EXPECT_NE(Failure("types", config), "no error") << key << " = " << value;
    }
  for (const std::string key : {"patch_size", "spatial_merge_size", "num_heads", "hidden_size"})
    for (const Json& value : values) {
      Json config = FlatConfig();
      config["vision_config"][key] = value;
      EXPECT_NE(Failure("types", config), "no error") << "vision_config." << key << " = " << value;
    }
}

TEST(ModelConfig, PreprocessorMustAgreeWithTheVisionTower) {
  Json preprocessor = Preprocessor();
  preprocessor["patch_size"] = 16;
  EXPECT_TRUE(Has(Failure("patch", FlatConfig(), preprocessor), "patch_size is 16, only 14 is implemented"));
  preprocessor = Preprocessor();
  preprocessor["resample"] = 2;
  EXPECT_TRUE(Has(Failure("resample", FlatConfig(), preprocessor), "resample is 2"));
}

TEST(ModelConfig, SavedConfigLoadsAsItWas) {
  const ModelConfig config =
      Load("before_save", FlatConfig(), Preprocessor(), {{"eos_token_id", {501, 500}}, {"pad_token_id", 500}});
  const fs::path folder = Fresh("saved");
  SaveModelConfig(config, folder);
  EXPECT_EQ(ToJson(LoadModelConfig(folder)).dump(), ToJson(config).dump());
  const std::string bytes = ReadFile(folder / "config.json");
  SaveModelConfig(config, folder);
  EXPECT_EQ(ReadFile(folder / "config.json"), bytes);
}

TEST(ModelShape, ParametersAreThoseOfTheReleasedModels) {
  EXPECT_EQ(CountParameters(LoadModelShape("configs/model/7b.yaml")), 8'292'166'656);
  EXPECT_EQ(CountParameters(LoadModelShape("configs/model/32b.yaml")), 33'452'718'336);
}

TEST(ModelShape, NanoHasTheParametersThatTransformersCounts) {
  EXPECT_EQ(CountParameters(LoadModelShape("configs/model/nano.yaml")), 3'338'496);
}

TEST(ModelShape, OneAndAHalfBillionLikeIsValid) {
  EXPECT_NEAR(static_cast<double>(CountParameters(LoadModelShape("configs/model/qwen2.5-1.5b-like.yaml"))), 2.2e9,
              0.1e9);
}

TEST(ModelConfig, ReleasedSevenBillionConfigEqualsItsShapeFile) {
  const fs::path folder = DataFolder() / "qwen25vl_tokenizer";
  if (!IsFile(folder / "config.json")) GTEST_SKIP() << "the released config.json is not in " << folder;
  EXPECT_EQ(ToJson(LoadModelConfig(folder)).dump(), ToJson(LoadModelShape("configs/model/7b.yaml")).dump());
}

TEST(ExpectedTensors, AreTheTensorsOfTheReleasedSevenBillionModel) {
  const fs::path file = DataFolder() / "qwen25vl_tokenizer" / "model.safetensors.index.json";
  if (!IsFile(file)) GTEST_SKIP() << "the released index is not at " << file;
  const Json index = ParseJson(ReadFile(file), "index");
  std::set<std::string> expected, released;
  for (const TensorSpec& tensor : ExpectedTensors(LoadModelShape("configs/model/7b.yaml")))
    expected.insert(tensor.name);
  for (const auto& [name, shard] : index["weight_map"].items()) released.insert(name);
  EXPECT_EQ(expected, released);
  EXPECT_EQ(2 * CountParameters(LoadModelShape("configs/model/7b.yaml")), index["metadata"]["total_size"]);
}

TEST(ExpectedTensors, AreTheParametersOfTheReferenceImplementation) {
  for (const char* name : {"one_image_tied", "wide_image", "three_images", "other_patches"}) {
    const std::string file = fmt::format("tests/golden/model/{}.json", name);
    const Json golden = ParseJson(ReadFile(file), file);
    ModelConfig config;
    ConfigReader(file).Fill(golden["model"], "", config);
    ValidateModelConfig(config, file);
    std::set<std::string> expected, reference;
    for (const TensorSpec& tensor : ExpectedTensors(config))
      if (!tensor.is_optional) expected.insert(tensor.name);
    for (const auto& [weight, sketch] : At(At(golden, "expect", file), "gradients", file).items()) reference.insert(weight);
    EXPECT_EQ(expected, reference) << name;
  }
}

}  // namespace
}  // namespace lingshu
