// See attention.h. Keys and values of a segment are gathered once into padded scratch: keys transposed [H][L], so that a
// row of scores is a sum of H vectors, values as rows [L][H]. L and H are padded to whole vectors with zeros.
#include "kernels/attention.h"

#include "kernels/simd.h"

namespace lingshu {
namespace {

using simd::F16;
using simd::kLanes;
using simd::Load;
using simd::Store;

LINGSHU_INLINE int64_t Pad(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }
constexpr float kMasked = -1e30f;

// The token of key j: prefix first, then the segment's own.
LINGSHU_INLINE int64_t KeyToken(const AttentionShape& shape, int64_t j) {
  const int64_t prefix = shape.prefix_end - shape.prefix_begin;
  return j < prefix ? shape.prefix_begin + j : shape.query_begin + j - prefix;
}

// transposed [Hp][Lp] (and rows [Lp][Hp] when wanted) of one kv head.
LINGSHU_INLINE void Gather(const AttentionShape& shape, const float* packed, int64_t kv_head, int64_t keys, float* transposed,
                           float* rows) {
  const int64_t h = shape.head_dim, hp = Pad(h), lp = Pad(keys);
  for (int64_t j = 0; j < lp; ++j) {
    const float* from = j < keys ? packed + (KeyToken(shape, j) * shape.num_kv_heads + kv_head) * h : nullptr;
    for (int64_t d = 0; d < hp; ++d) {
      const float value = from && d < h ? from[d] : 0.0f;
      if (transposed) transposed[d * lp + j] = value;
      if (rows) rows[j * hp + d] = value;
    }
  }
}

// row[j] = Σ_d x[d] · transposed[d][j] for j in [0, count); count is whole vectors, lp the row length of transposed.
LINGSHU_INLINE void RowTimes(const float* x, const float* transposed, int64_t h, int64_t lp, int64_t count, float* row) {
  int64_t j = 0;
  for (; j + 2 * kLanes <= count; j += 2 * kLanes) {
    F16 a = {}, b = {};
    for (int64_t d = 0; d < h; ++d) {
      a += x[d] * Load(transposed + d * lp + j);
      b += x[d] * Load(transposed + d * lp + j + kLanes);
    }
    Store(row + j, a);
    Store(row + j + kLanes, b);
  }
  for (; j < count; j += kLanes) {
    F16 a = {};
    for (int64_t d = 0; d < h; ++d) a += x[d] * Load(transposed + d * lp + j);
    Store(row + j, a);
  }
}

// y[0, h) = Σ_j weights[j] · rows[j], j in [0, n).
LINGSHU_INLINE void WeightedRows(const float* weights, const float* rows, int64_t n, int64_t h, int64_t hp, float* y) {
  for (int64_t d = 0; d < hp; d += kLanes) {
    F16 a = {}, b = {};
    int64_t j = 0;
    for (; j + 2 <= n; j += 2) {
      a += weights[j] * Load(rows + j * hp + d);
      b += weights[j + 1] * Load(rows + (j + 1) * hp + d);
    }
    if (j < n) a += weights[j] * Load(rows + j * hp + d);
    a += b;
    if (d + kLanes <= h) {
      Store(y + d, a);
    } else {
      for (int64_t i = d; i < h; ++i) y[i] = a[i - d];
    }
  }
}

// Turns scores [0, n) (padded to lp) into softmax numerators over scale · score; returns log Σ exp and sets the inverse sum.
LINGSHU_INLINE float SoftmaxRow(float* row, int64_t n, int64_t lp, float scale, float* inverse_sum) {
  for (int64_t j = n; j < lp; ++j) row[j] = kMasked;
  F16 top = simd::Set(kMasked);
  for (int64_t j = 0; j < lp; j += kLanes) top = simd::Max(top, Load(row + j));
  const float max = simd::Max(top) * scale;
  F16 sums = {};
  for (int64_t j = 0; j < lp; j += kLanes) {
    const F16 p = simd::Exp(Load(row + j) * scale - max);
    Store(row + j, p);
    sums += p;
  }
  const float sum = simd::Sum(sums);
  *inverse_sum = 1.0f / sum;
  return max + __builtin_logf(sum);
}

LINGSHU_INLINE int64_t SeenKeys(const AttentionShape& shape, int64_t query, int64_t keys) {
  return shape.is_causal ? shape.prefix_end - shape.prefix_begin + (query - shape.query_begin) + 1 : keys;
}

LINGSHU_INLINE int64_t NumKeys(const AttentionShape& shape) {
  return shape.prefix_end - shape.prefix_begin + shape.query_end - shape.query_begin;
}

}  // namespace

int64_t AttentionShape::scratch_floats(bool is_backward) const {
  const int64_t keys = Pad(NumKeys(*this)), h = Pad(head_dim);
  return (is_backward ? 5 : 2) * keys * h + 3 * keys + 2 * h;
}

LINGSHU_CLONES
void SegmentAttentionForward(const AttentionShape& shape, int64_t kv_head, const float* q, const float* k, const float* v,
                             float* out, float* lse, float* scratch) {
  const int64_t h = shape.head_dim, hp = Pad(h), keys = NumKeys(shape), lp = Pad(keys);
  const int64_t group = shape.num_heads / shape.num_kv_heads;
  float* k_transposed = scratch;
  float* v_rows = k_transposed + hp * lp;
  float* row = v_rows + hp * lp;
  Gather(shape, k, kv_head, keys, k_transposed, nullptr);
  Gather(shape, v, kv_head, keys, nullptr, v_rows);
  for (int64_t t = shape.query_begin; t < shape.query_end; ++t) {
    const int64_t seen = SeenKeys(shape, t, keys), seen_padded = Pad(seen);
    for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      const int64_t at = t * shape.num_heads + head;
      RowTimes(q + at * h, k_transposed, h, lp, seen_padded, row);
      float inverse_sum;
      lse[at] = SoftmaxRow(row, seen, seen_padded, shape.scale, &inverse_sum);
      for (int64_t j = 0; j < seen_padded; j += kLanes) Store(row + j, Load(row + j) * inverse_sum);
      WeightedRows(row, v_rows, seen, h, hp, out + at * h);
    }
  }
}

