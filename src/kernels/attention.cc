// See attention.h. Keys and values of a segment are gathered once into padded scratch: transposed [H][L], so that a row of
// scores is a sum of H vectors, and as rows [L][H]. The queries of all heads that share the keys are stacked and taken four
// at a time, so that each loaded vector feeds four multiply-adds with eight independent sums. L and H are padded to whole
// vectors with zeros.
#include "kernels/attention.h"

#include "kernels/simd.h"

namespace lingshu {
namespace {

using simd::F16;
using simd::kLanes;
using simd::Load;
using simd::Store;

constexpr int kRows = 4;  // stacked query rows
constexpr float kMasked = -1e30f;

LINGSHU_INLINE int64_t Pad(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

// The token of key j: prefix first, then the segment's own.
LINGSHU_INLINE int64_t KeyToken(const AttentionShape& shape, int64_t j) {
  const int64_t prefix = shape.prefix_end - shape.prefix_begin;
  return j < prefix ? shape.prefix_begin + j : shape.query_begin + j - prefix;
}

LINGSHU_INLINE int64_t NumKeys(const AttentionShape& shape) {
  return shape.prefix_end - shape.prefix_begin + shape.query_end - shape.query_begin;
}

// Stacked rows of one kv head: row r is token query_begin + r / group, head kv_head · group + r % group.
struct RowPlace {
  int64_t at;    // (token, head) in the packed tensors
  int64_t seen;  // keys that it attends to
};
LINGSHU_INLINE RowPlace PlaceOfRow(const AttentionShape& shape, int64_t kv_head, int64_t r, int64_t keys) {
  const int64_t group = shape.num_heads / shape.num_kv_heads, token = shape.query_begin + r / group;
  return {token * shape.num_heads + kv_head * group + r % group,
          shape.is_causal ? shape.prefix_end - shape.prefix_begin + r / group + 1 : keys};
}

// transposed [Hp][Lp] and rows [Lp][Hp] of one kv head, each when wanted.
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

LINGSHU_INLINE void CopyRow(const float* from, int64_t h, int64_t hp, float* to) {
  for (int64_t d = 0; d < hp; ++d) to[d] = from && d < h ? from[d] : 0.0f;
}

// out[r][j] = Σ_d x[r][d] · transposed[d][j] for j in [0, count); row lengths hp, lp, lp.
LINGSHU_INLINE void RowsTimesTransposed(const float* x, const float* transposed, int64_t h, int64_t hp, int64_t lp, int64_t count, float* out) {
  int64_t j = 0;
  for (; j + 2 * kLanes <= count; j += 2 * kLanes) {
    F16 a[kRows] = {}, b[kRows] = {};
    for (int64_t d = 0; d < h; ++d) {
      const F16 left = Load(transposed + d * lp + j), right = Load(transposed + d * lp + j + kLanes);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) {
        a[r] += x[r * hp + d] * left;
        b[r] += x[r * hp + d] * right;
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      Store(out + r * lp + j, a[r]);
      Store(out + r * lp + j + kLanes, b[r]);
    }
  }
  for (; j < count; j += kLanes) {
    F16 a[kRows] = {};
    for (int64_t d = 0; d < h; ++d) {
      const F16 left = Load(transposed + d * lp + j);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) a[r] += x[r * hp + d] * left;
    }
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) Store(out + r * lp + j, a[r]);
  }
}

// y[r][d] = Σ_j weights[r][j] · rows[j][d] for j in [0, n); row lengths lp, hp, hp.
LINGSHU_INLINE void RowsTimesRows(const float* weights, const float* rows, int64_t n, int64_t hp, int64_t lp, float* y) {
  int64_t d = 0;
  for (; d + 2 * kLanes <= hp; d += 2 * kLanes) {
    F16 a[kRows] = {}, b[kRows] = {};
    for (int64_t j = 0; j < n; ++j) {
      const F16 left = Load(rows + j * hp + d), right = Load(rows + j * hp + d + kLanes);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) {
        a[r] += weights[r * lp + j] * left;
        b[r] += weights[r * lp + j] * right;
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      Store(y + r * hp + d, a[r]);
      Store(y + r * hp + d + kLanes, b[r]);
    }
  }
  for (; d < hp; d += kLanes) {
    F16 a[kRows] = {};
    for (int64_t j = 0; j < n; ++j) {
      const F16 left = Load(rows + j * hp + d);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) a[r] += weights[r * lp + j] * left;
    }
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) Store(y + r * hp + d, a[r]);
  }
}

