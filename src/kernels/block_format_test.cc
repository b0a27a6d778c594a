// Facts about block formats: blocks written out by hand, round trips, and what the searches of scales are worth.
#include "kernels/block_format.h"

#include <cmath>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/rng.h"
#include "kernels/half.h"

namespace lingshu {
namespace {

std::vector<float> Random(int64_t n, uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(static_cast<size_t>(n));
  for (float& value : values) value = static_cast<float>(rng.Normal(0, 0.05));
  return values;
}

std::vector<uint8_t> Quantized(BlockFormat format, const std::vector<float>& x) {
  const BlockFormatInfo& info = InfoOf(format);
  std::vector<uint8_t> blocks(x.size() / static_cast<size_t>(info.elements) * static_cast<size_t>(info.bytes));
  QuantizeRow(format, x.data(), static_cast<int64_t>(x.size()), blocks.data());
  return blocks;
}

std::vector<float> RoundTrip(BlockFormat format, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  DequantizeRow(format, Quantized(format, x).data(), static_cast<int64_t>(x.size()), y.data());
  return y;
}

double RelativeError(const std::vector<float>& x, const std::vector<float>& y) {
  double error = 0, norm = 0;
  for (size_t i = 0; i < x.size(); ++i) error += (x[i] - y[i]) * (x[i] - y[i]), norm += x[i] * x[i];
  return std::sqrt(error / norm);
}

TEST(Half, IsIeee754) {
  const std::vector<std::pair<float, uint16_t>> pairs = {
      {0.0f, 0},          {-0.0f, 0x8000},    {1.0f, 0x3C00},     {-2.0f, 0xC000}, {65504.0f, 0x7BFF},
      {0x1p-24f, 0x0001}, {0x1p-14f, 0x0400}, {INFINITY, 0x7C00}, {0.1f, 0x2E66},  {1.0f / 127, 0x2008}};
  for (const auto& [value, bits] : pairs) EXPECT_EQ(FloatToHalf(value), bits) << value;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {  // every half comes back
    const float value = HalfToFloat(static_cast<uint16_t>(bits));
    if (std::isnan(value)) EXPECT_TRUE(std::isnan(HalfToFloat(FloatToHalf(value))));
    else EXPECT_EQ(FloatToHalf(value), bits);
  }
  EXPECT_EQ(FloatToHalf(65519.9f), 0x7BFF);
  EXPECT_EQ(FloatToHalf(65520.0f), 0x7C00);
  EXPECT_EQ(FloatToHalf(1 + 0x1p-11f), 0x3C00);  // a tie goes to the even one
  EXPECT_EQ(FloatToHalf(1 + 3 * 0x1p-11f), 0x3C02);
  EXPECT_EQ(FloatToHalf(0x1p-25f), 0);
  EXPECT_EQ(FloatToBFloat16(1 + 0x1p-8f), 0x3F80);
  EXPECT_EQ(FloatToBFloat16(1 + 3 * 0x1p-8f), 0x3F82);
  EXPECT_TRUE(std::isnan(BFloat16ToFloat(FloatToBFloat16(NAN))));
}

// d = 2.54 / 127 = 0.02; halves round away from zero: 0.05 / 0.02 = 2.5 gives 3.
TEST(BlockFormat, Q8_0BlockByHand) {
  std::vector<float> x(32, 0.0f);
  x[0] = 2.54f, x[1] = -2.54f, x[2] = 0.02f, x[31] = -1.0f;
  BlockQ8_0 block;
  QuantizeRow(BlockFormat::kQ8_0, x.data(), 32, &block);
  EXPECT_EQ(block.d, FloatToHalf(0.02f));
  EXPECT_EQ(block.qs[0], 127);
  EXPECT_EQ(block.qs[1], -127);
  EXPECT_EQ(block.qs[2], 1);
  EXPECT_EQ(block.qs[3], 0);
  EXPECT_EQ(block.qs[31], -50);
}

// The number of largest magnitude is −8 → d = −8 / −8 = 1, and q = x + 8.
TEST(BlockFormat, Q4_0BlockByHand) {
  std::vector<float> x(32, 0.0f);
  x[0] = -8, x[1] = 7, x[16] = -3, x[17] = 7.9f;
  BlockQ4_0 block;
  QuantizeRow(BlockFormat::kQ4_0, x.data(), 32, &block);
  EXPECT_EQ(block.d, 0x3C00);
  EXPECT_EQ(block.qs[0], 0x50);  // q[0] = 0, q[16] = 5
  EXPECT_EQ(block.qs[1], 0xFF);  // 15.9 is clamped to 15
  EXPECT_EQ(block.qs[2], 0x88);
  const std::vector<float> y = RoundTrip(BlockFormat::kQ4_0, x);
  EXPECT_EQ(y[0], -8);
  EXPECT_EQ(y[16], -3);
  EXPECT_EQ(y[17], 7);
}

// Scales 1 … 8 and mins 40 … 47, written by hand: low 6 bits for sub-blocks 0 to 3, nibbles and high bits for 4 to 7.
TEST(BlockFormat, Q4_KBlockByHand) {
  BlockQ4_K block = {};
  block.d = 0x3C00, block.dmin = 0x3800;  // 1 and 0.5
  const uint8_t scales[8] = {1, 2, 3, 63, 5, 22, 39, 56}, mins[8] = {0, 41, 42, 43, 44, 17, 34, 51};
  for (int j = 0; j < 4; ++j) {
    block.scales[j] = static_cast<uint8_t>(scales[j] | (scales[j + 4] & 0x30) << 2);
    block.scales[j + 4] = static_cast<uint8_t>(mins[j] | (mins[j + 4] & 0x30) << 2);
    block.scales[j + 8] = static_cast<uint8_t>((scales[j + 4] & 15) | (mins[j + 4] & 15) << 4);
  }
  block.qs[0] = 0xA3, block.qs[127] = 0x4F;
  for (int j = 0; j < 8; ++j) {
    EXPECT_EQ(ScaleOfQ4_K(block.scales, j), scales[j]) << j;
    EXPECT_EQ(MinOfQ4_K(block.scales, j), mins[j]) << j;
  }
  std::vector<float> x(256);
  DequantizeRow(BlockFormat::kQ4_K, &block, 256, x.data());
  EXPECT_EQ(x[0], 1 * 3);                  // sub-block 0, min 0
  EXPECT_EQ(x[32], 2 * 10 - 0.5f * 41);    // sub-block 1: the high nibble
  EXPECT_EQ(x[223], 39 * 15 - 0.5f * 34);  // sub-block 6, its last number
  EXPECT_EQ(x[255], 56 * 4 - 0.5f * 51);   // sub-block 7
  EXPECT_EQ(x[100], 0 - 0.5f * 43);
}

TEST(BlockFormat, Q6_KBlockByHand) {
  BlockQ6_K block = {};
  block.d = 0x3400;  // 0.25
  for (int j = 0; j < 16; ++j) block.scales[j] = static_cast<int8_t>(j - 8);
  // Number 0: low 5, high 2 → 37 − 32 = 5. Number 200 = half 1, quarter 2, l 8: low nibble of byte 64 + 8 is number
  // 136.
  block.ql[0] = 0x05, block.qh[0] = 0x02;
  block.ql[72] = 0xF0, block.qh[40] = 0x30;  // number 200: low 15, high 3 → 63 − 32 = 31
  std::vector<float> x(256);
  DequantizeRow(BlockFormat::kQ6_K, &block, 256, x.data());
  EXPECT_EQ(x[0], 0.25f * -8 * 5);
  EXPECT_EQ(x[200], 0.25f * 4 * 31);
  EXPECT_EQ(x[136], 0.25f * 0 * -32);
  EXPECT_EQ(x[255], 0.25f * 7 * -32);
}

// Numbers that a format can hold exactly come back as they were.
TEST(BlockFormat, ExactNumbersSurvive) {
  Rng rng(7);
  std::vector<float> x(512);
  for (const BlockFormat format : {BlockFormat::kQ8_0, BlockFormat::kQ4_0}) {
    const int high = format == BlockFormat::kQ8_0 ? 127 : 7, low = format == BlockFormat::kQ8_0 ? -127 : -8;
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 32 == 5 ? low : rng.Int(low, high)) * 0.25f;
    EXPECT_EQ(RoundTrip(format, x), x) << InfoOf(format).name;
  }
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 16 == 3 ? -32 : rng.Int(-32, 31)) * 0.5f;
  EXPECT_LT(RelativeError(x, RoundTrip(BlockFormat::kQ6_K, x)), 1e-3);  // 0.5 = d · −128 with d rounded to a half
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(i % 32 < 2 ? 15 * (i % 32) : rng.Int(0, 15)) * 0.5f - 2;
  EXPECT_LT(RelativeError(x, RoundTrip(BlockFormat::kQ4_K, x)), 1e-3);
}

