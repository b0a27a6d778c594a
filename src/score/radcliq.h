// RadCliQ v0 and v1 (Yu et al. 2023, Patterns; CXR-Report-Metric): predicted number of a radiologist's error marks,
// linear in four other metrics. Lower is better; v1 of a perfect report is -1.4407, of one with all inputs 0 it
// is 2.4501. Its reciprocal, which others report, changes sign in between and orders nothing.
#pragma once

namespace lingshu {

struct RadCliqInputs {
  double radgraph_combined = 0;  // RadGraphScores::combined()
  double bert_score = 0;         // F, rescaled, distilroberta-base layer 5 without idf
  double semb_score = 0;
  double bleu2 = 0;  // NltkBleu(…, 2, BleuSmoothing::kMethod1) of ReportTokens
};

double RadCliqV0(const RadCliqInputs& inputs);
double RadCliqV1(const RadCliqInputs& inputs);

}  // namespace lingshu
