// A tiny stage end to end: it learns, it is exact about its loss, and it can be stopped anywhere.
#include "train/trainer.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <map>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/threads.h"
#include "batch/pack.h"
#include "tensor/ops.h"
#include "train/fixtures.h"
#include "train/state.h"

namespace lingshu {
namespace {

// A forked child cannot use the parent's pool of OpenMP threads, so these tests run on one thread; the bytes are the same.
class OneThread : public testing::Environment {
  void SetUp() override { ConfigureTorch(1); }
};
[[maybe_unused]] const auto* const kOneThread = testing::AddGlobalTestEnvironment(new OneThread);

struct Outcome {
  std::string weights, metrics;
  bool operator==(const Outcome&) const = default;
};

Outcome OutcomeIn(const fs::path& folder) {
  return {Sha256HexOfFile(folder / "model" / "model.safetensors"), ReadFile(folder / "metrics.jsonl")};
}

// Runs the tiny stage from a fresh model, as a new process would.
StageResult RunTiny(const fs::path& folder, const std::function<void(int64_t)>& on_step = {}, const StageConfig& config = TinyStage()) {
  const auto model = InitModel(TinyModelConfig(), 1);
  return RunStage(config, {.folder = folder, .seed = 7, .on_step = on_step}, *model, MakeTrainingSet(TinyExamples(4, 3), config.max_length));
}

const Outcome& Undisturbed() {
  static const Outcome outcome = [] {
    const TemporaryFolder folder;
    RunTiny(folder.path());
    return OutcomeIn(folder.path());
  }();
  return outcome;
}

std::string MessageOf(const std::function<void()>& body, ErrorCode code) {
  try {
    body();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.message();
    return e.message();
  }
  ADD_FAILURE() << "expected an error";
  return "";
}

std::map<std::string, Tensor> WeightsOf(Model& model) {
  std::map<std::string, Tensor> weights;
  VisitWeights(model, [&](const std::string& name, Weight& weight, const std::vector<int64_t>&) { weights[name] = weight.value.detach().clone(); });
  return weights;
}

TEST(Trainer, LearnsATinySetByHeart) {
  const TemporaryFolder folder;
  StageConfig config = TinyStage();
  config.steps = 120;
  config.save_every_steps = 1000;
  const StageResult result = RunTiny(folder.path(), {}, config);
  EXPECT_GT(result.first_loss, 3.5);  // ln 64 = 4.16 for a guess
  EXPECT_LT(result.last_loss, 0.6);
  EXPECT_EQ(result.num_updates, 120);
}

TEST(Trainer, SameSeedGivesTheSameBytes) {
  const TemporaryFolder folder;
  RunTiny(folder.path());
  EXPECT_EQ(OutcomeIn(folder.path()), Undisturbed());
}

TEST(Trainer, InterruptedAfterAnyStepItEndsWithTheSameBytes) {
  for (int64_t stop = 1; stop <= 6; ++stop) {
    const TemporaryFolder folder;
    const auto message = MessageOf([&] {
      RunTiny(folder.path(), [&](int64_t step) {
        if (step == stop) throw Error(ErrorCode::kInterrupted, "stopped by the test");
      });
    }, ErrorCode::kInterrupted);
    EXPECT_EQ(message, "stopped by the test");
    RunTiny(folder.path());
    EXPECT_EQ(OutcomeIn(folder.path()), Undisturbed()) << "stopped after step " << stop;
  }
}

// A child process is killed by signal 9 after step `stop`; nothing of it gets to clean up.
void KillAfter(const fs::path& folder, int64_t stop) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    RunTiny(folder, [&](int64_t step) {
      if (step == stop) ::kill(::getpid(), SIGKILL);
    });
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(Trainer, KilledAfterAnyStepItEndsWithTheSameBytes) {
  for (int64_t stop = 1; stop <= 6; ++stop) {
    const TemporaryFolder folder;
    KillAfter(folder.path(), stop);
    RunTiny(folder.path());
    EXPECT_EQ(OutcomeIn(folder.path()), Undisturbed()) << "killed after step " << stop;
  }
}

TEST(Trainer, TakesASignalBetweenStepsAndSavesFirst) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    InstallInterruptHandlers();
    try {
      RunTiny(folder.path(), [](int64_t step) {
        if (step == 3) ::raise(SIGTERM);
      });
    } catch (const Error& e) {
      ::_exit(e.code() == ErrorCode::kInterrupted ? 42 : 43);
    }
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_EQ(ReadFile(folder.path() / "checkpoints" / "latest"), "step-000000003\n");
  RunTiny(folder.path());
  EXPECT_EQ(OutcomeIn(folder.path()), Undisturbed());
}

TEST(Trainer, FinishedStageIsLoadedAndNotRunAgain) {
  const TemporaryFolder folder;
  const StageResult first = RunTiny(folder.path());
  int64_t steps = 0;
  const auto model = InitModel(TinyModelConfig(), 1);
  const StageConfig config = TinyStage();
  const StageResult second = RunStage(config, {.folder = folder.path(), .seed = 7, .on_step = [&](int64_t) { ++steps; }}, *model,
                                      MakeTrainingSet(TinyExamples(4, 3), config.max_length));
  EXPECT_EQ(steps, 0);
  EXPECT_TRUE(second.was_finished);
  EXPECT_EQ(second.weights_sha256, first.weights_sha256);
  EXPECT_EQ(WeightsSha256(*model), first.weights_sha256);
}

TEST(Trainer, RefusesAFolderOfOtherSettingsAndNamesThem) {
  const TemporaryFolder folder;
  RunTiny(folder.path());
  StageConfig other = TinyStage();
  other.optimizer.eps = 1e-6;
  other.max_length = 63;
  const std::string message = MessageOf([&] { RunTiny(folder.path(), {}, other); }, ErrorCode::kUsage);
  EXPECT_NE(message.find("stage.max_length, stage.optimizer.eps"), std::string::npos) << message;
}

TEST(Trainer, PassesOverADamagedCheckpointToTheOneBefore) {
  const TemporaryFolder folder;
  MessageOf([&] {
    RunTiny(folder.path(), [&](int64_t step) {
      if (step == 5) throw Error(ErrorCode::kInterrupted, "stopped by the test");
    });
  }, ErrorCode::kInterrupted);
  const fs::path newest = folder.path() / "checkpoints" / "step-000000004";
  ASSERT_EQ(ReadFile(folder.path() / "checkpoints" / "latest"), "step-000000004\n");
  std::string bytes = ReadFile(newest / "optimizer.safetensors");
  bytes[bytes.size() / 2] ^= 1;
  WriteFileAtomic(newest / "optimizer.safetensors", bytes);
  RunTiny(folder.path());
  EXPECT_EQ(OutcomeIn(folder.path()), Undisturbed());
}

TEST(Trainer, KeepsTheLastCheckpointWhenTheDiskIsFull) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // From step 3 on no file may grow beyond 64 KB, as on a full disk; the checkpoint after step 4 fails.
    ::signal(SIGXFSZ, SIG_IGN);
    try {
      RunTiny(folder.path(), [](int64_t step) {
        const rlimit limit = {1 << 16, 1 << 16};
        if (step == 3) ::setrlimit(RLIMIT_FSIZE, &limit);
      });
    } catch (const Error& e) {
      ::_exit(e.code() == ErrorCode::kIo || e.code() == ErrorCode::kNoSpace ? 42 : 43);
    }
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_TRUE(fs::exists(folder.path() / "checkpoints" / "step-000000002" / "state.json"));
  EXPECT_FALSE(fs::exists(folder.path() / "checkpoints" / "step-000000004.tmp"));
  RunTiny(folder.path());
  EXPECT_EQ(OutcomeIn(folder.path()), Undisturbed());
}

