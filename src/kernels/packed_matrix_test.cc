// Products with packed matrices: every instruction set gives the very bits of a plain loop over the blocks as GGUF
// holds them, for odd numbers of rows, columns and tokens; and the product is that of the dequantized matrix within
// int8 rounding.
#include "kernels/packed_matrix.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "base/threads.h"
#include "kernels/half.h"

namespace lingshu {
namespace {

constexpr BlockFormat kFormats[] = {BlockFormat::kQ8_0, BlockFormat::kQ4_0, BlockFormat::kQ4_K,
                                    BlockFormat::kQ6_K, BlockFormat::kF16,  BlockFormat::kBF16};

using Bytes = std::unique_ptr<uint8_t[], void (*)(uint8_t*)>;
Bytes Aligned(int64_t size) {
  return {new (std::align_val_t{64}) uint8_t[static_cast<size_t>(size)],
          [](uint8_t* p) { ::operator delete[](p, std::align_val_t{64}); }};
}

std::vector<InstructionSet> SetsOfThisMachine() {
  std::vector<InstructionSet> sets;
  for (int i = 0; i <= static_cast<int>(BestInstructionSet()); ++i) sets.push_back(static_cast<InstructionSet>(i));
  return sets;
}

struct Problem {
  BlockFormat format;
  int64_t rows, columns, tokens, row_bytes;
  std::vector<uint8_t> blocks;
  std::vector<float> x;
  Bytes packed = Aligned(0), activations = Aligned(0);

