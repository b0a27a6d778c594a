// The image room's structs on the wire (wire.h). What comes back from a decoder process is checked before anything
// believes it.
#pragma once

#include "base/error.h"
#include "image/image.h"
#include "image/inspect.h"
#include "image/limits.h"
#include "image/reader.h"
#include "image/volume.h"
#include "image/wire.h"

namespace lingshu {

template <typename Wire>
void Carry(Wire& wire, Window& window) {
  auto& [center, width] = window;
  wire(center, width);
}

template <typename Wire>
void Carry(Wire& wire, ImageOptions& options) {
  auto& [frame, plane, slice, volume, window, preset] = options;
  wire(frame, plane, slice, volume, window, preset);
}

template <typename Wire>
void Carry(Wire& wire, Image& image) {
  auto& [width, height, rgb, modality, pixel_spacing_mm, source, operations] = image;
  wire(width, height, rgb, modality, pixel_spacing_mm, source, operations);
  if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide ||
      rgb.size() != static_cast<size_t>(width) * static_cast<size_t>(height) * 3)
    throw Error(ErrorCode::kCorrupt, "a picture whose size is not that of its pixels.");
}

template <typename Wire>
void Carry(Wire& wire, FileFacts& facts) {
  auto& [format, modality, rows, columns, frames, bits_stored, photometric, transfer_syntax, pixel_spacing_mm,
         pixel_sha256, value_min, value_max, shape, affine] = facts;
  wire(format, modality, rows, columns, frames, bits_stored, photometric, transfer_syntax, pixel_spacing_mm,
       pixel_sha256, value_min, value_max, shape, affine);
}

template <typename Wire>
void Carry(Wire& wire, ValueFacts& facts) {
  auto& [modality, suvbw_factor, no_suv_reason] = facts;
  wire(modality, suvbw_factor, no_suv_reason);
}

template <typename Wire>
void Carry(Wire& wire, Volume& volume) {
  auto& [shape, type, voxels, scl_slope, scl_inter, affine, pixdim, window, values, is_inverted, notes] = volume;
  wire(shape, type, voxels, scl_slope, scl_inter, affine, pixdim, window, values, is_inverted, notes);
  if (type < VoxelType::kUint8 || type > VoxelType::kRgba32 ||
      CheckedVolumeBytes(shape, type, "a volume") != static_cast<int64_t>(voxels.size()))
    throw Error(ErrorCode::kCorrupt, "a volume whose shape is not that of its voxels.");
}

}  // namespace lingshu