TEST(Trainer, TrainsOnlyWhatTheStageNames) {
  const TemporaryFolder folder;
  StageConfig config = TinyStage();
  config.trainable = {.vision = false, .merger = true, .language = false};
  const auto model = InitModel(TinyModelConfig(), 1);
  const auto before = WeightsOf(*model);
  RunStage(config, {.folder = folder.path(), .seed = 7}, *model, MakeTrainingSet(TinyExamples(4, 3), config.max_length));
  for (const auto& [name, value] : WeightsOf(*model))
    EXPECT_EQ(at::equal(value, before.at(name)), GroupOf(name) != WeightGroup::kMerger) << name;
}

// One step from the same weights; returns the metrics line.
Json FirstStep(const StageConfig& config, std::vector<Example> examples) {
  const TemporaryFolder folder;
  const auto model = InitModel(TinyModelConfig(), 1);
  RunStage(config, {.folder = folder.path(), .seed = 7}, *model, MakeTrainingSet(std::move(examples), config.max_length));
  return ParseJson(ReadFile(folder.path() / "metrics.jsonl"), "metrics");
}

TEST(Trainer, AccumulationAndPackingDoNotChangeTheLoss) {
  // 16 examples with 2 to 4 labels each: a mean of means would differ in the second digit.
  StageConfig config = TinyStage();
  config.steps = 1;
  config.packing = false;
  config.micro_batch_size = 16;
  config.gradient_accumulation_steps = 1;
  const Json whole = FirstStep(config, TinyExamples(4, 3));
  config.micro_batch_size = 3;
  config.gradient_accumulation_steps = 6;
  const Json accumulated = FirstStep(config, TinyExamples(4, 3));
  config.packing = true;
  const Json packed = FirstStep(config, TinyExamples(4, 3));
  ASSERT_EQ(whole["examples"], 16);
  ASSERT_EQ(accumulated["examples"], 16);
  ASSERT_EQ(packed["examples"], 16);
  EXPECT_LT(packed["computed_tokens"], whole["computed_tokens"]);
  for (const Json& other : {accumulated, packed}) {
    EXPECT_EQ(other["labels"], whole["labels"]);
    EXPECT_NEAR(other["loss"].get<double>(), whole["loss"].get<double>(), 1e-5);
    EXPECT_NEAR(other["grad_norm"].get<double>(), whole["grad_norm"].get<double>(), 1e-4 * whole["grad_norm"].get<double>());
  }
}

