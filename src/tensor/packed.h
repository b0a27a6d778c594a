// Packed matrices (kernels/packed_matrix.h) as the second form of a Weight: their memory, how they are filled, and products.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kernels/packed_matrix.h"
#include "tensor/tensor.h"

namespace lingshu {

// Memory for the matrices of one model, in few large pieces that the system may back with huge pages. A piece lives as long
// as a matrix in it. Not for several threads.
class PackedArena {
 public:
  // Bytes on a multiple of 64, zero, untouched until they are written.
  std::shared_ptr<uint8_t> Take(int64_t bytes);

 private:
  std::shared_ptr<uint8_t> piece_;
  int64_t size_ = 0, used_ = 0;
};

// Puts rows [begin, end) as GGUF holds them into `blocks`; called from several threads.
using BlockReader = std::function<void(int64_t begin, int64_t end, uint8_t* blocks)>;
// A matrix from its rows, packed a few groups at a time. Throws Error(kNonFinite) when a scale or a number is NaN or Inf.
// REQUIRES: IsPackable(format), whole blocks per row.
Weight PackRows(PackedArena& arena, BlockFormat format, int64_t rows, int64_t columns, const BlockReader& read);

// x [..., columns] · Wᵀ (+ b) for each layer, all of them packed.
std::vector<Tensor> PackedProducts(const Tensor& x, const std::vector<LinearLayer>& layers);
Tensor PackedRowsOf(const PackedMatrix& table, const std::vector<int64_t>& ids);  // float32 [ids, columns]

}  // namespace lingshu
