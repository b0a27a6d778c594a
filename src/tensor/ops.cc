// Autograd functions around the kernels. Work is split into chunks whose number does not depend on the threads, so that
// sums over chunks come out the same on any machine.
#include "tensor/ops.h"

#include <ATen/Parallel.h>
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "base/error.h"
#include "kernels/attention.h"
#include "kernels/fused.h"
#include "tensor/function.h"

namespace lingshu {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr int64_t kChunks = 16;
constexpr int64_t kSerialFloats = 1 << 15;  // below this, waking another thread costs more than it saves

bool IsFused(const Tensor& x) { return x.device().is_cpu() && x.scalar_type() == at::kFloat; }

// body(begin, end, chunk) over [0, n) items of so many floats, in kChunks fixed pieces.
template <typename Body>
void ForChunks(int64_t n, int64_t floats, const Body& body) {
  at::parallel_for(0, kChunks, n * floats <= kSerialFloats ? kChunks : 1, [&](int64_t first, int64_t last) {
    for (int64_t chunk = first; chunk < last; ++chunk) {
      const int64_t begin = n * chunk / kChunks, end = n * (chunk + 1) / kChunks;
      if (begin < end) body(begin, end, chunk);
    }
  });
}

struct RmsNormFunction : Function<RmsNormFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x_in, const Tensor& weight, double eps) {
    const Tensor x = x_in.contiguous();
    const int64_t d = x.size(-1), rows = x.numel() / d;
    Tensor y = at::empty_like(x), inv_rms = at::empty({rows}, x.options());
    ForChunks(rows, d, [&](int64_t begin, int64_t end, int64_t) {
      RmsNormForward(x.data_ptr<float>() + begin * d, weight.data_ptr<float>(), static_cast<float>(eps), end - begin, d,
                     y.data_ptr<float>() + begin * d, inv_rms.data_ptr<float>() + begin);
    });
    context->save_for_backward({x, weight, inv_rms});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &inv_rms = saved[2];
    const Tensor dy = gradients[0].contiguous();
    const int64_t d = x.size(-1), rows = x.numel() / d;
    Tensor dx = at::empty_like(x), partial = at::zeros({kChunks, d}, x.options());
    ForChunks(rows, d, [&](int64_t begin, int64_t end, int64_t chunk) {
      RmsNormBackward(dy.data_ptr<float>() + begin * d, x.data_ptr<float>() + begin * d, weight.data_ptr<float>(),
                      inv_rms.data_ptr<float>() + begin, end - begin, d, dx.data_ptr<float>() + begin * d,
                      partial.data_ptr<float>() + chunk * d);
    });
    return {dx, partial.sum(0), Tensor()};
  }
};

struct SwiGluFunction : Function<SwiGluFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& gate_in, const Tensor& up_in) {
    const Tensor gate = gate_in.contiguous(), up = up_in.contiguous();
    Tensor y = at::empty_like(gate);
    ForChunks(gate.numel(), 1, [&](int64_t begin, int64_t end, int64_t) {
      SwiGluForward(gate.data_ptr<float>() + begin, up.data_ptr<float>() + begin, end - begin, y.data_ptr<float>() + begin);
    });
    context->save_for_backward({gate, up});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &gate = saved[0], &up = saved[1];
    const Tensor dy = gradients[0].contiguous();
    Tensor dgate = at::empty_like(gate), dup = at::empty_like(up);
    ForChunks(gate.numel(), 1, [&](int64_t begin, int64_t end, int64_t) {
      SwiGluBackward(dy.data_ptr<float>() + begin, gate.data_ptr<float>() + begin, up.data_ptr<float>() + begin, end - begin,
                     dgate.data_ptr<float>() + begin, dup.data_ptr<float>() + begin);
    });
    return {dgate, dup};
  }
};