TEST(BlockFormat, ZerosAndTinyNumbersGiveNumbers) {
  for (const BlockFormat format : {BlockFormat::kQ8_0, BlockFormat::kQ4_0, BlockFormat::kQ4_K, BlockFormat::kQ6_K})
    for (const float value : {0.0f, 1e-40f, -1e-40f, 1e-20f, -1e-30f, 1e-7f, 3.0f, -3.0f}) {
      const std::vector<float> y = RoundTrip(format, std::vector<float>(256, value));
      for (const float found : y) ASSERT_NEAR(found, value, std::abs(value) / 60 + 1e-6) << InfoOf(format).name;
    }
}

// Relative errors on normal numbers. Q8_0 has uniform steps of the largest of 32 magnitudes (2.35 on average) / 127,
// and 2.35 / 127 / sqrt(12) = 0.0053; the others by measurement. ggml's search of Q4_K, run on the same kind of
// numbers, has 1.014 times our error.
TEST(BlockFormat, ErrorsOnNormalNumbers) {
  const std::vector<float> x = Random(256 * 64, 11);
  EXPECT_NEAR(RelativeError(x, RoundTrip(BlockFormat::kQ8_0, x)), 0.0054, 0.0004);
  EXPECT_NEAR(RelativeError(x, RoundTrip(BlockFormat::kQ6_K, x)), 0.017, 0.002);
  EXPECT_NEAR(RelativeError(x, RoundTrip(BlockFormat::kQ4_K, x)), 0.068, 0.004);
  EXPECT_NEAR(RelativeError(x, RoundTrip(BlockFormat::kQ4_0, x)), 0.088, 0.006);
}

// The bytes themselves, so that no change of compiler, machine or code goes unseen.
TEST(BlockFormat, BytesAreTheSameEverywhere) {
  const std::vector<float> x = Random(256 * 16, 3);
  const auto hash = [&](BlockFormat format) {
    const std::vector<uint8_t> blocks = Quantized(format, x);
    return Sha256Hex({reinterpret_cast<const char*>(blocks.data()), blocks.size()}).substr(0, 16);
  };
  EXPECT_EQ(hash(BlockFormat::kQ8_0), "cdeaca4977991b77");
  EXPECT_EQ(hash(BlockFormat::kQ4_0), "2bdb0eae9d28ef79");
  EXPECT_EQ(hash(BlockFormat::kQ4_K), "3cc4c6ebcf9807aa");
  EXPECT_EQ(hash(BlockFormat::kQ6_K), "a517bc856067efe8");
}

}  // namespace
}  // namespace lingshu
