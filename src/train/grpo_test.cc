// The reinforcement stage: advantages by hand, gradients by differences, and a tiny policy that learns a rule.
#include "train/grpo.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/hash.h"
#include "train/fixtures.h"
#include "train/loss.h"
#include "train/rollout.h"
#include "train/state.h"

namespace lingshu {
namespace {

TEST(GroupAdvantages, AreTheRewardsStandardised) {
  const std::vector<double> advantages = GroupAdvantages({1.5, 0.5, 0.5, 1.5});
  for (const int i : {0, 3}) EXPECT_NEAR(advantages[i], 0.5 / (0.5 + 1e-6), 1e-12);
  for (const int i : {1, 2}) EXPECT_NEAR(advantages[i], -0.5 / (0.5 + 1e-6), 1e-12);
}

TEST(GroupAdvantages, AreExactlyZeroWhenAllRewardsAreEqual) {
  // 0.1 summed three times and divided is not 0.1: a deviation of rounding must not become an advantage.
  EXPECT_EQ(GroupAdvantages({0.1, 0.1, 0.1}), (std::vector<double>{0, 0, 0}));
}

// The loss in plain doubles, written from the formula.
double PlainTokenLoss(double logprob, double old_logprob, double ref_logprob, double advantage, const GrpoLossOptions& options) {
  const double ratio = std::exp(logprob - old_logprob);
  const double clipped = std::min(std::max(ratio, 1 - options.clip_low), 1 + options.clip_high);
  const double ref_ratio = std::exp(ref_logprob - logprob);
  return -std::min(ratio * advantage, clipped * advantage) + options.kl_coef * (ref_ratio - std::log(ref_ratio) - 1);
}

TEST(GrpoTokenLoss, AgreesWithTheFormulaAndItsGradientWithDifferences) {
  constexpr GrpoLossOptions kOptions = {.clip_low = 0.2, .clip_high = 0.3, .kl_coef = 0.1};
  // Inside the clip, above it and below it, for advantages of either sign.
  const std::vector<double> logprobs = {-1.0, -0.5, -2.0, -1.0, -0.5, -2.0}, olds = {-1.05, -1.0, -1.5, -0.95, -1.0, -1.5};
  const std::vector<double> refs = {-1.2, -0.4, -2.5, -1.0, -0.9, -1.0}, advantages = {1.5, 1.5, 1.5, -0.7, -0.7, -0.7};
  const auto tensor = [](const std::vector<double>& values) { return at::tensor(values, at::kDouble); };
  const Tensor leaf = tensor(logprobs).requires_grad_(true);
  const Tensor loss = GrpoTokenLoss(leaf, {tensor(olds), tensor(refs), tensor(advantages)}, kOptions);
  loss.sum().backward();
  for (size_t i = 0; i < logprobs.size(); ++i) {
    const auto at = [&](double logprob) { return PlainTokenLoss(logprob, olds[i], refs[i], advantages[i], kOptions); };
    constexpr double kStep = 1e-6;  // central differences: error about kStep² + 1e-16 / kStep
    EXPECT_NEAR(loss[i].item<double>(), at(logprobs[i]), 1e-12) << i;
    EXPECT_NEAR(leaf.grad()[i].item<double>(), (at(logprobs[i] + kStep) - at(logprobs[i] - kStep)) / (2 * kStep), 1e-8) << i;
  }
}

TEST(GrpoTokenLoss, HasTheWholePolicyGradientOnPolicy) {
  // At ratio 1 both sides of the minimum are equal; their shares of the gradient must add up to −A.
  const Tensor leaf = at::full({1}, -1.0, at::kDouble).requires_grad_(true);
  GrpoTokenLoss(leaf, {leaf.detach(), leaf.detach(), at::full({1}, 2.0, at::kDouble)}, {}).sum().backward();
  EXPECT_DOUBLE_EQ(leaf.grad().item<double>(), -2.0);
}

// Ids are pieces of the rewarded form: the policy must learn to write <think>x</think><answer>yes</answer> and stop.
class PieceTokenizer : public Tokenizer {
 public:
  static constexpr int64_t kThink = 1, kThought = 2, kAnswer = 3, kYes = 4, kNo = 5, kClose = 6;
  std::vector<int64_t> Encode(std::string_view) const override { return {}; }
  std::vector<int64_t> EncodeTrusted(std::string_view) const override { return {}; }
  std::string Decode(const std::vector<int64_t>& ids, bool) const override {
    std::string text;
    for (const int64_t id : ids) text += Bytes(id);
    return text;
  }
  std::string Bytes(int64_t id) const override {
    static const std::map<int64_t, std::string> kPieces = {{kThink, "<think>"}, {kThought, "so</think>"}, {kAnswer, "<answer>"},
                                                           {kYes, "yes"},       {kNo, "no"},             {kClose, "</answer>"}};
    const auto it = kPieces.find(id);
    return it != kPieces.end() ? it->second : id == 58 ? "" : "?";
  }
  int64_t Id(std::string_view) const override { return -1; }
  bool IsSpecial(int64_t id) const override { return id >= 58; }
  int64_t vocab_size() const override { return 64; }
};

// Drawn wide enough that two images differ in what the language model makes of them.
ModelConfig PolicyConfig() {
  ModelConfig config = TinyModelConfig();
  config.text.initializer_range = config.vision.initializer_range = 0.15;
  return config;
}

std::vector<int64_t> Reply(int64_t answer) {
  return {PieceTokenizer::kThink, PieceTokenizer::kThought, PieceTokenizer::kAnswer, answer, PieceTokenizer::kClose, 58};
}

// Questions whose right answer is "yes" when the image is the first of two, else "no".
std::vector<GrpoPrompt> TinyPrompts(int64_t count) {
  const ModelConfig config = TinyModelConfig();
  const EncodedImagePtr images[2] = {TinyImage(config, 4, 4, 1), TinyImage(config, 4, 6, 2)};
  std::vector<GrpoPrompt> prompts;
  for (int64_t i = 0; i < count; ++i) {
    GrpoPrompt prompt;
    prompt.example = TinyExample(config, {images[i % 2]}, 3, 0, static_cast<uint64_t>(i));
    prompt.sample.id = prompt.example.sample_id;
    prompt.sample.group = fmt::format("image{}", i % 2);
    prompt.sample.answer_type = AnswerType::kYesNo;
    prompt.sample.question = "is it there?";
    prompt.sample.answer = i % 2 == 0 ? "yes" : "no";
    prompts.push_back(std::move(prompt));
  }
  return prompts;
}

StageConfig TinyGrpo() {
  StageConfig config = TinyStage();
  config.kind = StageKind::kGrpo;
  config.name = "grpo";
  config.steps = 3;
  config.warmup_steps = 1;
  config.save_every_steps = 1;
  config.grpo.group_size = 8;
  config.grpo.prompts_per_step = 4;
  config.grpo.updates_per_step = 2;
  config.grpo.learning_rate = 1e-3;
  config.grpo.max_new_tokens = 8;
  return config;
}

// A policy that has learnt the form but answers at random, as after supervised stages.
std::shared_ptr<Model> FormedPolicy() {
  static const std::shared_ptr<Model> formed = [] {
    const TemporaryFolder folder;
    auto model = InitModel(PolicyConfig(), 1);
    std::vector<Example> examples;
    for (const GrpoPrompt& prompt : TinyPrompts(8))
      for (const int64_t answer : {PieceTokenizer::kYes, PieceTokenizer::kNo}) {
        examples.push_back(prompt.example);
        examples.back().target_ids = Reply(answer);
      }
    StageConfig config = TinyStage();
    config.steps = 150;
    config.save_every_steps = 1000;
    RunStage(config, {.folder = folder.path(), .seed = 3}, *model, MakeTrainingSet(std::move(examples), 64));
    return model;
  }();
  auto copy = InitModel(PolicyConfig(), 1);
  const at::NoGradGuard no_grad;
  std::vector<Tensor> values;
  VisitWeights(*formed, [&](const std::string&, Weight& weight, const std::vector<int64_t>&) { values.push_back(weight.value.clone()); });
  size_t next = 0;
  VisitWeights(*copy, [&](const std::string&, Weight& weight, const std::vector<int64_t>&) { weight.value = values[next++]; });
  return copy;
}

GrpoResult RunTinyGrpo(const StageConfig& config, const fs::path& folder, const std::function<void(int64_t)>& on_step = {}) {
  const GrpoInputs inputs = {.prompts = TinyPrompts(8), .heldout = TinyPrompts(4), .engine = {.kv_cache_tokens = 4096}};
  return RunGrpo(config, {.folder = folder, .seed = 11, .on_step = on_step}, FormedPolicy(), std::make_shared<PieceTokenizer>(), inputs);
}

std::vector<Json> MetricsIn(const fs::path& folder) {
  std::vector<Json> lines;
  ForEachLine(folder / "metrics.jsonl", [&](std::string_view line, int64_t) { lines.push_back(ParseJson(line, "metrics")); });
  return lines;
}

TEST(Grpo, TrainingSeesTheLogprobsThatTheEngineSaw) {
  const TemporaryFolder folder;
  StageConfig config = TinyGrpo();
  config.grpo.learning_rate = 0;  // so that every update is the first
  RunTinyGrpo(config, folder.path());
  bool has_trained = false;
  for (const Json& line : MetricsIn(folder.path())) {
    EXPECT_EQ(line["max_ratio_deviation"].get<double>(), 0);
    EXPECT_EQ(line["clip_fraction"], 0.0);
    EXPECT_NEAR(line["kl"].get<double>(), 0, 1e-10);
    has_trained |= line["trained_tokens"].get<int64_t>() > 0;
  }
  EXPECT_TRUE(has_trained);
}

TEST(Grpo, InterruptedAfterAnyStepItEndsWithTheSameBytes) {
  const TemporaryFolder whole;
  const GrpoResult expected = RunTinyGrpo(TinyGrpo(), whole.path());
  for (int64_t stop = 1; stop <= 3; ++stop) {
    const TemporaryFolder folder;
    EXPECT_THROW(RunTinyGrpo(TinyGrpo(), folder.path(), [&](int64_t step) {
      if (step == stop) throw Error(ErrorCode::kInterrupted, "stopped by the test");
    }), Error);
    const GrpoResult resumed = RunTinyGrpo(TinyGrpo(), folder.path());
    EXPECT_EQ(resumed.stage.weights_sha256, expected.stage.weights_sha256) << "stopped after step " << stop;
    EXPECT_EQ(resumed.before.total, expected.before.total);
    EXPECT_EQ(resumed.after.total, expected.after.total);
    EXPECT_EQ(ReadFile(folder.path() / "metrics.jsonl"), ReadFile(whole.path() / "metrics.jsonl"));
  }
}

TEST(Grpo, RaisesTheRewardOfATinyPolicy) {
  const TemporaryFolder folder;
  StageConfig config = TinyGrpo();
  config.steps = 30;
  config.save_every_steps = 1000;
  config.grpo.heldout_samples = 16;
  const GrpoResult result = RunTinyGrpo(config, folder.path());
  ASSERT_EQ(result.before.total.size(), 4u);
  ASSERT_EQ(result.after.total.size(), 4u);
  double before = 0, after = 0;
  for (size_t i = 0; i < 4; ++i) before += result.before.total[i] / 4, after += result.after.total[i] / 4;
  EXPECT_LT(before, 1.2);  // half of the answers are wrong
  EXPECT_GT(after, before + 0.2);
}

TEST(Grpo, CountsGroupsOfEqualRewardsAndLearnsNothingFromThem) {
  const TemporaryFolder folder;
  StageConfig config = TinyGrpo();
  config.grpo.format_weight = config.grpo.accuracy_weight = 0;
  const auto before = WeightsSha256(*FormedPolicy());
  const GrpoResult result = RunTinyGrpo(config, folder.path());
  EXPECT_EQ(result.stage.num_updates, 0);
  EXPECT_EQ(result.stage.weights_sha256, before);
  for (const Json& line : MetricsIn(folder.path())) EXPECT_EQ(line["zero_variance_fraction"], 1.0);
}

TEST(Grpo, RefusesPromptsThatLeaveNoRoom) {
  const TemporaryFolder folder;
  StageConfig config = TinyGrpo();
  config.grpo.max_new_tokens = 60;
  EXPECT_THROW(RunTinyGrpo(config, folder.path()), Error);
}

}  // namespace
}  // namespace lingshu
