// Coefficients as published in composite_metric_model.pkl, normalizer.pkl and radcliq-v1.pkl.
#include "score/radcliq.h"

#include <array>

namespace lingshu {
namespace {

struct LinearModel {
  std::array<double, 4> mean, scale, weights;
  double intercept;
};

constexpr LinearModel kV0 = {
    .mean = {0.5398376019082272, 0.6312549595000001, 0.7716797866672277, 0.4607372064809605},
    .scale = {0.3018344440559102, 0.22466950746141123, 0.24750333805236252, 0.30336670936092264},
    .weights = {-0.4796252644863446, -0.6762170542369337, -0.46366575161751994, 0.2165861905287535},
    .intercept = 1.641666666666666};
constexpr LinearModel kV1 = {
    .mean = {0.5379231241355762, 0.6175725628125001, 0.7647942121140658, 0.44738335396242174},
    .scale = {0.3028258411486429, 0.22430938459304575, 0.2539439110169773, 0.2989271671041838},
    .weights = {-0.37708368261038905, -0.37030009974480316, -0.25261621789593225, 4.315048405024756e-12},
    .intercept = 2.466552561323256e-10};

double Predict(const LinearModel& model, const RadCliqInputs& inputs) {
  const std::array<double, 4> x = {inputs.radgraph_combined, inputs.bert_score, inputs.semb_score, inputs.bleu2};
  double y = model.intercept;
  for (size_t i = 0; i < x.size(); ++i) y += (x[i] - model.mean[i]) / model.scale[i] * model.weights[i];
  return y;
}

}  // namespace

double RadCliqV0(const RadCliqInputs& inputs) { return Predict(kV0, inputs); }
double RadCliqV1(const RadCliqInputs& inputs) { return Predict(kV1, inputs); }

}  // namespace lingshu