  Problem(BlockFormat f, int64_t r, int64_t c, int64_t t, uint64_t seed) : format(f), rows(r), columns(c), tokens(t) {
    Rng rng(seed);
    row_bytes = c / InfoOf(f).elements * InfoOf(f).bytes;
    blocks.resize(static_cast<size_t>(r * row_bytes));
    std::vector<float> w(static_cast<size_t>(r * c));
    for (float& value : w) value = static_cast<float>(rng.Normal(0, 0.05));
    for (int64_t row = 0; row < r; ++row) QuantizeRow(f, w.data() + row * c, c, blocks.data() + row * row_bytes);
    x.resize(static_cast<size_t>(t * c));
    for (float& value : x) value = static_cast<float>(rng.Normal());
    Prepare();
  }
  void Prepare() {
    packed = Aligned(PackedBytes(format, rows, columns));
    PackGroups(format, blocks.data(), rows, columns, 0, matrix().groups(), packed.get());
    activations = Aligned(tokens * ActivationBytes(format, columns));
    QuantizeActivations(format, x.data(), tokens, columns, activations.get());
  }
  PackedMatrix matrix() const { return {format, rows, columns, packed.get()}; }
  std::vector<float> Run(InstructionSet set) const {
    std::vector<float> y(static_cast<size_t>(rows * tokens), NAN);
    PackedMatmulWith(set, matrix(), activations.get(), tokens, 0, matrix().groups(), y.data(), rows);
    return y;
  }
};

bool IsHalf(BlockFormat format) { return IsPackable(format) && !IsQuantized(format); }

// The recipe of packed_matrix.h once more, from nothing but blocks and numbers.
std::vector<float> Oracle(const Problem& p) {
  std::vector<float> y(static_cast<size_t>(p.rows * p.tokens));
  for (int64_t t = 0; t < p.tokens; ++t)
    for (int64_t row = 0; row < p.rows; ++row) {
      const uint8_t* blocks = p.blocks.data() + row * p.row_bytes;
      float sum = 0, block_sums[8] = {};
      if (IsHalf(p.format)) {
        std::vector<float> w(static_cast<size_t>(p.columns));
        DequantizeRow(p.format, blocks, p.columns, w.data());
        float parity[2] = {0, 0};
        for (size_t k = 0; k < w.size(); ++k)
          parity[k % 2] = std::fma(w[k], p.x[static_cast<size_t>(t) * w.size() + k], parity[k % 2]);
        sum = parity[0] + parity[1];
      }
      for (int64_t b = 0; !IsHalf(p.format) && b < p.columns / 32; ++b) {
        const float* x = p.x.data() + t * p.columns + 32 * b;
        float most = 0;
        for (int i = 0; i < 32; ++i) most = std::max(most, std::abs(x[i]));
        int q[32], total = 0, dots[2] = {0, 0}, j = static_cast<int>(b % 8);
        for (int i = 0; i < 32; ++i)
          total += q[i] = most > 0 ? static_cast<int>(std::nearbyint(x[i] * (127.0f / most))) : 0;
        const float d = most / 127.0f;
        const auto* q8 = reinterpret_cast<const BlockQ8_0*>(blocks) + b;
        const auto* q4 = reinterpret_cast<const BlockQ4_0*>(blocks) + b;
        const auto* q4k = reinterpret_cast<const BlockQ4_K*>(blocks) + b / 8;
        const auto* q6k = reinterpret_cast<const BlockQ6_K*>(blocks) + b / 8;
        for (int i = 0; i < 32; ++i) {
          int w = 0;
          if (p.format == BlockFormat::kQ8_0) w = q8->qs[i];
          if (p.format == BlockFormat::kQ4_0) w = (i < 16 ? q4->qs[i] & 15 : q4->qs[i - 16] >> 4) - 8;
          if (p.format == BlockFormat::kQ4_K) w = q4k->qs[32 * (j / 2) + i] >> (j % 2 ? 4 : 0) & 15;
          if (p.format == BlockFormat::kQ6_K) w = QuantOfQ6_K(q6k->ql, q6k->qh, 32 * j + i);
          dots[i / 16] += w * q[i];
        }
        const auto dot = static_cast<float>(dots[0] + dots[1]);
        if (p.format == BlockFormat::kQ8_0) sum = std::fma(dot, HalfToFloat(q8->d) * d, sum);
        if (p.format == BlockFormat::kQ4_0) sum = std::fma(dot, HalfToFloat(q4->d) * d, sum);
        if (p.format == BlockFormat::kQ4_K) {
          const float unit = j % 2 ? 16.0f : 1.0f;
          sum = std::fma(unit * dot, HalfToFloat(q4k->d) / unit * ScaleOfQ4_K(q4k->scales, j) * d, sum);
          block_sums[j] = d * static_cast<float>(total);
          if (j == 7) {
            float largest = 0, mins = 0;
            for (const float block_sum : block_sums) largest = std::max(largest, std::abs(block_sum));
            for (int i = 0; i < 8 && largest > 0; ++i)
              mins += MinOfQ4_K(q4k->scales, i) * std::nearbyint(block_sums[i] * (16256.0f / largest));
            sum = std::fma(mins, HalfToFloat(q4k->dmin) * -(largest / 16256.0f), sum);
          }
        }
        if (p.format == BlockFormat::kQ6_K)
          sum = std::fma(static_cast<float>(dots[0] * q6k->scales[2 * j] + dots[1] * q6k->scales[2 * j + 1]),
                         HalfToFloat(q6k->d) * d, sum);
      }
      y[static_cast<size_t>(t * p.rows + row)] = sum;
    }
  return y;
}

std::string Name(const Problem& p, InstructionSet set) {
  return std::string(InfoOf(p.format).name) + " " + NameOf(set) + " " + std::to_string(p.rows) + "x" +
         std::to_string(p.columns) + " for " + std::to_string(p.tokens);
}

TEST(PackedMatrix, EveryInstructionSetGivesTheBitsOfPlainLoops) {
  const int64_t sizes[][3] = {{1, 256, 1},    {16, 512, 2},  {17, 768, 3}, {31, 256, 7},
                              {33, 1280, 13}, {48, 512, 16}, {5, 256, 27}};
  for (const BlockFormat format : kFormats)
    for (const auto& [rows, columns, tokens] : sizes) {
      const Problem p(format, rows, columns, tokens, static_cast<uint64_t>(rows + columns));
      const std::vector<float> expected = Oracle(p);
      for (const InstructionSet set : SetsOfThisMachine()) EXPECT_EQ(p.Run(set), expected) << Name(p, set);
    }
  const Problem odd(BlockFormat::kQ8_0, 19, 96, 5, 1),
      four(BlockFormat::kQ4_0, 19, 160, 5, 2);  // rows of whole blocks of 32
  const Problem half(BlockFormat::kF16, 19, 37, 5, 3), brain(BlockFormat::kBF16, 19, 37, 5, 4);  // odd columns
  for (const InstructionSet set : SetsOfThisMachine())
    for (const Problem* p : {&odd, &four, &half, &brain}) EXPECT_EQ(p->Run(set), Oracle(*p)) << Name(*p, set);
}

// The largest sums that 16-bit steps inside the kernels can meet: every byte pattern of weights times ±127.
TEST(PackedMatrix, ExtremeBlocksDoNotSaturate) {
  for (const BlockFormat format : {BlockFormat::kQ8_0, BlockFormat::kQ4_0, BlockFormat::kQ4_K, BlockFormat::kQ6_K})
    for (const int fill : {0x00, 0x7F, 0x80, 0xFF}) {
      Problem p(format, 16, 512, 5, 3);
      const std::vector<uint8_t> usual = p.blocks;
      for (uint8_t& byte : p.blocks) byte = static_cast<uint8_t>(fill);
      const int64_t bytes = InfoOf(format).bytes;
      for (size_t at = 0; at < p.blocks.size(); at += static_cast<size_t>(bytes)) {  // scales stay finite numbers
        const size_t d = format == BlockFormat::kQ6_K ? 208 : 0, count = format == BlockFormat::kQ4_K ? 4 : 2;
        std::memcpy(p.blocks.data() + at + d, usual.data() + at + d, count);
      }
      for (size_t i = 0; i < p.x.size(); ++i) p.x[i] = i % 1024 < 512 || i % 2 ? 1.0f : -1.0f;
      p.Prepare();
      for (const InstructionSet set : SetsOfThisMachine())
        EXPECT_EQ(p.Run(set), Oracle(p)) << Name(p, set) << " " << fill;
    }
}

TEST(PackedMatrix, TokensAndGroupsDoNotChangeOneAnother) {
  for (const BlockFormat format : kFormats) {
    const Problem p(format, 80, 512, 11, 4);
    const std::vector<float> whole = p.Run(BestInstructionSet());
    std::vector<float> parts(whole.size(), NAN);
    for (int64_t t = 0; t < p.tokens; ++t)
      ParallelFor(p.matrix().groups(), [&](int64_t group) {
        PackedMatmul(p.matrix(), p.activations.get() + t * ActivationBytes(format, p.columns), 1, group, group + 1,
                     parts.data() + t * p.rows, p.rows);
      });
    EXPECT_EQ(parts, whole) << InfoOf(format).name;
  }
}

// Against the dequantized matrix in double: what is left is the rounding of activations to int8, d / sqrt(12) with
// d = 2.35 / 127 of their deviation: 0.0053 of the product's own deviation. With weights of 16 bits only the sum in
// float32 is rounded, about √1024 · 2^-25 = 1e-6.
TEST(PackedMatrix, IsTheProductWithinInt8Rounding) {
  for (const BlockFormat format : kFormats) {
    const Problem p(format, 64, 1024, 4, 5);
    const std::vector<float> y = p.Run(BestInstructionSet());
    double error = 0, norm = 0;
    std::vector<float> w(static_cast<size_t>(p.columns));
    for (int64_t row = 0; row < p.rows; ++row) {
      DequantizePackedRow(p.matrix(), row, w.data());
      for (int64_t t = 0; t < p.tokens; ++t) {
        double exact = 0;
        for (int64_t i = 0; i < p.columns; ++i)
          exact += static_cast<double>(w[static_cast<size_t>(i)]) * p.x[static_cast<size_t>(t * p.columns + i)];
        error += std::pow(y[static_cast<size_t>(t * p.rows + row)] - exact, 2), norm += exact * exact;
      }
    }
    if (IsHalf(format)) EXPECT_LT(std::sqrt(error / norm), 1e-6) << InfoOf(format).name;
    else EXPECT_NEAR(std::sqrt(error / norm), 0.0053, 0.0015) << InfoOf(format).name;
  }
}

TEST(PackedMatrix, UnpackingGivesTheBlocksBack) {
  for (const BlockFormat format : kFormats) {
    const Problem p(format, 21, 512, 1, 6);
    std::vector<uint8_t> row(static_cast<size_t>(p.row_bytes));
    for (int64_t r = 0; r < p.rows; ++r) {
      UnpackRow(p.matrix(), r, row.data());
      EXPECT_EQ(std::memcmp(row.data(), p.blocks.data() + r * p.row_bytes, row.size()), 0) << InfoOf(format).name << r;
    }
    EXPECT_EQ(PackedBytes(format, 32, 512), 32 * p.row_bytes) << "packing takes no memory of its own";
  }
}

TEST(PackedMatrix, ZerosTinyNumbersAndNotANumber) {
  for (const BlockFormat format : kFormats)
    for (const float value : {0.0f, 1e-38f, 1e-30f, NAN, INFINITY}) {
      Problem p(format, 16, 256, 1, 7);
      std::fill(p.x.begin(), p.x.end(), 0.0f);
      p.x[40] = value;
      p.Prepare();
      for (const InstructionSet set : SetsOfThisMachine())
        for (const float y : p.Run(set)) {
          if (std::isfinite(value)) ASSERT_LE(std::abs(y), value) << Name(p, set);
          else ASSERT_FALSE(std::isfinite(y)) << Name(p, set) << ": a number that is none must not vanish";
        }
    }
}

}  // namespace
}  // namespace lingshu