TEST(Trainer, StopsAfterSeveralBadGradientsAndNamesTheSamples) {
  const TemporaryFolder folder;
  StageConfig config = TinyStage();
  config.optimizer.max_nonfinite_steps = 3;
  const auto model = InitModel(TinyModelConfig(), 1);
  model->norm.value.fill_(std::numeric_limits<float>::quiet_NaN());
  const std::string message = MessageOf([&] {
    RunStage(config, {.folder = folder.path(), .seed = 7}, *model, MakeTrainingSet(TinyExamples(4, 3), config.max_length));
  }, ErrorCode::kNonFinite);
  EXPECT_NE(message.find("3 updates in a row"), std::string::npos) << message;
  EXPECT_NE(message.find("tiny:"), std::string::npos) << message;
}

TEST(Trainer, SkipsABadStepAndGoesOn) {
  const TemporaryFolder folder;
  StageConfig config = TinyStage();
  config.packing = false;
  config.micro_batch_size = 1;
  config.gradient_accumulation_steps = 1;
  config.steps = 0;
  std::vector<Example> examples = TinyExamples(2, 2);
  auto image = std::make_shared<EncodedImage>(*examples[0].images[0]);
  image->pixel_values[0] = std::numeric_limits<float>::infinity();
  examples[0].images[0] = image;
  const auto model = InitModel(TinyModelConfig(), 1);
  const StageResult result = RunStage(config, {.folder = folder.path(), .seed = 7}, *model, MakeTrainingSet(std::move(examples), config.max_length));
  EXPECT_EQ(result.steps, 6);
  EXPECT_EQ(result.skipped_updates, 1);
  EXPECT_EQ(result.num_updates, 5);
  for (const auto& [name, value] : WeightsOf(*model)) EXPECT_TRUE(at::isfinite(value).all().item<bool>()) << name;
}

TEST(Trainer, RefusesAFolderInUse) {
  const TemporaryFolder folder;
  std::string message;
  RunTiny(folder.path(), [&](int64_t step) {
    if (step == 1) message = MessageOf([&] { RunTiny(folder.path()); }, ErrorCode::kUsage);
  });
  EXPECT_NE(message.find("another process"), std::string::npos) << message;
}

TEST(Trainer, ListsExamplesThatAreTooLong) {
  const std::string message = MessageOf([] { MakeTrainingSet(TinyExamples(1, 2), 20); }, ErrorCode::kTooLong);
  EXPECT_NE(message.find("1 of 3 examples are longer than max_length = 20: tiny:1 (22 tokens)"), std::string::npos) << message;
}

}  // namespace
}  // namespace lingshu
