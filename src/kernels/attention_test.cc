// Fused kernels against plain loops: forward, and backward against the derivative of the plain forward by differences.
#include "kernels/attention.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "kernels/fused.h"

namespace lingshu {
namespace {

std::vector<float> Random(size_t n, uint64_t seed, double scale = 1) {
  Rng rng(seed);
  std::vector<float> values(n);
  for (float& value : values) value = static_cast<float>(rng.Normal() * scale);
  return values;
}

// Two branches on one prefix, tokens [0, 5) | [5, 22) | [22, 29); plain double loops.
struct Problem {
  int64_t heads = 4, kv_heads = 2, h = 20, tokens = 29;
  bool is_causal = true;
  std::vector<AttentionShape> shapes;
  std::vector<float> q, k, v;

  Problem() {
    q = Random(tokens * heads * h, 1), k = Random(tokens * kv_heads * h, 2), v = Random(tokens * kv_heads * h, 3);
    const int64_t spans[3][4] = {{0, 5, 0, 0}, {5, 22, 0, 5}, {22, 29, 0, 5}};
    for (const auto& s : spans)
      shapes.push_back({s[0], s[1], s[2], s[3], heads, kv_heads, h, is_causal, static_cast<float>(1 / std::sqrt(h))});
  }

  std::vector<double> PlainForward() const {
    std::vector<double> out(q.size(), 0);
    for (const AttentionShape& s : shapes)
      for (int64_t t = s.query_begin; t < s.query_end; ++t)
        for (int64_t n = 0; n < heads; ++n) {
          std::vector<int64_t> seen;
          for (int64_t j = s.prefix_begin; j < s.prefix_end; ++j) seen.push_back(j);
          for (int64_t j = s.query_begin; j <= t; ++j) seen.push_back(j);
          const int64_t kv = n / (heads / kv_heads);
          std::vector<double> p;
          double sum = 0;
          for (const int64_t j : seen) {
            double dot = 0;
            for (int64_t d = 0; d < h; ++d) dot += double(q[(t * heads + n) * h + d]) * k[(j * kv_heads + kv) * h + d];
            p.push_back(std::exp(dot * s.scale));
            sum += p.back();
          }
          for (size_t i = 0; i < seen.size(); ++i)
            for (int64_t d = 0; d < h; ++d) out[(t * heads + n) * h + d] += p[i] / sum * v[(seen[i] * kv_heads + kv) * h + d];
        }
    return out;
  }

  void Forward(std::vector<float>& out, std::vector<float>& lse) const {
    out.assign(q.size(), 0), lse.assign(tokens * heads, 0);
    for (const AttentionShape& s : shapes) {
      std::vector<float> scratch(s.scratch_floats(false));
      for (int64_t kv = 0; kv < kv_heads; ++kv)
        SegmentAttentionForward(s, kv, q.data(), k.data(), v.data(), out.data(), lse.data(), scratch.data());
    }
  }

