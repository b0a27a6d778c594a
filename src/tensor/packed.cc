// See packed.h. Threads take pieces of groups from a shared counter: a thread that the system holds up delays the others by one
// piece, not by half of the product.
#include "tensor/packed.h"

#include <sys/mman.h>

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/threads.h"

namespace lingshu {
namespace {

constexpr int64_t kArenaPiece = int64_t{256} << 20, kAlignment = 64;
constexpr int64_t kPieceBytes = 128 << 10;  // of weights: small against a matrix, large against taking the next piece
constexpr int64_t kSerialBytes = 16 << 10;  // weights for which waking another thread costs more than it saves

int64_t RoundUp(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

std::shared_ptr<uint8_t> MapMemory(int64_t bytes) {
  const auto size = static_cast<size_t>(bytes);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw Error(ErrorCode::kTooLarge, fmt::format("no memory for {} bytes of weights.", bytes));
  ::madvise(memory, size, MADV_HUGEPAGE);
  return {static_cast<uint8_t*>(memory), [size](uint8_t* p) { ::munmap(p, size); }};
}

// A sum of scales that is NaN when one of them is no number.
float SumOfScales(BlockFormat format, const uint8_t* blocks, int64_t count) {
  const BlockFormatInfo& info = InfoOf(format);
  const int64_t at = format == BlockFormat::kQ6_K ? 208 : 0, halves = format == BlockFormat::kQ4_K ? 2 : 1;
  const BlockFormat type = format == BlockFormat::kBF16 ? BlockFormat::kBF16 : BlockFormat::kF16;
  float sum = 0, values[2] = {0, 0};
  for (int64_t i = 0; i < count; ++i) {
    DequantizeRow(type, blocks + i * info.bytes + at, halves, values);
    sum += (values[0] - values[0]) + (values[1] - values[1]);
  }
  return sum;
}

// Takes pieces [begin, end) of [0, n) until none is left.
template <typename Body>
void ShareOut(std::atomic<int64_t>& next, int64_t n, int64_t step, const Body& body) {
  for (int64_t begin = next.fetch_add(step); begin < n; begin = next.fetch_add(step)) body(begin, std::min(n, begin + step));
}

// One of the products: where its groups stand among those of all, and its activations.
struct Product {
  const PackedMatrix* matrix;
  const float* bias;
  const uint8_t* activations;
  float* y;
  int64_t first_group;
};

void RunGroups(const Product& product, int64_t tokens, int64_t begin, int64_t end) {
  const PackedMatrix& matrix = *product.matrix;
  PackedMatmul(matrix, product.activations, tokens, begin, end, product.y, matrix.rows);
  if (!product.bias) return;
  const int64_t first = begin * kPackedRows, last = std::min(matrix.rows, end * kPackedRows);
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t row = first; row < last; ++row) product.y[t * matrix.rows + row] += product.bias[row];
}

// The activations of one x for the formats that ask, made once for each kind.
class Activations {
 public:
  Activations(const Tensor& x, int64_t tokens, int64_t columns) : x_(x), tokens_(tokens), columns_(columns) {}

  const uint8_t* For(BlockFormat format) {
    Tensor& made = kinds_[KindOf(format)];
    const int64_t bytes = ActivationBytes(format, columns_);
    if (made.defined()) return made.data_ptr<uint8_t>();
    made = at::empty({tokens_ * bytes}, x_.options().dtype(at::kByte));  // libtorch aligns to 64 bytes
    const float* from = x_.data_ptr<float>();
    uint8_t* to = made.data_ptr<uint8_t>();
    ForRanges(tokens_, (int64_t{1} << 14) / std::max<int64_t>(columns_, 1) + 1, [&](int64_t begin, int64_t end) {
      QuantizeActivations(format, from + begin * columns_, end - begin, columns_, to + begin * bytes);
    });
    return to;
  }

