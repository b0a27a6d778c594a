// The only door to libtorch: every other room includes this header (precompiled) and nothing of torch's.
// Tensors are at::Tensor; gradients are autograd's. What we add is Weight, the leaf that a Linear reads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "batch/batch.h"

namespace lingshu {

using at::Tensor;

struct PackedMatrix;  // kernels/packed_matrix.h

// A parameter of the model under its checkpoint name, in one of two forms: Linear looks at the weight, the model does not know.
struct Weight {
  Tensor value;                                     // what training changes
  std::shared_ptr<const PackedMatrix> packed = {};  // a matrix quantized or in 16 bits, for answering on the CPU; keeps its memory
};

enum class DType { kFloat32, kBFloat16, kFloat16 };
std::vector<std::string> EnumNames(DType*);  // float32 bfloat16 float16
at::ScalarType TorchType(DType dtype);

// y = x Wᵀ (+ b).  x [..., in], weight [out, in], bias [out]. On the CPU in float32 a row of y has the same bits whatever
// other rows x has (kernels/matmul.h): a token's result does not depend on its batch. So it is with packed weights, which want x
// on the CPU in float32. Throws Error(kUnsupported) when a gradient is asked of those.
Tensor Linear(const Tensor& x, const Weight& weight);
Tensor Linear(const Tensor& x, const Weight& weight, const Weight& bias);

// Several products with the same x, in the order of the layers; with packed weights one pass for all.
struct LinearLayer {
  const Weight& weight;
  const Weight* bias = nullptr;
};
std::vector<Tensor> Linears(const Tensor& x, const std::vector<LinearLayer>& layers);

// Rows `ids` of a table [rows, D] as [ids, D]; those of a packed table come in float32.
Tensor Embedding(const Weight& table, const std::vector<int64_t>& ids);

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