struct GeluFunction : Function<GeluFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x_in) {
    const Tensor x = x_in.contiguous();
    Tensor y = at::empty_like(x);
    ForChunks(x.numel(), 1, [&](int64_t begin, int64_t end, int64_t) {
      GeluForward(x.data_ptr<float>() + begin, end - begin, y.data_ptr<float>() + begin);
    });
    context->save_for_backward({x});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const Tensor x = context->get_saved_variables()[0], dy = gradients[0].contiguous();
    Tensor dx = at::empty_like(x);
    ForChunks(x.numel(), 1, [&](int64_t begin, int64_t end, int64_t) {
      GeluBackward(dy.data_ptr<float>() + begin, x.data_ptr<float>() + begin, end - begin, dx.data_ptr<float>() + begin);
    });
    return {dx};
  }
};

Tensor RotateAll(const Tensor& x_TNH, const Tensor& cos_TR, const Tensor& sin_TR, float sign) {
  Tensor y = at::empty_like(x_TNH);
  const int64_t n = x_TNH.size(1), h = x_TNH.size(2);
  ForChunks(x_TNH.size(0), n * h, [&](int64_t begin, int64_t end, int64_t) {
    RopeRows(x_TNH.data_ptr<float>() + begin * n * h, cos_TR.data_ptr<float>() + begin * h / 2,
             sin_TR.data_ptr<float>() + begin * h / 2, end - begin, n, h, sign, y.data_ptr<float>() + begin * n * h);
  });
  return y;
}

struct RopeFunction : Function<RopeFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& cos, const Tensor& sin) {
    context->save_for_backward({cos, sin});
    return RotateAll(x.contiguous(), cos, sin, 1);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    return {RotateAll(gradients[0].contiguous(), saved[0], saved[1], -1), Tensor(), Tensor()};
  }
};

struct CrossEntropyFunction : Function<CrossEntropyFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& logits_in, const Tensor& labels_in) {
    const Tensor logits = logits_in.contiguous(), labels = labels_in.contiguous();
    const int64_t rows = logits.size(0), v = logits.size(1);
    Tensor loss = at::empty({rows}, logits.options()), lse = at::empty({rows}, logits.options());
    ForChunks(rows, v, [&](int64_t begin, int64_t end, int64_t) {
      CrossEntropyForward(logits.data_ptr<float>() + begin * v, labels.data_ptr<int64_t>() + begin, end - begin, v,
                          loss.data_ptr<float>() + begin, lse.data_ptr<float>() + begin);
    });
    context->save_for_backward({logits, labels, lse});
    return loss;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &logits = saved[0], &labels = saved[1], &lse = saved[2];
    const Tensor dloss = gradients[0].contiguous();
    const int64_t v = logits.size(1);
    Tensor dlogits = at::empty_like(logits);
    ForChunks(logits.size(0), v, [&](int64_t begin, int64_t end, int64_t) {
      CrossEntropyBackward(dloss.data_ptr<float>() + begin, logits.data_ptr<float>() + begin * v,
                           labels.data_ptr<int64_t>() + begin, lse.data_ptr<float>() + begin, end - begin, v,
                           dlogits.data_ptr<float>() + begin * v);
    });
    return {dlogits, Tensor()};
  }
};

// Segments that share a prefix write to the same dk and dv, so one task walks a root with its branches, in order.
std::vector<std::vector<int64_t>> Families(const std::vector<Segment>& segments) {
  std::vector<std::vector<int64_t>> families;
  std::vector<int64_t> family_of(segments.size(), -1);
  for (size_t i = 0; i < segments.size(); ++i) {
    const int64_t prefix = segments[i].prefix;
    CHECK(prefix < static_cast<int64_t>(i)) << "a prefix stands before its branches";
    if (prefix >= 0) {
      family_of[i] = family_of[prefix];
    } else {
      family_of[i] = static_cast<int64_t>(families.size());
      families.emplace_back();
    }
    families[family_of[i]].push_back(static_cast<int64_t>(i));
  }
  return families;
}

