// Weights as RaTEScore 0.6.0 ships them, fitted to radiologists' ratings (rows: the entity, columns: its nearest).
#include "score/rate_score.h"

#include <cmath>

#include "base/error.h"

namespace lingshu {
namespace {

struct Affinity {
  std::array<std::array<double, kNumRateTypes>, kNumRateTypes> weights;
  double negation_weight;  // where one type says present and the other absent
};

constexpr Affinity kLong = {
    {{{0.4276119164393705, 0.5431049700217344, 0.0034478181112993847, 0.27005425386213877, 0.6240929990607657},
      {0.16546764653692908, 0.0009357166071730684, 0.719397354576018, 0.0927333564267591, 0.018670610691852826},
      {0.8396510075734789, 0.9820689020512646, 0.8460555030578727, 0.3789136708096537, 0.9950209388542061},
      {0.7759420231214385, 0.03860183811876373, 0.10073046076318157, 0.34065681486566446, 0.1839139293714062},
      {0.7487824274337533, 0.02097055139911715, 0.4592143222158069, 0.00013736314126696204, 0.2856134859160784}}},
    0.8716553966489615};

constexpr Affinity kShort = {
    {{{0.4070293318365468, 0.9479148658006686, 0.28342529466226446, 0.23875064111146294, 0.6952639610605605},
      {0.1712744286898638, 0.0007887930317199857, 0.00045065329822896076, 0.8555432840895761, 0.4485149671497294},
      {0.8840397619834857, 0.6962283914800402, 0.19018958438059513, 0.943727057946997, 0.9637659445696822},
      {0.9555801066212176, 0.05650711141169969, 0.6072996585919443, 0.3214769399791204, 0.13122106162635216},
      {0.5829759950441763, 0.794672584951181, 0.0006059634829551632, 0.27982942400798977, 0.7709590751917746}}},
    0.3611577852354489};

float Cosine(std::span<const float> a, std::span<const float> b) {
  CHECK(a.size() == b.size()) << a.size() << " and " << b.size() << " numbers";
  float product = 0, one = 0, other = 0;
  for (size_t i = 0; i < a.size(); ++i) product += a[i] * b[i], one += a[i] * a[i], other += b[i] * b[i];
  const float norm = std::sqrt(one) * std::sqrt(other);
  return norm == 0 ? 0 : product / norm;
}

bool IsPresent(RateType type) { return type == RateType::kAbnormality || type == RateType::kDisease; }
bool IsAbsent(RateType type) { return type == RateType::kNonAbnormality || type == RateType::kNonDisease; }

}  // namespace

double RateWeight(RateMatrix matrix, RateType entity, RateType nearest) {
  return (matrix == RateMatrix::kLong ? kLong : kShort).weights[static_cast<size_t>(entity)][static_cast<size_t>(nearest)];
}

double RateNegationWeight(RateMatrix matrix) { return (matrix == RateMatrix::kLong ? kLong : kShort).negation_weight; }

double RateOneWay(const std::vector<RateEntity>& from, const std::vector<RateEntity>& to, RateMatrix matrix) {
  const Affinity& affinity = matrix == RateMatrix::kLong ? kLong : kShort;
  double sum = 0, total = 0;
  for (const RateEntity& entity : from) {
    const RateEntity* nearest = nullptr;
    float similarity = 0;
    for (const RateEntity& other : to)
      if (const float cosine = Cosine(entity.embedding, other.embedding); nearest == nullptr || cosine > similarity)
        nearest = &other, similarity = cosine;
    if (nearest == nullptr) continue;
    const double weight = affinity.weights[static_cast<int>(entity.type)][static_cast<int>(nearest->type)];
    const bool is_contradiction =
        (IsPresent(entity.type) && IsAbsent(nearest->type)) || (IsAbsent(entity.type) && IsPresent(nearest->type));
    sum += weight * similarity * (is_contradiction ? affinity.negation_weight : 1);
    total += weight;
  }
  return total == 0 ? 0 : sum / total;
}

double RateScore(const std::vector<RateEntity>& reference, const std::vector<RateEntity>& candidate,
                 RateMatrix matrix) {
  if (reference.empty() || candidate.empty()) return 0.5;
  const double a = RateOneWay(reference, candidate, matrix), b = RateOneWay(candidate, reference, matrix);
  return a + b == 0 ? 0 : 2 * a * b / (a + b);
}

}  // namespace lingshu