// sums[j][d] += Σ_r weights[r][j] · x[r][d] for j in [0, n).
LINGSHU_INLINE void AddOuter(const float* weights, const float* x, int64_t n, int64_t hp, int64_t lp, float* sums) {
  for (int64_t d = 0; d < hp; d += kLanes) {
    F16 row[kRows];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) row[r] = Load(x + r * hp + d);
    for (int64_t j = 0; j < n; ++j) {
      F16 sum = Load(sums + j * hp + d);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) sum += weights[r * lp + j] * row[r];
      Store(sums + j * hp + d, sum);
    }
  }
}

// Scores [0, n), padded to whole vectors, become probabilities of scale · score; beyond n, up to `count`, zeros.
// Returns log Σ exp.
LINGSHU_INLINE float SoftmaxRow(float* row, int64_t n, int64_t count, float scale) {
  for (int64_t j = n; j < count; ++j) row[j] = kMasked;
  F16 top = simd::Set(kMasked);
  for (int64_t j = 0; j < count; j += kLanes) top = simd::Max(top, Load(row + j));
  const float max = simd::Max(top) * scale;
  F16 sums = {};
  for (int64_t j = 0; j < count; j += kLanes) {
    const F16 p = simd::Exp(Load(row + j) * scale - max);
    Store(row + j, p);
    sums += p;
  }
  const float sum = simd::Sum(sums), inverse = 1.0f / sum;
  for (int64_t j = 0; j < count; j += kLanes) Store(row + j, Load(row + j) * inverse);
  return max + __builtin_logf(sum);
}

// kVectors · 16 dimensions from d on: Σ_j p[j] · v[j], in registers.
template <int kVectors>
LINGSHU_INLINE void AddValues(const float* const* v_pages, int64_t h, int64_t d, int64_t num_tokens, const float* p, float* out) {
  F16 sums[kVectors] = {};
  for (int64_t first = 0; first < num_tokens; first += kPageTokens) {
    const float* row = v_pages[first / kPageTokens] + d;
    const int64_t count = num_tokens - first < kPageTokens ? num_tokens - first : kPageTokens;
    for (int64_t j = 0; j < count; ++j, row += h)
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sums[v] += p[first + j] * Load(row + v * kLanes);
  }
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) Store(out + v * kLanes, sums[v]);
}

}  // namespace

int64_t AttentionShape::scratch_floats(bool is_backward) const {
  const int64_t keys = Pad(NumKeys(*this)), h = Pad(head_dim);
  return (is_backward ? 5 : 2) * keys * h + kRows * (2 * keys + 3 * h);
}

LINGSHU_CLONES
void SegmentAttentionForward(const AttentionShape& shape, int64_t kv_head, const float* q, const float* k, const float* v,
                             float* out, float* lse, float* scratch) {
  const int64_t h = shape.head_dim, hp = Pad(h), keys = NumKeys(shape), lp = Pad(keys);
  const int64_t rows = (shape.query_end - shape.query_begin) * (shape.num_heads / shape.num_kv_heads);
  float* k_transposed = scratch;
  float* v_rows = k_transposed + hp * lp;
  float* scores = v_rows + hp * lp;
  float* q_rows = scores + kRows * lp;
  float* out_rows = q_rows + kRows * hp;
  Gather(shape, k, kv_head, keys, k_transposed, nullptr);
  Gather(shape, v, kv_head, keys, nullptr, v_rows);
  for (int64_t first = 0; first < rows; first += kRows) {
    const int64_t in_block = rows - first < kRows ? rows - first : kRows;
    const int64_t seen = PlaceOfRow(shape, kv_head, first + in_block - 1, keys).seen, count = Pad(seen);
    for (int64_t r = 0; r < kRows; ++r)
      CopyRow(r < in_block ? q + PlaceOfRow(shape, kv_head, first + r, keys).at * h : nullptr, h, hp, q_rows + r * hp);
    RowsTimesTransposed(q_rows, k_transposed, h, hp, lp, count, scores);
    for (int64_t r = 0; r < in_block; ++r) {
      const RowPlace place = PlaceOfRow(shape, kv_head, first + r, keys);
      lse[place.at] = SoftmaxRow(scores + r * lp, place.seen, count, shape.scale);
    }
    RowsTimesRows(scores, v_rows, seen, hp, lp, out_rows);
    for (int64_t r = 0; r < in_block; ++r) {
      float* to = out + PlaceOfRow(shape, kv_head, first + r, keys).at * h;
      for (int64_t d = 0; d < h; ++d) to[d] = out_rows[r * hp + d];
    }
  }
}

