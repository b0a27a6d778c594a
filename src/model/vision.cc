// The vision tower of Qwen2.5-VL: patches, window and full attention, 2-D rotary positions, merger. Mirrors transformers'
// Qwen2_5_VisionTransformerPretrainedModel; the patches of an image arrive grouped by merge unit.
#include "model/model.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "tensor/ops.h"

namespace lingshu {
namespace {

// Where each patch stands, and the order in which windows take the merge units.
struct PatchLayout {
  std::vector<int64_t> rows, columns;          // [P] in patches
  std::vector<int64_t> window_order;           // [P / merge²]: merge units, window after window
  std::vector<Segment> windows, frames;        // over patches in window order
  bool is_identity = true;                     // window_order is 0, 1, 2, …
};

void AddFrame(const VisionConfig& c, int64_t grid_h, int64_t grid_w, PatchLayout& layout) {
  const int64_t merge = c.spatial_merge_size, unit = merge * merge;
  const int64_t h = grid_h / merge, w = grid_w / merge;
  const int64_t window = c.window_size / merge / c.patch_size;
  const int64_t first_unit = static_cast<int64_t>(layout.window_order.size());
  for (int64_t y = 0; y < h; ++y)
    for (int64_t x = 0; x < w; ++x)
      for (int64_t dy = 0; dy < merge; ++dy)
        for (int64_t dx = 0; dx < merge; ++dx) {
          layout.rows.push_back(y * merge + dy);
          layout.columns.push_back(x * merge + dx);
        }
  for (int64_t wy = 0; wy < h; wy += window)
    for (int64_t wx = 0; wx < w; wx += window) {
      const int64_t begin = static_cast<int64_t>(layout.window_order.size());
      for (int64_t y = wy; y < std::min(wy + window, h); ++y)
        for (int64_t x = wx; x < std::min(wx + window, w); ++x) layout.window_order.push_back(first_unit + y * w + x);
      layout.windows.push_back({begin * unit, static_cast<int64_t>(layout.window_order.size()) * unit, -1});
    }
  layout.frames.push_back({first_unit * unit, (first_unit + h * w) * unit, -1});
}

PatchLayout LayOut(const VisionConfig& c, const std::vector<int64_t>& image_grid_thw) {
  PatchLayout layout;
  for (size_t i = 0; i + 2 < image_grid_thw.size(); i += 3)
    for (int64_t t = 0; t < image_grid_thw[i]; ++t) AddFrame(c, image_grid_thw[i + 1], image_grid_thw[i + 2], layout);
  for (size_t i = 0; i < layout.window_order.size(); ++i)
    if (layout.window_order[i] != static_cast<int64_t>(i)) layout.is_identity = false;
  return layout;
}

// Rows of [P, …] in units of merge² patches, reordered.
Tensor Reorder(const Tensor& x, const Tensor& order) {
  return x.reshape({order.size(0), -1}).index_select(0, order).reshape(x.sizes()).contiguous();
}

// Angles [P, H / 2]: H / 4 frequencies of the row, then of the column; theta 10,000.
Tensor RotaryAngles(const VisionConfig& c, const PatchLayout& layout) {
  const int64_t quarter = c.head_dim() / 4, patches = static_cast<int64_t>(layout.rows.size());
  const Tensor exponent = at::arange(0, 2 * quarter, 2, at::kFloat) / static_cast<double>(2 * quarter);
  const Tensor inv_freq = 1.0 / at::pow(at::scalar_tensor(10000.0, at::kFloat), exponent);
  const Tensor rows = ToTensor(layout.rows, {patches, 1}).to(at::kFloat);
  const Tensor columns = ToTensor(layout.columns, {patches, 1}).to(at::kFloat);
  return at::cat({rows * inv_freq, columns * inv_freq}, 1);
}

Tensor RunBlock(const VisionBlock& block, const VisionConfig& c, const Tensor& x_PD, const Tensor& cos_PR, const Tensor& sin_PR,
                const std::vector<Segment>& segments) {
  constexpr double kEps = 1e-6;  // Qwen2_5_VLVisionBlock: RMSNorm eps, not in the config
  const int64_t patches = x_PD.size(0);
  const Tensor qkv =
      Linear(RmsNorm(x_PD, block.norm1, kEps), block.qkv, block.qkv_bias).reshape({patches, 3, c.num_heads, c.head_dim()});
  const std::vector<Tensor> parts = qkv.unbind(1);
  const Tensor q = Rope(parts[0], cos_PR, sin_PR), k = Rope(parts[1], cos_PR, sin_PR);
  const Tensor attended = SegmentAttention(q, k, parts[2], segments, /*is_causal=*/false);
  // x = x + proj(attention(norm1(x)));  x = x + mlp(norm2(x))
  const Tensor x = x_PD + Linear(attended.reshape({patches, c.hidden_size}), block.proj, block.proj_bias);
  const Tensor normed = RmsNorm(x, block.norm2, kEps);
  const Mlp& mlp = block.mlp;
  const std::vector<Tensor> gate_up = Linears(normed, {{mlp.gate_proj, &mlp.gate_bias}, {mlp.up_proj, &mlp.up_bias}});
  return x + Linear(SwiGlu(gate_up[0], gate_up[1]), mlp.down_proj, mlp.down_bias);
}

}  // namespace

void CheckVision(const Model& model) {
  if (!model.has_vision())
    throw Error(ErrorCode::kUsage, "this model was opened without its vision tower and reads text alone.\nHINT: give the mmproj file with --mmproj.");
}

Tensor VisionForward(const Model& model, const Tensor& pixel_values, const std::vector<int64_t>& image_grid_thw) {
  const VisionConfig& c = model.config.vision;
  const VisionTower& tower = model.visual;
  CheckVision(model);
  const int64_t unit = c.spatial_merge_size * c.spatial_merge_size;
  const PatchLayout layout = LayOut(c, image_grid_thw);
  CHECK(static_cast<int64_t>(layout.rows.size()) == pixel_values.size(0))
      << pixel_values.size(0) << " patches for a grid of " << layout.rows.size();
  const Tensor weight = tower.patch_embed.value.reshape({c.hidden_size, -1});
  Tensor x = Linear(pixel_values.to(weight.options()), {weight});
  Tensor angles = RotaryAngles(c, layout);
  const Tensor order = ToTensor(layout.window_order, {static_cast<int64_t>(layout.window_order.size())}).to(x.device());
  if (!layout.is_identity) {
    x = Reorder(x, order);
    angles = Reorder(angles, order.cpu());
  }
  const Rotary rotary = RotaryOf(angles);
  const Tensor cos = rotary.cos.to(x.device()), sin = rotary.sin.to(x.device());
  for (int64_t i = 0; i < c.depth; ++i) {
    const bool is_full = std::find(c.fullatt_block_indexes.begin(), c.fullatt_block_indexes.end(), i) != c.fullatt_block_indexes.end();
    x = RunBlock(tower.blocks[i], c, x, cos, sin, is_full ? layout.frames : layout.windows);
  }
  // merger: ln_q → 2 × 2 patches side by side → Linear → GELU → Linear
  x = RmsNorm(x, tower.ln_q, 1e-6).reshape({-1, unit * c.hidden_size});
  x = Linear(Gelu(Linear(x, tower.merger0, tower.merger0_bias)), tower.merger2, tower.merger2_bias);
  return layout.is_identity ? x : x.index_select(0, order.argsort());
}

}  // namespace lingshu
