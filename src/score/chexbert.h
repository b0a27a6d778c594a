// CheXbert F1 and SembScore (Smit et al. 2020, arXiv:2004.09167; Yu et al. 2023) from the labeller's outputs: the
// arithmetic of f1chexbert 0.0.2 in its "rrg" mode, over scikit-learn's classification_report.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

namespace lingshu {

inline constexpr int kNumChexbertLabels = 14;
inline constexpr std::array<const char*, kNumChexbertLabels> kChexbertLabels = {"Enlarged Cardiomediastinum",
                                                                                "Cardiomegaly",
                                                                                "Lung Opacity",
                                                                                "Lung Lesion",
                                                                                "Edema",
                                                                                "Consolidation",
                                                                                "Pneumonia",
                                                                                "Atelectasis",
                                                                                "Pneumothorax",
                                                                                "Pleural Effusion",
                                                                                "Pleural Other",
                                                                                "Fracture",
                                                                                "Support Devices",
                                                                                "No Finding"};
// Cardiomegaly, Edema, Consolidation, Atelectasis, Pleural Effusion.
inline constexpr std::array<int, 5> kChexbertFive = {1, 4, 5, 7, 9};

// Classes as the heads put them. Positive and uncertain count as positive.
enum class ChexbertClass : int { kBlank = 0, kPositive = 1, kNegative = 2, kUncertain = 3 };
using ChexbertClasses = std::array<ChexbertClass, kNumChexbertLabels>;

// Each in [0, 1]; an F1 without any positive on either side is 0.
struct MultiLabelF1 {
  double micro = 0, macro = 0;
  double weighted = 0;  // by the number of gold positives
  double samples = 0;   // mean over the reports
  std::vector<double> by_label;
};

struct ChexbertScores {
  MultiLabelF1 all, five;
  double exact_match_five = 0;  // reports on which the five agree
};

// REQUIRES: gold.size() == predicted.size(), at least 1.
ChexbertScores ChexbertF1(const std::vector<ChexbertClasses>& gold, const std::vector<ChexbertClasses>& predicted);

// Cosine of the two [CLS] vectors of the last layer, in [-1, 1]; 0 where one is all zero. REQUIRES: same length.
double SembScore(std::span<const float> reference, std::span<const float> candidate);

}  // namespace lingshu
