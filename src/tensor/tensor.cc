// Weights, threads and host copies.
#include "tensor/tensor.h"

#include <malloc.h>

#include <ATen/Parallel.h>
#include <torch/version.h>

#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/hash.h"
#include "base/threads.h"

namespace lingshu {

std::vector<std::string> EnumNames(DType*) { return {"float32", "bfloat16", "float16"}; }

at::ScalarType TorchType(DType dtype) {
  switch (dtype) {
    case DType::kBFloat16: return at::kBFloat16;
    case DType::kFloat16: return at::kHalf;
    default: return at::kFloat;
  }
}

void ConfigureTorch(int num_threads) {
  // Activations come and go at every step: memory that goes back to the system each time must be cleared page by page.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  SetNumThreads(num_threads);
  at::set_num_threads(NumThreads());
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
  at::globalContext().setDeterministicFillUninitializedMemory(false);  // else every at::empty is written with NaN
}

void ForRanges(int64_t n, int64_t grain, const std::function<void(int64_t, int64_t)>& body) { at::parallel_for(0, n, grain, body); }

Tensor ToTensor(const std::vector<int64_t>& values, at::IntArrayRef shape) {
  Tensor tensor = at::empty(shape, at::kLong);
  CHECK(tensor.numel() == static_cast<int64_t>(values.size()));
  if (!values.empty()) std::memcpy(tensor.data_ptr(), values.data(), values.size() * sizeof(int64_t));
  return tensor;
}

Tensor ToTensor(const std::vector<float>& values, at::IntArrayRef shape) {
  Tensor tensor = at::empty(shape, at::kFloat);
  CHECK(tensor.numel() == static_cast<int64_t>(values.size()));
  if (!values.empty()) std::memcpy(tensor.data_ptr(), values.data(), values.size() * sizeof(float));
  return tensor;
}

std::string TorchVersion() { return TORCH_VERSION; }
bool HasCuda() { return at::hasCUDA(); }

std::string TensorSha256(const Tensor& tensor) {
  const Tensor bytes = tensor.detach().cpu().contiguous();
  return Sha256Hex({static_cast<const char*>(bytes.data_ptr()), bytes.nbytes()});
}

}  // namespace lingshu
