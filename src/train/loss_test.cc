// The loss and its gradients on a tiny model: slices against the whole, gradients against differences.
#include "train/loss.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "batch/pack.h"
#include "tensor/ops.h"
#include "train/fixtures.h"

namespace lingshu {
namespace {

using Gradients = std::map<std::string, Tensor>;

struct Fixture {
  std::shared_ptr<Model> model = InitModel(TinyModelConfig(), 1);
  std::vector<Example> examples = TinyExamples(2, 2);
  Batch batch;

  Fixture() {
    std::vector<const Example*> pointers;
    for (const Example& example : examples) pointers.push_back(&example);
    batch = PackExamples(pointers, model->config, true);
    VisitWeights(*model, [](const std::string&, Weight& weight, const std::vector<int64_t>& shape) {
      if (shape.size() > 1) weight.value.mul_(3);  // so that every weight matters
      weight.value.requires_grad_(true);
    });
  }

  double Backward(int64_t max_slice_logits = kMaxSliceLogits) {
    const SliceLoss mean = [&](const Tensor& logprobs, int64_t, int64_t) { return -logprobs.sum() / static_cast<double>(batch.num_labels); };
    return BackwardSlices(*model, ForwardBatch(*model, batch), LabelRowsOf(batch), mean, max_slice_logits);
  }

  // Takes the gradients away from the weights.
  Gradients Take() {
    Gradients gradients;
    VisitWeights(*model, [&](const std::string& name, Weight& weight, const std::vector<int64_t>&) {
      if (weight.value.grad().defined()) gradients[name] = weight.value.grad().clone();
      weight.value.mutable_grad() = Tensor();
    });
    return gradients;
  }
};

TEST(Loss, IsTheMeanCrossEntropyOfTheLabels) {
  Fixture fixture;
  const LabelRows rows = LabelRowsOf(fixture.batch);
  const Tensor logits = Logits(*fixture.model, ForwardBatch(*fixture.model, fixture.batch).detach()).detach().to(at::kDouble);
  double expected = 0;
  for (size_t r = 0; r < rows.labels.size(); ++r) {
    const Tensor row = logits[rows.positions[r]];
    expected += (row.logsumexp(0) - row[rows.labels[r]]).item<double>() / static_cast<double>(rows.labels.size());
  }
  EXPECT_NEAR(fixture.Backward(), expected, 1e-5);
}

TEST(Loss, SlicesOfLogitsGiveTheGradientsOfTheWhole) {
  Fixture fixture;
  const double whole = fixture.Backward();
  const Gradients expected = fixture.Take();
  const double sliced = fixture.Backward(/*max_slice_logits=*/3 * 64);  // three rows at a time
  EXPECT_NEAR(sliced, whole, 1e-6);
  const Gradients gradients = fixture.Take();
  ASSERT_EQ(gradients.size(), expected.size());
  // Sums in another order: float32 rounding relative to the largest element.
  for (const auto& [name, value] : expected)
    EXPECT_LT((gradients.at(name) - value).abs().max().item<double>(), 1e-5 * value.abs().max().item<double>() + 1e-8) << name;
}

TEST(Loss, GradientOfEveryWeightAgreesWithDifferencesAlongIt) {
  Fixture fixture;
  fixture.Backward();
  for (const auto& [name, gradient] : fixture.Take()) {
    const double norm = gradient.norm().item<double>();
    ASSERT_GT(norm, 0) << name;
    const auto loss_at = [&](double step) {
      double loss = 0;
      VisitWeights(*fixture.model, [&, &name = name, &gradient = gradient](const std::string& other, Weight& weight, const std::vector<int64_t>&) {
        if (other != name) return;
        const at::NoGradGuard no_grad;
        weight.value.add_(gradient, step / norm);
      });
      loss = fixture.Backward();
      fixture.Take();
      VisitWeights(*fixture.model, [&, &name = name, &gradient = gradient](const std::string& other, Weight& weight, const std::vector<int64_t>&) {
        if (other != name) return;
        const at::NoGradGuard no_grad;
        weight.value.sub_(gradient, step / norm);
      });
      return loss;
    };
    // Along its own direction the slope is the norm. Curvature and float32 rounding of the loss (1e-7 / step) bound the error.
    const double step = 1e-2;
    EXPECT_NEAR((loss_at(step) - loss_at(-step)) / (2 * step), norm, 0.02 * norm + 2e-4) << name;
  }
}

TEST(Loss, LogprobsOfLabelsAreThoseOfTheLoss) {
  Fixture fixture;
  const LabelRows rows = LabelRowsOf(fixture.batch);
  const Tensor logprobs = LabelLogprobs(*fixture.model, ForwardBatch(*fixture.model, fixture.batch), rows);
  EXPECT_NEAR(-logprobs.mean().item<double>(), fixture.Backward(), 1e-6);
  EXPECT_FALSE(logprobs.requires_grad());
}

}  // namespace
}  // namespace lingshu
