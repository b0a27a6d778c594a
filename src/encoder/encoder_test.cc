// Encoders against transformers on random weights (tests/golden/encoder, tools/golden/encoder.py), their tokenizers against the tokenizers package, and the
// metrics that stand on them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "encoder/bert_scorer.h"
#include "encoder/chexbert_labeler.h"
#include "encoder/encoder.h"
#include "encoder/radgraph_parser.h"
#include "encoder/rate_entities.h"
#include "score/metric.h"
#include "text/encoder_tokenizer.h"

namespace lingshu {
namespace {

const fs::path kFolder = "tests/golden/encoder";
// float32 through three layers whose sums run in another order: 2^-24 times some 10^2 additions of numbers of size 1.
constexpr double kTolerance = 2e-5;

class EncoderGolden : public ::testing::TestWithParam<const char*> {
 protected:
  Json Cases() const { return ParseJson(ReadFile(kFolder / GetParam() / "golden.json"), GetParam()); }
};

double Distance(const Tensor& row, const Json& expected) {
  EXPECT_EQ(static_cast<size_t>(row.size(0)), expected.size());
  double most = 0;
  for (size_t i = 0; i < expected.size(); ++i) most = std::max(most, std::abs(row[static_cast<int64_t>(i)].item<double>() - expected[i].get<double>()));
  return most;
}

TEST_P(EncoderGolden, IdsAreTheTokenizersPackages) {
  const auto tokenizer = EncoderTokenizer::Load(kFolder / GetParam());
  for (const Json& test : Cases()) EXPECT_EQ(Json(tokenizer->Encode(test["text"].get<std::string>(), 64)), test["ids"]) << test["text"];
}

TEST_P(EncoderGolden, HiddenStatesAreTransformers) {
  const Encoder encoder = Encoder::Load(kFolder / GetParam());
  for (const Json& test : Cases()) {
    const std::vector<Tensor> states = encoder.Forward(test["ids"]);
    ASSERT_EQ(states.size(), 4u);
    const auto num_tokens = static_cast<int64_t>(test["ids"].size());
    EXPECT_LT(Distance(states[0][num_tokens - 1], test["first"]), kTolerance) << test["text"];
    EXPECT_LT(Distance(states[2][0], test["middle"]), kTolerance) << test["text"];
    EXPECT_LT(Distance(states[3][num_tokens / 2], test["last"]), kTolerance) << test["text"];
    if (!test.contains("labels")) continue;
    const Tensor labels = encoder.ClassifyTokens(states.back()).argmax(-1);
    for (int64_t i = 0; i < num_tokens; ++i) EXPECT_EQ(labels[i].item<int64_t>(), test["labels"][static_cast<size_t>(i)].get<int64_t>()) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Families, EncoderGolden, ::testing::Values("bert", "distilbert", "mpnet", "roberta", "deberta_v3", "deberta_v2_conv"));

TEST(EncoderTest, MissingTensorIsNamed) {
  StateDict weights = ReadStateDict(kFolder / "bert");
  weights.erase("encoder.layer.1.output.dense.weight");
  try {
    Encoder(ReadEncoderConfig(kFolder / "bert"), weights, "bert");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("encoder.layer.1.output.dense.weight"), std::string::npos) << error.message();
  }
}

TEST(StateDictTest, OlderContainerAndViewsAreRead) {
  const StateDict tensors = ReadTorchFile(kFolder / "older.pth"), whole = ReadStateDict(kFolder / "distilbert");
  EXPECT_EQ(tensors.size(), 4u);
  const Tensor word = whole.at("embeddings.word_embeddings.weight");
  EXPECT_TRUE(at::equal(tensors.at("model_state_dict.module.embeddings.word_embeddings.weight"), word));
  EXPECT_TRUE(at::equal(tensors.at("view"), word.t().slice(0, 1, 3)));
}

TEST(StateDictTest, CutFilesAreRefusedWhereverTheyEnd) {
  for (const char* name : {"older.pth", "distilbert/pytorch_model.bin"}) {
    const std::string bytes = ReadFile(kFolder / name);
    const fs::path cut = fs::path(::testing::TempDir()) / "cut.pth";
    for (size_t size = 0; size + 1 < bytes.size(); size += bytes.size() / 40) {
      WriteFileAtomic(cut, std::string_view(bytes).substr(0, size));
      EXPECT_THROW(ReadTorchFile(cut), Error) << name << " cut at " << size;
    }
  }
}

// protocol 2, GLOBAL os system, a string, TUPLE1, REDUCE, STOP: the call never happens and leaves nothing.
TEST(StateDictTest, APickleThatWouldRunAProgramDoesNot) {
  static constexpr char kEvil[] = "\x80\x02" "cos\nsystem\nX\x04\0\0\0true\x85R.";
  const std::string evil(kEvil, sizeof(kEvil) - 1);
  const fs::path file = fs::path(::testing::TempDir()) / "evil.pth";
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += evil;
  WriteFileAtomic(file, bytes + std::string("\x80\x02].", 4));
  EXPECT_TRUE(ReadTorchFile(file).empty());
}

TEST(ChexbertLabelerTest, LabelsAreTheCheckpoints) {
  const ChexbertLabeler labeler(kFolder / "bert", kFolder / "chexbert/chexbert.pth");
  for (const Json& test : ParseJson(ReadFile(kFolder / "chexbert/golden.json"), "chexbert")) {
    const ChexbertOutput output = labeler.Label(test["text"]);
    for (size_t i = 0; i < output.cls.size(); ++i) EXPECT_NEAR(output.cls[i], test["cls"][i].get<double>(), kTolerance) << test["text"];
    for (size_t i = 0; i < output.classes.size(); ++i) EXPECT_EQ(static_cast<int>(output.classes[i]), test["classes"][i].get<int>()) << test["text"] << " label " << i;
  }
}

TEST(BertScorerTest, ATextIsAsCloseAsCanBeToItself) {
  const BertScorer scorer(kFolder / "roberta", 2);
  const PieceWeights weights = scorer.InverseFrequencies({"The lungs are clear.", "Small left effusion."});
  const EncodedText one = scorer.Encode("The lungs  are clear. ", scorer.Unweighted()), other = scorer.Encode("Small left effusion.", scorer.Unweighted());
  EXPECT_NEAR(BertScore(one, one).f, 1, 1e-5);
  EXPECT_LT(BertScore(one, other).f, 0.9999);  // random layers make all texts alike
  EXPECT_EQ(one.weights.front(), 0);
  // <s> stands in both of two references: ln(3 / 3).
  EXPECT_EQ(scorer.Encode("The lungs are clear.", weights).weights.front(), 0);
  const std::vector<float> of_one = scorer.Encode("The lungs are clear.", weights).weights;
  EXPECT_FLOAT_EQ(*std::max_element(of_one.begin(), of_one.end()), std::log(1.5f));  // ln(3 / 2) of a piece in one of them
}

TEST(RateEntitiesTest, SpansAreTheReferences) {
  using Labels = std::vector<std::string>;
  const auto spans = [](const Labels& labels) {
    std::string text;
    for (const EntitySpan& span : EntitySpans(labels)) text += fmt::format("{}-{} {};", span.begin, span.end, span.type);
    return text;
  };
  EXPECT_EQ(spans({"O", "B-DISEASE", "I-DISEASE", "O", "O"}), "1-2 DISEASE;");
  EXPECT_EQ(spans({"O", "B-ANATOMY", "B-DISEASE", "O", "O"}), "1-1 ANATOMY;2-2 DISEASE;");
  EXPECT_EQ(spans({"O", "I-ANATOMY", "O", "O"}), "");
  EXPECT_EQ(spans({"O", "B-ANATOMY", "I-ANATOMY", "I-ANATOMY"}), "1-2 ANATOMY;");  // cut off by the end of the text
  EXPECT_EQ(spans({"O", "B-ANATOMY", "I-ANATOMY", "B-DISEASE", "I-DISEASE", "O", "O"}), "1-2 ANATOMY;3-4 DISEASE;");
}

TEST(RadGraphParserTest, WordsAreTheReferences) {
  EXPECT_EQ(RadGraphWords("No pleural effusion.", true), (std::vector<std::string>{"No", "pleural", "effusion", "."}));
  EXPECT_EQ(RadGraphWords("T2/FLAIR (3.5 cm)", true), (std::vector<std::string>{"T2", "/", "FLAIR", "(", "3", ".", "5", "cm", ")"}));
  EXPECT_EQ(RadGraphWords("size 3.5cm, 50%.", false), (std::vector<std::string>{"size", "3", ".", "5cm", ",", "50", "%", "."}));
}

// Entities, labels and relations of radgraph 0.1.18 itself on a DyGIE++ of random weights (tools/golden/radgraph_parser.py), in both ways of
// cutting words; reports of more pieces than one input are among them.
TEST(RadGraphParserTest, ParsesAsThePackage) {
  int num_entities = 0, num_relations = 0;
  for (const char* name : {"radgraph", "radgraph_xl"}) {
    const RadGraphParser parser(kFolder / name, kFolder / "bert");
    for (const Json& test : ParseJson(ReadFile(kFolder / name / "golden.json"), name)) {
      Json found = Json::object(), expected = test["entities"];
      for (const auto& [key, entity] : parser.Parse(test["report"])) found[key] = {{"tokens", entity.tokens}, {"label", entity.label}, {"relations", entity.relations}};
      for (Json* parsed : {&found, &expected})
        for (auto& [key, entity] : parsed->items()) std::sort(entity["relations"].begin(), entity["relations"].end());
      ASSERT_EQ(found.size(), expected.size()) << name << ": " << test["report"];
      for (const auto& [key, entity] : expected.items()) {
        EXPECT_EQ(found[key].dump(), entity.dump()) << name << ": " << test["report"] << " entity " << key;
        ++num_entities, num_relations += static_cast<int>(entity["relations"].size());
      }
    }
  }
  EXPECT_GT(num_entities, 50);
  EXPECT_GT(num_relations, 30);
}

TEST(EncoderMetricsTest, EachNamesItsFirstMissingFile) {
  const Json all = ComputeMetrics({{.reference = "Clear lungs.", .candidate = "Clear lungs."}}, {.models = "/nowhere"});
  int num_missing = 0;
  for (const Json& metric : all) {
    if (!metric.contains("missing") || !metric["missing"].get<std::string>().starts_with("/nowhere")) continue;
    EXPECT_TRUE(metric["value"].is_null()) << metric["name"];
    EXPECT_FALSE(metric["variant"].get<std::string>().empty());
    if (metric["name"] == "rate_score") {
      EXPECT_EQ(metric["missing"], "/nowhere/RaTE-NER-Deberta/config.json");
    }
    if (metric["name"] == "radcliq_v1") {
      EXPECT_EQ(metric["direction"], "lower is better");
    }
    ++num_missing;
  }
  EXPECT_EQ(num_missing, 14);
}

// The whole way on tiny models: folders as a user would lay them out, values that are there and in range.
TEST(EncoderMetricsTest, ModelsThatAreThereAreRun) {
  const fs::path models = fs::path(::testing::TempDir()) / "metric_models";
  fs::remove_all(models);
  fs::create_directories(models);
  fs::copy(kFolder / "deberta_v3", models / "RaTE-NER-Deberta");
  fs::copy(kFolder / "mpnet", models / "BioLORD-2023-C");
  const std::vector<ReportPair> pairs = {{.reference = "The lungs are clear. Heart size is normal.", .candidate = "Small left effusion."},
                                         {.reference = "The lungs are clear.", .candidate = "The lungs are clear."}};
  for (const Json& metric : ComputeMetrics(pairs, {.models = models})) {
    if (metric["name"] != "rate_score") continue;
    ASSERT_FALSE(metric["value"].is_null()) << metric.dump();
    EXPECT_EQ(metric["failed"], 0);
    EXPECT_LE(metric["value"].get<double>(), 1);
  }
}

}  // namespace
}  // namespace lingshu
