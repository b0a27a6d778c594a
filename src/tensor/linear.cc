// Linear: the forward product by our kernel, whose rows do not depend on each other; gradients, where sums over tokens are
// meant, by libtorch's.
#include <algorithm>
#include <optional>

#include "base/error.h"
#include "kernels/matmul.h"
#include "tensor/function.h"
#include "tensor/packed.h"
#include "tensor/tensor.h"

namespace lingshu {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// Weights up to this many floats stay in a core's cache while the panels of tokens pass; larger ones are read once, block by
// block, while the tokens pass.
constexpr int64_t kCachedWeights = 400'000;
// Work below which another thread costs more than it saves.
constexpr int64_t kSerialFloats = 1 << 15, kSerialProducts = 1 << 19;

// x [T, K], weight [N, K], bias [N] → [T, N].
Tensor Product(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias) {
  const int64_t tokens = x.size(0), k = x.size(1), n = weight.size(0);
  const int64_t panels = (tokens + kPanelTokens - 1) / kPanelTokens, blocks = (n + kOutputBlock - 1) / kOutputBlock;
  Tensor packed = at::empty({panels * PanelFloats(kPanelTokens, k)}, x.options()), y = at::empty({tokens, n}, x.options());
  const float *from = x.data_ptr<float>(), *w = weight.data_ptr<float>(), *b = bias ? bias->data_ptr<float>() : nullptr;
  float *panel = packed.data_ptr<float>(), *to = y.data_ptr<float>();
  const auto count = [&](int64_t p) { return std::min(kPanelTokens, tokens - p * kPanelTokens); };
  const int64_t width = PanelFloats(std::min(tokens, kPanelTokens), k);
  ForRanges(panels, kSerialFloats / std::max<int64_t>(width, 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) PackPanel(from + p * kPanelTokens * k, count(p), k, panel + p * PanelFloats(kPanelTokens, k));
  });
  const bool is_panel_outer = n * k <= kCachedWeights;
  ForRanges(panels * blocks, kSerialProducts / std::max<int64_t>(width * kOutputBlock, 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t p = is_panel_outer ? i / blocks : i % panels, j = (is_panel_outer ? i % blocks : i / panels) * kOutputBlock;
      MatmulPanel(panel + p * PanelFloats(kPanelTokens, k), count(p), k, w + j * k, b ? b + j : nullptr, std::min(kOutputBlock, n - j),
                  to + p * kPanelTokens * n + j, n);
    }
  });
  return y;
}

struct LinearFunction : Function<LinearFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x_in, const Tensor& weight_in, const std::optional<Tensor>& bias) {
    const Tensor x = x_in.contiguous(), weight = weight_in.contiguous();
    context->save_for_backward({x, weight});
    context->saved_data["has_bias"] = bias.has_value();
    return Product(x, weight, bias);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &dy = gradients[0];
    const bool has_bias = context->saved_data["has_bias"].toBool();
    return {context->needs_input_grad(0) ? dy.mm(weight) : Tensor(), context->needs_input_grad(1) ? dy.t().mm(x) : Tensor(),
            has_bias && context->needs_input_grad(2) ? dy.sum(0) : Tensor()};
  }
};

Tensor LinearOf(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias) {
  if (!x.device().is_cpu() || x.scalar_type() != at::kFloat || weight.scalar_type() != at::kFloat) return at::linear(x, weight, bias);
  CHECK(x.size(-1) == weight.size(1)) << x.size(-1) << " inputs for a matrix of " << weight.size(1);
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = weight.size(0);
  return Apply<LinearFunction>(x.reshape({-1, x.size(-1)}), weight, bias).reshape(shape);
}

Tensor LinearOf(const Tensor& x, const LinearLayer& layer) {
  if (layer.weight.packed) return PackedProducts(x, {layer}).front();
  return LinearOf(x, layer.weight.value, layer.bias ? std::optional(layer.bias->value) : std::nullopt);
}

}  // namespace

Tensor Linear(const Tensor& x, const Weight& weight) { return LinearOf(x, {weight}); }
Tensor Linear(const Tensor& x, const Weight& weight, const Weight& bias) { return LinearOf(x, {weight, &bias}); }

std::vector<Tensor> Linears(const Tensor& x, const std::vector<LinearLayer>& layers) {
  if (std::all_of(layers.begin(), layers.end(), [](const LinearLayer& layer) { return layer.weight.packed != nullptr; }))
    return PackedProducts(x, layers);
  std::vector<Tensor> products;
  for (const LinearLayer& layer : layers) products.push_back(LinearOf(x, layer));
  return products;
}

Tensor Embedding(const Weight& table, const std::vector<int64_t>& ids) {
  if (table.packed) return PackedRowsOf(*table.packed, ids);
  return at::embedding(table.value, ToTensor(ids, {static_cast<int64_t>(ids.size())}).to(table.value.device()));
}

}  // namespace lingshu