// visit(shape, kv_head, scratch) for every segment and kv head, families side by side on the threads.
template <typename Visit>
void ForSegments(const std::vector<Segment>& segments, const Tensor& q, const Tensor& k, bool is_causal, bool is_backward, const Visit& visit) {
  const auto families = Families(segments);
  const int64_t kv_heads = k.size(1);
  const int64_t tasks = static_cast<int64_t>(families.size()) * kv_heads;
  at::parallel_for(0, tasks, 8 * q.numel() <= kSerialFloats ? tasks : 1, [&](int64_t first, int64_t last) {
    std::vector<float> scratch;
    for (int64_t task = first; task < last; ++task)
      for (const int64_t index : families[task / kv_heads]) {
        const Segment& segment = segments[index];
        const Segment prefix = segment.prefix >= 0 ? segments[segment.prefix] : Segment{};
        const AttentionShape shape = {segment.begin, segment.end, prefix.begin, prefix.end, q.size(1), kv_heads, q.size(2),
                                      is_causal, static_cast<float>(1.0 / std::sqrt(static_cast<double>(q.size(2))))};
        scratch.resize(std::max(scratch.size(), static_cast<size_t>(shape.scratch_floats(is_backward))));
        visit(shape, task % kv_heads, scratch.data());
      }
  });
}

// Autograd saves tensors, so the segments ride along as one, [S, 3].
static_assert(sizeof(Segment) == 3 * sizeof(int64_t));
Tensor SegmentsToTensor(const std::vector<Segment>& segments) {
  Tensor tensor = at::empty({static_cast<int64_t>(segments.size()), 3}, at::kLong);
  std::copy(segments.begin(), segments.end(), static_cast<Segment*>(tensor.data_ptr()));
  return tensor;
}
std::vector<Segment> SegmentsFromTensor(const Tensor& tensor) {
  const auto* first = static_cast<const Segment*>(tensor.data_ptr());
  return {first, first + tensor.size(0)};
}

struct AttentionFunction : Function<AttentionFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& q_in, const Tensor& k_in, const Tensor& v_in,
                        const std::vector<Segment>& segments, bool is_causal) {
    const Tensor q = q_in.contiguous(), k = k_in.contiguous(), v = v_in.contiguous();
    Tensor out = at::empty_like(q), lse = at::empty({q.size(0), q.size(1)}, q.options());
    ForSegments(segments, q, k, is_causal, /*is_backward=*/false, [&](const AttentionShape& shape, int64_t kv_head, float* scratch) {
      SegmentAttentionForward(shape, kv_head, q.data_ptr<float>(), k.data_ptr<float>(), v.data_ptr<float>(),
                              out.data_ptr<float>(), lse.data_ptr<float>(), scratch);
    });
    context->save_for_backward({q, k, v, out, lse, SegmentsToTensor(segments)});
    context->saved_data["is_causal"] = is_causal;
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &q = saved[0], &k = saved[1], &v = saved[2], &out = saved[3], &lse = saved[4];
    const Tensor dout = gradients[0].contiguous();
    Tensor dq = at::empty_like(q), dk = at::zeros_like(k), dv = at::zeros_like(v);
    ForSegments(SegmentsFromTensor(saved[5]), q, k, context->saved_data["is_causal"].toBool(), /*is_backward=*/true,
                [&](const AttentionShape& shape, int64_t kv_head, float* scratch) {
                  SegmentAttentionBackward(shape, kv_head, q.data_ptr<float>(), k.data_ptr<float>(), v.data_ptr<float>(),
                                           out.data_ptr<float>(), lse.data_ptr<float>(), dout.data_ptr<float>(), dq.data_ptr<float>(),
                                           dk.data_ptr<float>(), dv.data_ptr<float>(), scratch);
                });
    return {dq, dk, dv, Tensor(), Tensor()};
  }
};

