// Calling a torch::autograd::Function. For the files of this room that define one.
#pragma once

#include <torch/csrc/autograd/custom_function.h>

#include <utility>

#include "tensor/tensor.h"

namespace lingshu {

// F::apply, or its forward alone while gradients are off: the bookkeeping takes some microseconds a call, which is a few per cent
// of decoding a token.
template <typename F, typename... Arguments>
Tensor Apply(Arguments&&... arguments) {
  if (at::GradMode::is_enabled()) return F::apply(std::forward<Arguments>(arguments)...);
  torch::autograd::AutogradContext context;
  return F::forward(&context, std::forward<Arguments>(arguments)...);
}

}  // namespace lingshu