LINGSHU_CLONES
void SegmentAttentionBackward(const AttentionShape& shape, int64_t kv_head, const float* q, const float* k, const float* v,
                              const float* out, const float* lse, const float* dout, float* dq, float* dk, float* dv,
                              float* scratch) {
  const int64_t h = shape.head_dim, hp = Pad(h), keys = NumKeys(shape), lp = Pad(keys);
  const int64_t group = shape.num_heads / shape.num_kv_heads;
  float* k_transposed = scratch;
  float* k_rows = k_transposed + hp * lp;
  float* v_transposed = k_rows + hp * lp;
  float* dk_rows = v_transposed + hp * lp;
  float* dv_rows = dk_rows + hp * lp;
  float* probabilities = dv_rows + hp * lp;
  float* ds = probabilities + lp;
  float* q_padded = ds + lp;
  float* dout_padded = q_padded + hp;
  Gather(shape, k, kv_head, keys, k_transposed, k_rows);
  Gather(shape, v, kv_head, keys, v_transposed, nullptr);
  for (int64_t i = 0; i < hp * lp; ++i) dk_rows[i] = dv_rows[i] = 0.0f;
  for (int64_t t = shape.query_begin; t < shape.query_end; ++t) {
    const int64_t seen = SeenKeys(shape, t, keys);
    for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      const int64_t at = t * shape.num_heads + head;
      float delta = 0;
      for (int64_t d = 0; d < hp; ++d) {
        q_padded[d] = d < h ? q[at * h + d] : 0.0f;
        dout_padded[d] = d < h ? dout[at * h + d] : 0.0f;
        delta += d < h ? dout[at * h + d] * out[at * h + d] : 0.0f;
      }
      RowTimes(q_padded, k_transposed, h, lp, lp, probabilities);
      RowTimes(dout_padded, v_transposed, h, lp, lp, ds);
      for (int64_t j = seen; j < lp; ++j) probabilities[j] = kMasked;
      // dS = P · (dP − Σ dO·O) · scale
      for (int64_t j = 0; j < lp; j += kLanes) {
        const F16 p = simd::Exp(Load(probabilities + j) * shape.scale - lse[at]);
        Store(probabilities + j, p);
        Store(ds + j, p * (Load(ds + j) - delta) * shape.scale);
      }
      WeightedRows(ds, k_rows, seen, h, hp, dq + at * h);
      for (int64_t j = 0; j < seen; ++j)
        for (int64_t d = 0; d < hp; d += kLanes) {
          Store(dk_rows + j * hp + d, Load(dk_rows + j * hp + d) + ds[j] * Load(q_padded + d));
          Store(dv_rows + j * hp + d, Load(dv_rows + j * hp + d) + probabilities[j] * Load(dout_padded + d));
        }
    }
  }
  for (int64_t j = 0; j < keys; ++j) {
    const int64_t to = (KeyToken(shape, j) * shape.num_kv_heads + kv_head) * h;
    for (int64_t d = 0; d < h; ++d) {
      dk[to + d] += dk_rows[j * hp + d];
      dv[to + d] += dv_rows[j * hp + d];
    }
  }
}

LINGSHU_CLONES
void PagedAttention(const float* q, int64_t group, int64_t head_dim, const float* const* k_pages, const float* const* v_pages,
                    int64_t num_tokens, float scale, float* out, float* scratch) {
  const int64_t padded = Pad(num_tokens), h = head_dim;
  for (int64_t g = 0; g < group; ++g, q += h, out += h) {
    for (int64_t j = 0; j < padded; j += kLanes) {
      const float* page = k_pages[j / kPageTokens];
      F16 a = {};
      for (int64_t d = 0; d < h; ++d) a += q[d] * Load(page + d * kPageTokens);
      Store(scratch + j, a);
    }
    float inverse_sum;
    SoftmaxRow(scratch, num_tokens, padded, scale, &inverse_sum);
    for (int64_t j = 0; j < padded; j += kLanes) Store(scratch + j, Load(scratch + j) * inverse_sum);
    for (int64_t d = 0; d < h; ++d) out[d] = 0;
    for (int64_t j = 0; j < num_tokens; ++j) {
      const float* row = v_pages[j / kPageTokens] + (j % kPageTokens) * h;
      const float p = scratch[j];
      for (int64_t d = 0; d < h; ++d) out[d] += p * row[d];
    }
  }
}

}  // namespace lingshu