 private:
  static size_t KindOf(BlockFormat format) { return IsQuantized(format) ? static_cast<size_t>(format) : 0; }
  const Tensor& x_;
  int64_t tokens_, columns_;
  Tensor kinds_[kNumBlockFormats];
};

// All products in one parallel pass over the groups of all matrices.
void RunProducts(const std::vector<Product>& products, int64_t tokens) {
  int64_t groups = 0, group_bytes = 0;
  for (const Product& product : products) {
    groups += product.matrix->groups();
    group_bytes = std::max(group_bytes, PackedGroupBytes(product.matrix->format, product.matrix->columns));
  }
  const int64_t step = std::max<int64_t>(1, kPieceBytes / group_bytes);
  std::atomic<int64_t> next{0};
  const auto work = [&](int64_t, int64_t) {
    ShareOut(next, groups, step, [&](int64_t begin, int64_t end) {
      for (const Product& product : products) {
        const int64_t first = std::max(begin - product.first_group, int64_t{0});
        const int64_t last = std::min(end - product.first_group, product.matrix->groups());
        if (first < last) RunGroups(product, tokens, first, last);
      }
    });
  };
  at::parallel_for(0, groups * group_bytes * tokens <= kSerialBytes ? 1 : at::get_num_threads(), 1, work);
}

}  // namespace

std::shared_ptr<uint8_t> PackedArena::Take(int64_t bytes) {
  bytes = RoundUp(bytes, kAlignment);
  if (used_ + bytes > size_) {
    size_ = std::max(bytes, kArenaPiece);
    piece_ = MapMemory(size_);
    used_ = 0;
  }
  uint8_t* memory = piece_.get() + used_;
  used_ += bytes;
  return {piece_, memory};
}

Weight PackRows(PackedArena& arena, BlockFormat format, int64_t rows, int64_t columns, const BlockReader& read) {
  CHECK(IsPackable(format) && columns % InfoOf(format).elements == 0) << columns << " columns of " << InfoOf(format).name;
  struct Owner {
    std::shared_ptr<uint8_t> memory;
    PackedMatrix matrix;
  };
  auto owner = std::make_shared<Owner>();
  uint8_t* packed = (owner->memory = arena.Take(PackedBytes(format, rows, columns))).get();
  owner->matrix = {format, rows, columns, packed};
  const int64_t row_bytes = columns / InfoOf(format).elements * InfoOf(format).bytes;
  const int64_t groups = owner->matrix.groups(), step = std::max<int64_t>(1, (int64_t{1} << 20) / (row_bytes * kPackedRows));
  std::atomic<bool> is_broken{false};
  ParallelFor((groups + step - 1) / step, [&](int64_t piece) {
    const int64_t begin = piece * step, end = std::min(groups, begin + step);
    const int64_t first = begin * kPackedRows, last = std::min(rows, end * kPackedRows);
    std::vector<uint8_t> blocks(static_cast<size_t>((last - first) * row_bytes));
    read(first, last, blocks.data());
    if (SumOfScales(format, blocks.data(), (last - first) * row_bytes / InfoOf(format).bytes) != 0) is_broken = true;
    PackGroups(format, blocks.data(), last - first, columns, 0, end - begin, packed + begin * PackedGroupBytes(format, columns));
  });
  if (is_broken) throw Error(ErrorCode::kNonFinite, "NaN or Inf");
  return {Tensor(), std::shared_ptr<const PackedMatrix>(owner, &owner->matrix)};
}

std::vector<Tensor> PackedProducts(const Tensor& x_in, const std::vector<LinearLayer>& layers) {
  if (at::GradMode::is_enabled() && x_in.requires_grad())
    throw Error(ErrorCode::kUnsupported, "quantized weights only answer: they have no gradients.\nHINT: train the Hugging Face folder, then quantize it.");
  CHECK(x_in.device().is_cpu() && x_in.scalar_type() == at::kFloat) << "packed weights want float32 on the CPU";
  const Tensor x = x_in.contiguous();
  const int64_t columns = x.size(-1), tokens = x.numel() / std::max<int64_t>(columns, 1);
  std::vector<int64_t> shape = x.sizes().vec();
  Activations activations(x, tokens, columns);
  std::vector<Tensor> results;
  std::vector<Product> products;
  int64_t groups = 0;
  for (const LinearLayer& layer : layers) {
    const PackedMatrix& matrix = *layer.weight.packed;
    CHECK(matrix.columns == columns) << columns << " inputs for a matrix of " << matrix.columns;
    shape.back() = matrix.rows;
    results.push_back(at::empty(shape, x.options()));
    products.push_back({&matrix, layer.bias ? layer.bias->value.data_ptr<float>() : nullptr, activations.For(matrix.format),
                        results.back().data_ptr<float>(), groups});
    groups += matrix.groups();
  }
  if (tokens > 0) RunProducts(products, tokens);
  return results;
}

Tensor PackedRowsOf(const PackedMatrix& table, const std::vector<int64_t>& ids) {
  const auto count = static_cast<int64_t>(ids.size());
  Tensor rows = at::empty({count, table.columns}, at::kFloat);
  float* to = rows.data_ptr<float>();
  ForRanges(count, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) DequantizePackedRow(table, ids[static_cast<size_t>(i)], to + i * table.columns);
  });
  return rows;
}

}  // namespace lingshu
