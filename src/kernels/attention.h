// Softmax attention on raw float32 pointers, forward and backward, for packed segments with a shared prefix, and forward
// over a paged KV cache. Scores are kept as log-sum-exp only; the backward pass makes the probabilities again
// (FlashAttention, Dao et al. 2022). A plain reference stands beside each in attention_test.cc.
#pragma once

#include <cstdint>

namespace lingshu {

// One segment's queries against its keys. Strides are in floats between tokens of the packed tensors q, k, v, out.
struct AttentionShape {
  int64_t query_begin, query_end;    // tokens of the segment
  int64_t prefix_begin, prefix_end;  // tokens that all of its queries see; empty when equal
  int64_t num_heads, num_kv_heads, head_dim;
  bool is_causal;
  float scale;
  // Floats of scratch that one call needs.
  int64_t scratch_floats(bool is_backward) const;
};

// Heads [kv_head · N/K, (kv_head + 1) · N/K) of one segment.  q [T, N, H], k, v [T, K, H], out [T, N, H], lse [T, N].
void SegmentAttentionForward(const AttentionShape& shape, int64_t kv_head, const float* q, const float* k, const float* v,
                             float* out, float* lse, float* scratch);
// dq is written; dk and dv are added to (the prefix collects from all of its branches).
void SegmentAttentionBackward(const AttentionShape& shape, int64_t kv_head, const float* q, const float* k, const float* v,
                              const float* out, const float* lse, const float* dout, float* dq, float* dk, float* dv,
                              float* scratch);

// The cache's page: 16 tokens; keys transposed [head_dim][16] so that one vector holds a dimension of 16 keys, values
// [16][head_dim].
inline constexpr int64_t kPageTokens = 16;

// One query token's heads of one kv head: q and out [N/K, H]; pages k_pages[i], v_pages[i] of this layer and kv head hold
// tokens [16 i, 16 i + 16), the first num_tokens of which are seen.  scratch: round_up(num_tokens, 16) floats.
void PagedAttention(const float* q, int64_t group, int64_t head_dim, const float* const* k_pages, const float* const* v_pages,
                    int64_t num_tokens, float scale, float* out, float* scratch);

}  // namespace lingshu
