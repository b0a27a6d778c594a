// The only door to libtorch: every other room includes this header (precompiled) and nothing of torch's.
// Tensors are at::Tensor; gradients are autograd's. What we add is Weight, the leaf that a Linear reads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "batch/batch.h"

namespace lingshu {

using at::Tensor;

// A parameter of the model under its checkpoint name. Quantized matrices will be a second form of it: Linear looks at the
// weight, the model does not know.
struct Weight {
  Tensor value;
};

enum class DType { kFloat32, kBFloat16, kFloat16 };
std::vector<std::string> EnumNames(DType*);  // float32 bfloat16 float16
at::ScalarType TorchType(DType dtype);

// y = x Wᵀ (+ b).  x [..., in], weight [out, in], bias [out].
Tensor Linear(const Tensor& x, const Weight& weight);
Tensor Linear(const Tensor& x, const Weight& weight, const Weight& bias);

// One number of threads for libtorch's kernels and ours (base/threads.h), and settings that make results repeatable.
void ConfigureTorch(int num_threads);

// body(begin, end) over pieces of [0, n) of at least `grain`, on libtorch's threads.
void ForRanges(int64_t n, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& body);

// Host vectors as tensors; the data are copied.
Tensor ToTensor(const std::vector<int64_t>& values, at::IntArrayRef shape);
Tensor ToTensor(const std::vector<float>& values, at::IntArrayRef shape);

std::string TorchVersion();  // of the headers that this was built with
bool HasCuda();

// Hashes of the bytes of a tensor, for "same bytes" tests and manifests.
std::string TensorSha256(const Tensor& tensor);

}  // namespace lingshu
