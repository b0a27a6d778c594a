// What the two formats of volumes with a header of text lines, NRRD and MetaImage, have in common.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/volume.h"

namespace lingshu {

inline constexpr size_t kMaxTextHeaderBytes = 1 << 20;  // DWI volumes name hundreds of gradients
inline constexpr size_t kMaxTextHeaderLine = 1 << 16;

// Takes the next line, without its line break, off `bytes`. Throws Error(kCorrupt) when no line break is in reach.
std::string_view TakeLine(std::string_view& bytes, const std::string& where);

// Numbers between blanks. Throws Error(kCorrupt) naming `field` for anything that is no finite number, or for
// another count than `count` (0: any).
std::vector<double> ParseNumbers(std::string_view text, size_t count, const std::string& field,
                                 const std::string& where);
// The same as whole numbers within ±2^53.
std::vector<int64_t> ParseIntegers(std::string_view text, size_t count, const std::string& field,
                                   const std::string& where);

// Puts the affine of a volume together from the directions of its first axes and the position of voxel 0, both in
// LPS+ or RAS+ millimetres. A volume of two axes is one slice of 1 mm, along the normal of the other two.
// Throws Error(kNonFinite) when a number is not finite.
void SetGeometry(Volume& volume, std::vector<std::array<double, 3>> directions, std::array<double, 3> origin,
                 bool is_lps, const std::string& where);

// Cuts or inflates exactly num_bytes of voxels off the file's data and puts them in little-endian order.
enum class VoxelEncoding { kRaw, kGzip, kZlib, kText };
void SetVoxels(Volume& volume, std::string_view data, VoxelEncoding encoding, bool is_big_endian, int64_t num_bytes,
               const std::string& where);

// Makes the fastest axis the slowest, shape and voxels: components of a voxel become volumes of a series.
void MoveFirstAxisLast(Volume& volume);

}  // namespace lingshu
