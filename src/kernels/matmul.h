// y = x · Wᵀ + bias in float32 with the same bits for a token whatever shares its batch: every output is one chain of fused
// multiply-adds over k in rising order. A vector holds one output of sixteen tokens, so weights are read as they lie, each
// element once per panel of tokens, and nothing of them is repacked.
#pragma once

#include <cstdint>

namespace lingshu {

inline constexpr int64_t kPanelTokens = 48;   // tokens that one pass over the weights serves
inline constexpr int64_t kOutputBlock = 16;   // outputs that are made together

// Floats of a panel of `tokens` ≤ kPanelTokens rows.
constexpr int64_t PanelFloats(int64_t tokens, int64_t k) { return (tokens + 15) / 16 * 16 * k; }
// x [tokens, k] → panel [k, tokens rounded up to 16], zeros beyond the tokens.
void PackPanel(const float* x, int64_t tokens, int64_t k, float* panel);
// y[t · stride + j] = Σ_k x[t][k] · w[j · k_total + k] + bias[j] for the panel's tokens t and j in [0, outputs);
// w [outputs, k], bias [outputs] or null, outputs ≤ kOutputBlock.
void MatmulPanel(const float* panel, int64_t tokens, int64_t k, const float* w, const float* bias, int64_t outputs, float* y,
                 int64_t stride);

}  // namespace lingshu
