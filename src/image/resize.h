// Resizing bit for bit as the reference processors of Qwen2.5-VL do it on 8-bit pixels: two passes of fixed-point filters, with
// antialiasing when the picture shrinks. The slow processor uses Pillow (src/libImaging/Resample.c, the order of passes is
// Pillow 13's), the fast one torchvision (PyTorch's aten/src/ATen/native/cpu/UpSampleKernel.cpp with antialias, itself after
// Pillow-SIMD: weights of 16 bits, always the width first). The two differ by a grey level here and there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "image/image.h"

namespace lingshu {

enum class Filter { kBicubic, kBilinear, kLanczos, kBox };
inline std::vector<std::string> EnumNames(Filter*) { return {"bicubic", "bilinear", "lanczos", "box"}; }
enum class ResizeBackend { kPil, kTorchvision };
inline std::vector<std::string> EnumNames(ResizeBackend*) { return {"pil", "torchvision"}; }

// Returns the picture at width x height; a picture of that size already is returned unchanged. Physical scale follows.
// Throws Error(kTooLarge) beyond the limits of limits.h. REQUIRES: a non-empty image.
Image ResizePil(const Image& image, int width, int height, Filter filter = Filter::kBicubic);

// The same on interleaved samples of any number of channels (1 … 4): samples are height * width * channels.
std::vector<uint8_t> ResizeSamples(const uint8_t* samples, int width, int height, int channels, int new_width,
                                   int new_height, Filter filter, ResizeBackend backend = ResizeBackend::kPil);

}  // namespace lingshu