// One call of the platform's fused attention per segment: the path of other devices and types.
Tensor ComposedAttention(const Tensor& q, const Tensor& k, const Tensor& v, const std::vector<Segment>& segments, bool is_causal) {
  std::vector<Tensor> parts;
  const int64_t group = q.size(1) / k.size(1);
  const auto heads_first = [](const Tensor& x) { return x.transpose(0, 1).unsqueeze(0); };
  for (const Segment& segment : segments) {
    Tensor keys = k.slice(0, segment.begin, segment.end), values = v.slice(0, segment.begin, segment.end);
    const int64_t own = segment.end - segment.begin;
    int64_t prefix = 0;
    if (segment.prefix >= 0) {
      const Segment& shared = segments[segment.prefix];
      prefix = shared.end - shared.begin;
      keys = at::cat({k.slice(0, shared.begin, shared.end), keys});
      values = at::cat({v.slice(0, shared.begin, shared.end), values});
    }
    std::optional<Tensor> mask;
    if (is_causal && prefix > 0) mask = at::ones({own, prefix + own}, q.options().dtype(at::kBool)).tril(prefix);
    const Tensor out = at::scaled_dot_product_attention(
        heads_first(q.slice(0, segment.begin, segment.end)), heads_first(keys.repeat_interleave(group, 1)),
        heads_first(values.repeat_interleave(group, 1)), mask, 0.0, is_causal && prefix == 0);
    parts.push_back(out.squeeze(0).transpose(0, 1));
  }
  return at::cat(parts);
}

}  // namespace

Tensor RmsNorm(const Tensor& x_TD, const Weight& weight, double eps) {
  if (IsFused(x_TD)) return Apply<RmsNormFunction>(x_TD, weight.value, eps);
  const Tensor wide = x_TD.to(at::kFloat);
  return weight.value * (wide * at::rsqrt(wide.pow(2).mean(-1, /*keepdim=*/true) + eps)).to(x_TD.scalar_type());
}

Tensor SwiGlu(const Tensor& gate_TF, const Tensor& up_TF) {
  return IsFused(gate_TF) ? Apply<SwiGluFunction>(gate_TF, up_TF) : at::silu(gate_TF) * up_TF;
}

Tensor Gelu(const Tensor& x) { return IsFused(x) ? Apply<GeluFunction>(x) : at::gelu(x); }

Rotary RotaryOf(const Tensor& angles) {
  CHECK(angles.is_contiguous() && IsFused(angles)) << "angles are made on the CPU in float32";
  Rotary rotary = {at::empty_like(angles), at::empty_like(angles)};
  const float* from = angles.data_ptr<float>();
  float *cos = rotary.cos.data_ptr<float>(), *sin = rotary.sin.data_ptr<float>();
  ForChunks(angles.numel(), 1, [&](int64_t begin, int64_t end, int64_t) {
    for (int64_t i = begin; i < end; ++i) cos[i] = std::cos(from[i]), sin[i] = std::sin(from[i]);
  });
  return rotary;
}

Tensor Rope(const Tensor& x_TNH, const Tensor& cos_TR, const Tensor& sin_TR) {
  if (IsFused(x_TNH)) return Apply<RopeFunction>(x_TNH, cos_TR, sin_TR);
  const Tensor wide = x_TNH.to(at::kFloat), cos = cos_TR.unsqueeze(1), sin = sin_TR.unsqueeze(1);
  const auto halves = wide.chunk(2, -1);
  return at::cat({halves[0] * cos - halves[1] * sin, halves[1] * cos + halves[0] * sin}, -1).to(x_TNH.scalar_type());
}

Tensor SegmentAttention(const Tensor& q_TNH, const Tensor& k_TKH, const Tensor& v_TKH, const std::vector<Segment>& segments, bool is_causal) {
  CHECK(!segments.empty() && segments.back().end == q_TNH.size(0)) << "segments do not cover the tokens";
  if (!IsFused(q_TNH)) return ComposedAttention(q_TNH, k_TKH, v_TKH, segments, is_causal);
  return Apply<AttentionFunction>(q_TNH, k_TKH, v_TKH, segments, is_causal);
}

Tensor CrossEntropyRows(const Tensor& logits_RV, const Tensor& labels_R) {
  if (IsFused(logits_RV)) return Apply<CrossEntropyFunction>(logits_RV, labels_R);
  const Tensor logprobs = at::log_softmax(logits_RV, -1, at::kFloat);
  return -logprobs.gather(-1, labels_R.unsqueeze(-1)).squeeze(-1);
}

}  // namespace lingshu
