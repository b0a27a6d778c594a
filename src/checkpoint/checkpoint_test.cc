// Facts about folders of weights: shards, index, names, and the comparison with a configuration.
#include "checkpoint/checkpoint.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "checkpoint/random_weights.h"
#include "checkpoint/safetensors_writer.h"

namespace lingshu {
namespace {

fs::path Fresh(const std::string& name) {
  const fs::path folder = fs::path(testing::TempDir()) / ("lingshu_checkpoint_" + name);
  fs::remove_all(folder);
  MakeFolder(folder);
  return folder;
}

PendingTensor Floats(const std::string& name, const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  const auto values = std::make_shared<std::vector<float>>(static_cast<size_t>(count));
  FillRandom(name, shape, values->data());
  return {name, ElementType::kF32, shape, [values] { return std::as_bytes(std::span(*values)); }};
}

template <typename F>
std::string Failure(F&& function) {
  try {
    function();
  } catch (const Error& e) {
    return e.message();
  }
  return "no error";
}

bool Has(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

ModelConfig Tiny(bool is_tied) {
  ModelConfig config;
  config.text = {.vocab_size = 16,
                 .hidden_size = 8,
                 .intermediate_size = 8,
                 .num_hidden_layers = 2,
                 .num_attention_heads = 2,
                 .num_key_value_heads = 1,
                 .mrope_section = {1, 1, 0},
                 .tie_word_embeddings = is_tied};
  config.vision = {
      .depth = 1, .hidden_size = 8, .num_heads = 2, .intermediate_size = 8, .out_hidden_size = 8, .patch_size = 2};
  return config;
}

std::vector<PendingTensor> WeightsOf(const ModelConfig& config) {
  std::vector<PendingTensor> tensors;
  for (const TensorSpec& spec : ExpectedTensors(config))
    if (!spec.is_optional) tensors.push_back(Floats(spec.name, spec.shape));
  return tensors;
}

TEST(Checkpoint, OneFileOpensAndFits) {
  const fs::path folder = Fresh("one");
  WriteCheckpoint(folder, WeightsOf(Tiny(/*is_tied=*/false)));
  const Checkpoint checkpoint = Checkpoint::Open(folder);
  checkpoint.CheckTensors(ExpectedTensors(Tiny(/*is_tied=*/false)));
  EXPECT_EQ(checkpoint.num_elements(), CountParameters(Tiny(/*is_tied=*/false)));
  std::vector<float> expected(8), found(8);
  FillRandom("model.norm.weight", {8}, expected.data());
  checkpoint.Read("model.norm.weight", std::as_writable_bytes(std::span(found)));
  EXPECT_EQ(found, expected);
}

TEST(Checkpoint, ShardsHoldTheSameTensorsAsOneFile) {
  const fs::path one = Fresh("one_of_both"), shards = Fresh("shards");
  WriteCheckpoint(one, WeightsOf(Tiny(/*is_tied=*/true)));
  WriteCheckpoint(shards, WeightsOf(Tiny(/*is_tied=*/true)), /*max_shard_bytes=*/2000);
  EXPECT_FALSE(IsFile(shards / "model.safetensors"));
  const Checkpoint a = Checkpoint::Open(one), b = Checkpoint::Open(shards);
  ASSERT_EQ(a.names(), b.names());
  for (const std::string& name : a.names()) {
    ASSERT_EQ(a.Find(name)->bytes.size(), b.Find(name)->bytes.size());
    EXPECT_EQ(std::memcmp(a.Find(name)->bytes.data(), b.Find(name)->bytes.data(), a.Find(name)->bytes.size()), 0)
        << name;
  }
  const Json index = ParseJson(ReadFile(shards / "model.safetensors.index.json"), "index");
  EXPECT_EQ(index["metadata"]["total_size"], 4 * CountParameters(Tiny(/*is_tied=*/true)));
}

TEST(Checkpoint, SavingAgainLeavesNoOlderWeights) {
  const fs::path folder = Fresh("again");
  WriteCheckpoint(folder, WeightsOf(Tiny(/*is_tied=*/false)), /*max_shard_bytes=*/1000);
  WriteCheckpoint(folder, WeightsOf(Tiny(/*is_tied=*/true)), /*max_shard_bytes=*/3000);
  Checkpoint::Open(folder).CheckTensors(ExpectedTensors(Tiny(/*is_tied=*/true)));
  WriteCheckpoint(folder, WeightsOf(Tiny(/*is_tied=*/false)));
  EXPECT_EQ(ListFiles(folder).size(), 1);
}

TEST(Checkpoint, NestedNamesBecomeReleasedOnes) {
  const fs::path folder = Fresh("nested");
  WriteSafetensors(folder / "model.safetensors",
                   {Floats("model.language_model.norm.weight", {8}), Floats("model.visual.merger.ln_q.weight", {8}),
                    Floats("lm_head.weight", {16, 8})});
  EXPECT_EQ(Checkpoint::Open(folder).names(),
            (std::vector<std::string>{"lm_head.weight", "model.norm.weight", "visual.merger.ln_q.weight"}));
}

TEST(Checkpoint, OneTensorUnderBothNamesIsAnError) {
  const fs::path folder = Fresh("both_names");
  WriteSafetensors(folder / "model.safetensors",
                   {Floats("model.language_model.norm.weight", {8}), Floats("model.norm.weight", {8})});
  EXPECT_TRUE(Has(Failure([&] { Checkpoint::Open(folder); }), "under two names"));
}

TEST(Checkpoint, OneErrorListsEverythingThatIsWrong) {
  const fs::path folder = Fresh("wrong");
  std::vector<PendingTensor> tensors = WeightsOf(Tiny(/*is_tied=*/false));
  const auto nan = std::make_shared<std::vector<float>>(8, 1.0f);
  (*nan)[5] = NAN;
  const auto wide = std::make_shared<std::vector<int64_t>>(8, 1);
  const std::string norm = "model.layers.0.input_layernorm.weight", other = "model.layers.1.input_layernorm.weight";
  for (PendingTensor& tensor : tensors) {
    if (tensor.name == "model.norm.weight") tensor = Floats(tensor.name, {9});
    else if (tensor.name == "visual.merger.ln_q.weight") tensor = Floats("surplus", {1});
    else if (tensor.name == norm) tensor = {norm, ElementType::kF32, {8}, [nan] { return std::as_bytes(std::span(*nan)); }};
    else if (tensor.name == other) tensor = {other, ElementType::kI64, {8}, [wide] { return std::as_bytes(std::span(*wide)); }};
  }
  WriteCheckpoint(folder, std::move(tensors));
  const std::string message =
      Failure([&] { Checkpoint::Open(folder).CheckTensors(ExpectedTensors(Tiny(/*is_tied=*/false))); });
  EXPECT_TRUE(Has(message, "Missing (1): visual.merger.ln_q.weight")) << message;
  EXPECT_TRUE(Has(message, "Extra (1): surplus")) << message;
  EXPECT_TRUE(Has(message, "Misshapen (1): model.norm.weight: expected [8], model.safetensors has [9]")) << message;
  EXPECT_TRUE(Has(message, "Mistyped (1): " + other + ": expected F32, BF16 or F16, model.safetensors has I64")) << message;
  EXPECT_TRUE(Has(message, "NaN or Inf (1): " + norm)) << message;
}

TEST(Checkpoint, TheListOfMissingTensorsIsWhole) {
  const fs::path folder = Fresh("all_missing");
  WriteCheckpoint(folder, {Floats("model.norm.weight", {8})});
  const std::string message = Failure([&] { Checkpoint::Open(folder).CheckTensors(ExpectedTensors(Tiny(/*is_tied=*/false))); });
  for (const TensorSpec& spec : ExpectedTensors(Tiny(/*is_tied=*/false)))
    EXPECT_EQ(Has(message, spec.name), spec.name != "model.norm.weight") << spec.name;
}

// Files that are not what they say, from data: each case is a folder of files and a part of the error.
TEST(Checkpoint, HostileFoldersAreOneClearError) {
  const Json file = ParseJson(ReadFile("tests/cases/checkpoint-hostile/cases.json"), "cases.json");
  ASSERT_GE(file["cases"].size(), 50);
  for (const Json& hostile : file["cases"]) {
    const fs::path folder = Fresh("hostile");
    for (const auto& [name, content] : hostile["files"].items()) {
      std::string bytes;
      if (content.is_string()) {
        bytes = content.get<std::string>();
      } else {
        std::string header = content.value("header", "");
        for (int64_t i = content.value("repeat", 1); i > 1; --i) header += content["header"].get<std::string>();
        const uint64_t length = content.contains("length") ? content["length"].get<uint64_t>() : header.size();
        bytes.assign(reinterpret_cast<const char*>(&length), 8);
        bytes += header + std::string(content.value("data", 0), content.value("fill", "x")[0]);
        bytes.resize(std::min<size_t>(bytes.size(), content.value("cut", 1 << 30)));
      }
      WriteFileAtomic(folder / name, bytes);
    }
    const std::string message = Failure([&] { Checkpoint::Open(folder); });
    EXPECT_TRUE(Has(message, hostile["error"].get<std::string>())) << hostile["name"] << " gave: " << message.substr(0, 300);
    EXPECT_LT(message.size(), 2000) << hostile["name"];
  }
}

TEST(Checkpoint, TiedModelMayCarryAnOutputMatrix) {
  const fs::path folder = Fresh("tied");
  WriteCheckpoint(folder, WeightsOf(Tiny(/*is_tied=*/false)));
  EXPECT_EQ(Failure([&] { Checkpoint::Open(folder).CheckTensors(ExpectedTensors(Tiny(/*is_tied=*/true))); }),
            "no error");
}

TEST(Checkpoint, EmptyFolderSaysWhatWasExpected) {
  EXPECT_TRUE(Has(Failure([&] { Checkpoint::Open(Fresh("empty")); }),
                  "expected model.safetensors or model.safetensors.index.json"));
}

TEST(Checkpoint, IndexMustNameFilesOfItsOwnFolder) {
  const fs::path folder = Fresh("escape");
  WriteSafetensors(folder / "model.safetensors", {Floats("a", {1})});
  WriteSafetensors(folder / ".." / "outside.safetensors", {Floats("a", {1})});
  for (const std::string shard : {"../outside.safetensors", "/etc/passwd", "/tmp/x.safetensors", "sub/x.safetensors",
                                  "..", ".safetensors", "x.bin", "", "a\\u0000.safetensors"}) {
    std::ofstream(folder / "model.safetensors.index.json") << R"({"weight_map": {"a": ")" << shard << "\"}}";
    EXPECT_TRUE(
        Has(Failure([&] { Checkpoint::Open(folder); }), "is not the name of a .safetensors file in the same folder"))
        << shard;
  }
  for (const char* index :
       {R"({"weight_map": {"a": 1}})", R"({"weight_map": []})", "{}", "[]", "", R"({"weight_map": {"a": null}})"}) {
    std::ofstream(folder / "model.safetensors.index.json") << index;
    EXPECT_NE(Failure([&] { Checkpoint::Open(folder); }), "no error") << index;
  }
}

TEST(Checkpoint, IndexAndShardsMustAgree) {
  const fs::path folder = Fresh("disagree");
  WriteSafetensors(folder / "model-1.safetensors", {Floats("a", {1})});
  WriteSafetensors(folder / "model-2.safetensors", {Floats("b", {1})});
  const auto with_index = [&](const char* map) {
    std::ofstream(folder / "model.safetensors.index.json") << "{\"weight_map\": " << map << "}";
    return Failure([&] { Checkpoint::Open(folder); });
  };
  EXPECT_EQ(with_index(R"({"a": "model-1.safetensors", "b": "model-2.safetensors"})"), "no error");
  EXPECT_TRUE(Has(with_index(R"({"a": "model-1.safetensors", "b": "model-3.safetensors"})"),
                  "Missing (1): model-3.safetensors"));
  EXPECT_TRUE(Has(with_index(R"({"a": "model-2.safetensors", "b": "model-2.safetensors"})"), "lack tensors"));
  EXPECT_TRUE(Has(with_index(R"({"a": "model-2.safetensors", "b": "model-1.safetensors"})"), "places in"));
  EXPECT_TRUE(Has(with_index(R"({"c": "model-1.safetensors"})"), "does not name"));
}

// Computed with numpy by tools/golden/model.py's generator; the model's golden files rest on it.
TEST(RandomWeights, AreThoseOfTheGoldenGenerator) {
  std::vector<float> values(4);
  FillRandom("model.norm.weight", {4}, values.data());
  EXPECT_EQ(values, (std::vector<float>{0x1.d1c9200000000p-1f, 0x1.dae9ac0000000p-1f, 0x1.f5f87c0000000p-1f,
                                        0x1.0732f80000000p+0f}));
  FillRandom("visual.blocks.0.attn.qkv.bias", {4}, values.data());
  EXPECT_EQ(values, (std::vector<float>{-0x1.9d74000000000p-5f, -0x1.2952740000000p-6f, -0x1.418c340000000p-6f,
                                        -0x1.fa55340000000p-5f}));
  FillRandom("model.layers.0.mlp.up_proj.weight", {2, 2}, values.data());
  EXPECT_EQ(values, (std::vector<float>{-0x1.6aafea0000000p-1f, 0x1.2e180a0000000p-1f, 0x1.37ba160000000p+0f,
                                        -0x1.456fbe0000000p-4f}));
}

}  // namespace
}  // namespace lingshu
