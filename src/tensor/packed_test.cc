// Packed weights behind Linear: the bits of the kernels whatever shares the batch, and the refusals.
#include "tensor/packed.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lingshu {
namespace {

Tensor RandomTensor(at::IntArrayRef shape) { return at::randn(shape, at::kDouble).to(at::kFloat); }

Weight Pack(PackedArena& arena, BlockFormat format, const Tensor& matrix) {
  const int64_t columns = matrix.size(1), row_bytes = columns / InfoOf(format).elements * InfoOf(format).bytes;
  return PackRows(arena, format, matrix.size(0), columns, [&](int64_t begin, int64_t end, uint8_t* blocks) {
    for (int64_t row = begin; row < end; ++row)
      QuantizeRow(format, matrix.data_ptr<float>() + row * columns, columns, blocks + (row - begin) * row_bytes);
  });
}

// The matrix that the packed one stands for.
Tensor Unpack(const Weight& weight) {
  std::vector<int64_t> ids;
  for (int64_t row = 0; row < weight.packed->rows; ++row) ids.push_back(row);
  return PackedRowsOf(*weight.packed, ids);
}

constexpr BlockFormat kFormats[] = {BlockFormat::kQ8_0, BlockFormat::kQ4_0, BlockFormat::kQ4_K,
                                    BlockFormat::kQ6_K, BlockFormat::kF16,  BlockFormat::kBF16};

// Int8 rounding of activations is 0.0053 of a product's deviation (kernels/packed_matrix_test.cc).
TEST(Packed, LinearIsTheProductWithTheMatrix) {
  ConfigureTorch(2);
  at::manual_seed(1);
  PackedArena arena;
  for (const BlockFormat format : kFormats) {
    const Weight weight = Pack(arena, format, RandomTensor({333, 512}) * 0.05);
    const Weight bias = {RandomTensor({333})};
    const Tensor x = RandomTensor({7, 3, 512}), expected = at::linear(x, Unpack(weight), bias.value);
    const Tensor y = Linear(x, weight, bias);
    ASSERT_EQ(y.sizes(), expected.sizes());
    const double error = ((y - expected).norm() / expected.norm()).item<double>();
    EXPECT_LT(error, IsQuantized(format) ? 0.008 : 1e-6) << InfoOf(format).name;
  }
}

TEST(Packed, ATokensBitsDoNotDependOnItsBatch) {
  at::manual_seed(2);
  PackedArena arena;
  for (const BlockFormat format : kFormats) {
    const Weight weight = Pack(arena, format, RandomTensor({4000, 256}));
    const Tensor x = RandomTensor({37, 256}), all = Linear(x, weight);
    for (int64_t t = 0; t < x.size(0); ++t)
      ASSERT_TRUE(at::equal(Linear(x.slice(0, t, t + 1), weight), all.slice(0, t, t + 1))) << InfoOf(format).name << " " << t;
  }
}

TEST(Packed, SeveralProductsAtOnceAreThoseOneByOne) {
  at::manual_seed(3);
  PackedArena arena;
  const Tensor x = RandomTensor({5, 512});
  const Weight a = Pack(arena, BlockFormat::kQ4_K, RandomTensor({1000, 512})), b = Pack(arena, BlockFormat::kQ6_K, RandomTensor({33, 512}));
  const Weight c = Pack(arena, BlockFormat::kBF16, RandomTensor({16, 512})), bias = {RandomTensor({33})}, plain = {RandomTensor({9, 512})};
  const auto packed = Linears(x, {{a}, {b, &bias}, {c}});
  EXPECT_TRUE(at::equal(packed[0], Linear(x, a)));
  EXPECT_TRUE(at::equal(packed[1], Linear(x, b, bias)));
  EXPECT_TRUE(at::equal(packed[2], Linear(x, c)));
  const auto mixed = Linears(x, {{a}, {plain}});
  EXPECT_TRUE(at::equal(mixed[0], packed[0]));
  EXPECT_TRUE(at::equal(mixed[1], Linear(x, plain)));
}

TEST(Packed, EmbeddingRowsAreTheMatrixs) {
  PackedArena arena;
  const Tensor matrix = RandomTensor({40, 256});
  const Weight half = Pack(arena, BlockFormat::kF16, matrix.to(at::kHalf).to(at::kFloat));
  EXPECT_TRUE(at::equal(Embedding(half, {39, 0, 7, 7}), Embedding({matrix.to(at::kHalf).to(at::kFloat)}, {39, 0, 7, 7})));
}

TEST(Packed, GradientsAreRefused) {
  PackedArena arena;
  const Weight weight = Pack(arena, BlockFormat::kQ8_0, RandomTensor({8, 64}));
  EXPECT_THROW(Linear(RandomTensor({2, 64}).requires_grad_(true), weight), Error);
}

TEST(Packed, NotANumberIsFoundInEveryFormat) {
  PackedArena arena;
  for (const BlockFormat format : kFormats) {
    const int64_t row_bytes = 512 / InfoOf(format).elements * InfoOf(format).bytes;
    // All bits set in the last block: every float16 and bfloat16 of it is NaN.
    const auto read = [&](int64_t begin, int64_t end, uint8_t* blocks) {
      std::fill(blocks, blocks + (end - begin) * row_bytes, uint8_t{0});
      if (end == 700) std::fill(blocks + (end - begin) * row_bytes - InfoOf(format).bytes, blocks + (end - begin) * row_bytes, uint8_t{0xFF});
    };
    EXPECT_THROW(PackRows(arena, format, 700, 512, read), Error) << InfoOf(format).name;
    EXPECT_NO_THROW(PackRows(arena, format, 699, 512, read)) << InfoOf(format).name;
  }
}

}  // namespace
}  // namespace lingshu