LINGSHU_CLONES
void SegmentAttentionBackward(const AttentionShape& shape, int64_t kv_head, const float* q, const float* k, const float* v,
                              const float* out, const float* lse, const float* dout, float* dq, float* dk, float* dv,
                              float* scratch) {
  const int64_t h = shape.head_dim, hp = Pad(h), keys = NumKeys(shape), lp = Pad(keys);
  const int64_t rows = (shape.query_end - shape.query_begin) * (shape.num_heads / shape.num_kv_heads);
  float* k_transposed = scratch;
  float* k_rows = k_transposed + hp * lp;
  float* v_transposed = k_rows + hp * lp;
  float* dk_rows = v_transposed + hp * lp;
  float* dv_rows = dk_rows + hp * lp;
  float* probabilities = dv_rows + hp * lp;
  float* ds = probabilities + kRows * lp;
  float* q_rows = ds + kRows * lp;
  float* dout_rows = q_rows + kRows * hp;
  float* dq_rows = dout_rows + kRows * hp;
  Gather(shape, k, kv_head, keys, k_transposed, k_rows);
  Gather(shape, v, kv_head, keys, v_transposed, nullptr);
  for (int64_t i = 0; i < hp * lp; ++i) dk_rows[i] = dv_rows[i] = 0.0f;
  for (int64_t first = 0; first < rows; first += kRows) {
    const int64_t in_block = rows - first < kRows ? rows - first : kRows;
    const int64_t seen = PlaceOfRow(shape, kv_head, first + in_block - 1, keys).seen, count = Pad(seen);
    for (int64_t r = 0; r < kRows; ++r) {
      const int64_t at = r < in_block ? PlaceOfRow(shape, kv_head, first + r, keys).at * h : -1;
      CopyRow(at >= 0 ? q + at : nullptr, h, hp, q_rows + r * hp);
      CopyRow(at >= 0 ? dout + at : nullptr, h, hp, dout_rows + r * hp);
    }
    RowsTimesTransposed(q_rows, k_transposed, h, hp, lp, count, probabilities);
    RowsTimesTransposed(dout_rows, v_transposed, h, hp, lp, count, ds);
    for (int64_t r = 0; r < kRows; ++r) {
      float *p = probabilities + r * lp, *d_row = ds + r * lp;
      if (r >= in_block) {
        for (int64_t j = 0; j < count; ++j) p[j] = d_row[j] = 0.0f;
        continue;
      }
      const RowPlace place = PlaceOfRow(shape, kv_head, first + r, keys);
      float delta = 0;
      for (int64_t d = 0; d < h; ++d) delta += dout[place.at * h + d] * out[place.at * h + d];
      for (int64_t j = place.seen; j < count; ++j) p[j] = kMasked;
      // dS = P · (dP − Σ dO·O) · scale
      for (int64_t j = 0; j < count; j += kLanes) {
        const F16 probability = simd::Exp(Load(p + j) * shape.scale - lse[place.at]);
        Store(p + j, probability);
        Store(d_row + j, probability * (Load(d_row + j) - delta) * shape.scale);
      }
    }
    RowsTimesRows(ds, k_rows, seen, hp, lp, dq_rows);
    AddOuter(ds, q_rows, seen, hp, lp, dk_rows);
    AddOuter(probabilities, dout_rows, seen, hp, lp, dv_rows);
    for (int64_t r = 0; r < in_block; ++r) {
      float* to = dq + PlaceOfRow(shape, kv_head, first + r, keys).at * h;
      for (int64_t d = 0; d < h; ++d) to[d] = dq_rows[r * hp + d];
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
    // Sums in the order of SegmentAttentionForward, so that both give the same bits; four pages at a time are four chains.
    const int64_t pages = padded / kPageTokens;
    int64_t page = 0;
    for (; page + 4 <= pages; page += 4) {
      F16 sums[4] = {};
      for (int64_t d = 0; d < h; ++d)
#pragma GCC unroll 4
        for (int64_t i = 0; i < 4; ++i) sums[i] += q[d] * Load(k_pages[page + i] + d * kPageTokens);
#pragma GCC unroll 4
      for (int64_t i = 0; i < 4; ++i) Store(scratch + (page + i) * kPageTokens, sums[i]);
    }
    for (; page < pages; ++page) {
      F16 sum = {};
      for (int64_t d = 0; d < h; ++d) sum += q[d] * Load(k_pages[page] + d * kPageTokens);
      Store(scratch + page * kPageTokens, sum);
    }
    SoftmaxRow(scratch, num_tokens, padded, scale);
    int64_t d = 0;
    for (; d + 8 * kLanes <= h; d += 8 * kLanes) AddValues<8>(v_pages, h, d, num_tokens, scratch, out + d);
    for (; d + kLanes <= h; d += kLanes) AddValues<1>(v_pages, h, d, num_tokens, scratch, out + d);
    for (; d < h; ++d) {
      float sum = 0;
      for (int64_t j = 0; j < num_tokens; ++j) sum += scratch[j] * v_pages[j / kPageTokens][(j % kPageTokens) * h + d];
      out[d] = sum;
    }
  }
}

}  // namespace lingshu
