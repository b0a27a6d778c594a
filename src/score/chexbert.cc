#include "score/chexbert.h"

#include <cmath>
#include <numeric>

#include "base/error.h"

namespace lingshu {
namespace {

bool IsPositive(ChexbertClass label) { return label == ChexbertClass::kPositive || label == ChexbertClass::kUncertain; }

struct Counts {
  int64_t both = 0, gold = 0, predicted = 0;
  void Add(bool is_gold, bool is_predicted) {
    both += is_gold && is_predicted;
    gold += is_gold;
    predicted += is_predicted;
  }
  double F1() const {
    return gold + predicted == 0 ? 0 : 2 * static_cast<double>(both) / static_cast<double>(gold + predicted);
  }
};

MultiLabelF1 F1Of(const std::vector<ChexbertClasses>& gold, const std::vector<ChexbertClasses>& predicted,
                  std::span<const int> labels) {
  MultiLabelF1 result;
  std::vector<Counts> by_label(labels.size());
  Counts all;
  for (size_t i = 0; i < gold.size(); ++i) {
    Counts of_sample;
    for (size_t k = 0; k < labels.size(); ++k) {
      const bool is_gold = IsPositive(gold[i][labels[k]]), is_predicted = IsPositive(predicted[i][labels[k]]);
      for (Counts* counts : {&by_label[k], &all, &of_sample}) counts->Add(is_gold, is_predicted);
    }
    result.samples += of_sample.F1() / static_cast<double>(gold.size());
  }
  result.micro = all.F1();
  for (const Counts& counts : by_label) {
    result.by_label.push_back(counts.F1());
    result.macro += counts.F1() / static_cast<double>(labels.size());
    if (all.gold > 0) result.weighted += counts.F1() * static_cast<double>(counts.gold) / static_cast<double>(all.gold);
  }
  return result;
}

}  // namespace

ChexbertScores ChexbertF1(const std::vector<ChexbertClasses>& gold, const std::vector<ChexbertClasses>& predicted) {
  CHECK(gold.size() == predicted.size() && !gold.empty())
      << gold.size() << " gold, " << predicted.size() << " predicted";
  std::array<int, kNumChexbertLabels> every;
  std::iota(every.begin(), every.end(), 0);
  ChexbertScores scores{.all = F1Of(gold, predicted, every), .five = F1Of(gold, predicted, kChexbertFive)};
  for (size_t i = 0; i < gold.size(); ++i) {
    bool is_equal = true;
    for (const int label : kChexbertFive) is_equal &= IsPositive(gold[i][label]) == IsPositive(predicted[i][label]);
    scores.exact_match_five += is_equal / static_cast<double>(gold.size());
  }
  return scores;
}

double SembScore(std::span<const float> reference, std::span<const float> candidate) {
  CHECK(reference.size() == candidate.size()) << reference.size() << " and " << candidate.size() << " numbers";
  double product = 0, one = 0, other = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    product += double{reference[i]} * candidate[i];
    one += double{reference[i]} * reference[i];
    other += double{candidate[i]} * candidate[i];
  }
  return one == 0 || other == 0 ? 0 : product / (std::sqrt(one) * std::sqrt(other));
}

}  // namespace lingshu