  double Loss(const std::vector<float>& dout) const {
    const std::vector<double> out = PlainForward();
    double loss = 0;
    for (size_t i = 0; i < out.size(); ++i) loss += out[i] * dout[i];
    return loss;
  }
};

TEST(SegmentAttention, ForwardEqualsPlainLoops) {
  const Problem problem;
  std::vector<float> out, lse;
  problem.Forward(out, lse);
  const std::vector<double> plain = problem.PlainForward();
  for (size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], plain[i], 2e-6) << i;  // a few float ulp of values near 1
}

TEST(SegmentAttention, BackwardEqualsDifferencesOfPlainForward) {
  Problem problem;
  std::vector<float> out, lse;
  problem.Forward(out, lse);
  const std::vector<float> dout = Random(out.size(), 4);
  std::vector<float> dq(problem.q.size(), 0), dk(problem.k.size(), 0), dv(problem.v.size(), 0);
  for (const AttentionShape& s : problem.shapes) {
    std::vector<float> scratch(s.scratch_floats(true));
    for (int64_t kv = 0; kv < problem.kv_heads; ++kv)
      SegmentAttentionBackward(s, kv, problem.q.data(), problem.k.data(), problem.v.data(), out.data(), lse.data(), dout.data(),
                               dq.data(), dk.data(), dv.data(), scratch.data());
  }
  const auto check = [&](std::vector<float>& values, const std::vector<float>& gradient) {
    for (size_t i = 0; i < values.size(); i += 37) {
      const float kept = values[i];
      const double step = 1e-2;
      values[i] = static_cast<float>(kept + step);
      const double up = problem.Loss(dout), high = values[i];
      values[i] = static_cast<float>(kept - step);
      const double down = problem.Loss(dout), low = values[i];
      values[i] = kept;
      // Central differences of a smooth function: error about step² times the third derivative, below 1e-3 here.
      ASSERT_NEAR(gradient[i], (up - down) / (high - low), 1e-3) << i;
    }
  };
  check(problem.q, dq);
  check(problem.k, dk);
  check(problem.v, dv);
}

TEST(PagedAttention, EqualsSegmentAttention) {
  const int64_t tokens = 37, group = 2, h = 20;
  const std::vector<float> q = Random(tokens * group * h, 5), k = Random(tokens * h, 6), v = Random(tokens * h, 7);
  const AttentionShape shape = {0, tokens, 0, 0, group, 1, h, true, 0.2f};
  std::vector<float> out(q.size()), lse(tokens * group), scratch(shape.scratch_floats(false));
  SegmentAttentionForward(shape, 0, q.data(), k.data(), v.data(), out.data(), lse.data(), scratch.data());
  std::vector<std::vector<float>> pages;
  std::vector<const float*> k_pages, v_pages;
  for (int64_t page = 0; page < 3; ++page) {
    std::vector<float> kp(h * 16, 0), vp(h * 16, 0);
    for (int64_t j = page * 16; j < std::min<int64_t>(tokens, page * 16 + 16); ++j)
      for (int64_t d = 0; d < h; ++d) kp[d * 16 + j % 16] = k[j * h + d], vp[j % 16 * h + d] = v[j * h + d];
    pages.push_back(kp), pages.push_back(vp);
  }
  for (size_t i = 0; i < pages.size(); i += 2) k_pages.push_back(pages[i].data()), v_pages.push_back(pages[i + 1].data());
  std::vector<float> row(group * h), work(48);
  for (const int64_t t : {0L, 15L, 16L, 36L}) {
    PagedAttention(q.data() + t * group * h, group, h, k_pages.data(), v_pages.data(), t + 1, 0.2f, row.data(), work.data());
    for (int64_t i = 0; i < group * h; ++i) ASSERT_NEAR(row[i], out[t * group * h + i], 1e-6) << t;
  }
}

TEST(RmsNorm, BackwardEqualsDifferences) {
  const int64_t rows = 3, d = 37;
  std::vector<float> x = Random(rows * d, 8), weight = Random(d, 9), dy = Random(rows * d, 10);
  std::vector<float> y(rows * d), inv(rows), dx(rows * d), dw(d, 0);
  RmsNormForward(x.data(), weight.data(), 1e-6f, rows, d, y.data(), inv.data());
  RmsNormBackward(dy.data(), x.data(), weight.data(), inv.data(), rows, d, dx.data(), dw.data());
  const auto loss = [&] {
    double total = 0;
    for (int64_t r = 0; r < rows; ++r) {
      double squares = 0;
      for (int64_t i = 0; i < d; ++i) squares += double(x[r * d + i]) * x[r * d + i];
      for (int64_t i = 0; i < d; ++i) total += dy[r * d + i] * x[r * d + i] / std::sqrt(squares / d + 1e-6) * weight[i];
    }
    return total;
  };
  const auto check = [&](float& value, float gradient) {
    const float kept = value;
    value = kept + 1e-2f;
    const double up = loss(), high = value;
    value = kept - 1e-2f;
    const double down = loss(), low = value;
    value = kept;
    ASSERT_NEAR(gradient, (up - down) / (high - low), 1e-3);
  };
  for (int64_t i = 0; i < rows * d; i += 5) check(x[i], dx[i]);
  for (int64_t i = 0; i < d; i += 5) check(weight[i], dw[i]);
}

TEST(SwiGlu, ForwardAndBackwardEqualTheFormula) {
  const int64_t n = 45;
  const std::vector<float> gate = Random(n, 11, 4), up = Random(n, 12), dy = Random(n, 13);
  std::vector<float> y(n), dgate(n), dup(n);
  SwiGluForward(gate.data(), up.data(), n, y.data());
  SwiGluBackward(dy.data(), gate.data(), up.data(), n, dgate.data(), dup.data());
  for (int64_t i = 0; i < n; ++i) {
    const double s = 1 / (1 + std::exp(-double(gate[i])));
    ASSERT_NEAR(y[i], gate[i] * s * up[i], 1e-5);
    ASSERT_NEAR(dgate[i], dy[i] * up[i] * s * (1 + gate[i] * (1 - s)), 1e-5);
    ASSERT_NEAR(dup[i], dy[i] * gate[i] * s, 1e-5);
  }
}

TEST(Rope, InverseUndoesForward) {
  const int64_t tokens = 3, heads = 2, h = 12;
  const std::vector<float> x = Random(tokens * heads * h, 14), angle = Random(tokens * h / 2, 15);
  std::vector<float> cos(angle.size()), sin(angle.size()), y(x.size());
  for (size_t i = 0; i < angle.size(); ++i) cos[i] = std::cos(angle[i]), sin[i] = std::sin(angle[i]);
  RopeRows(x.data(), cos.data(), sin.data(), tokens, heads, h, 1, y.data());
  EXPECT_NEAR(y[0], x[0] * cos[0] - x[6] * sin[0], 1e-6);
  RopeRows(y.data(), cos.data(), sin.data(), tokens, heads, h, -1, y.data());
  for (size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(y[i], x[i], 1e-6);
}

}  // namespace
}  // namespace lingshu
