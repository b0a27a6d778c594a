// Perceptual hashes: 64 bits that survive re-encoding and rescaling, for finding copies.
//
// phash: the signs of the low 8x8 block of a 32x32 DCT-II against their median (Zauner, "Implementation and
// Benchmarking of Perceptual Image Hash Functions", 2010). dhash: signs of horizontal differences on a 9x8 picture
// (Krawetz, 2013); cheaper, and coarser. Radiographs of different patients lie close in both, so near-duplicates need a
// second look at the pixels.
#pragma once

#include <bit>
#include <cstdint>

#include "image/image.h"

namespace lingshu {

uint64_t PerceptualHash(const Image& image);
uint64_t DifferenceHash(const Image& image);

// The phash of the picture mirrored left to right, without mirroring pixels: odd horizontal frequencies change sign.
uint64_t MirroredPerceptualHash(const Image& image);

inline int HammingDistance(uint64_t a, uint64_t b) { return std::popcount(a ^ b); }

}  // namespace lingshu
