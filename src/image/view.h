// From a volume to the pictures that a model is shown: which slices, side by side or alone, with square pixels, and the
// words that say so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/image.h"
#include "image/volume.h"

namespace lingshu {

// The volume of a file, or of series number `series` of a folder of DICOM files or of a multi-frame object, counted
// from the one with most slices. Absent for pictures. Throws Error(kUsage) for a series that is not there, else as
// ReadImage and LoadSeries.
std::optional<Volume> ReadVolume(const std::filesystem::path& path, int series = 0);

// The same of a folder, or of a DICOM file with several frames; absent for a cine loop, whose frames have no places.
std::optional<Volume> ReadSeries(const std::filesystem::path& path, int series = 0);
// Whether a file is a DICOM object with several frames, told from its header.
bool MayBeSeries(const ImageReader& reader, std::string_view bytes, const std::string& where);

// kUniform: evenly along the plane's normal, each in the middle of its share.
// kContent: as many slices in each part as there is to see in it (the spread of its grey levels); empty slices are left
//           out.
enum class SliceSampling { kUniform, kContent };
inline std::vector<std::string> EnumNames(SliceSampling*) { return {"uniform", "content"}; }

// Numbers of at most `count` different slices of options.plane, ascending. REQUIRES: count >= 1.
std::vector<int> SampleSlices(const Volume& volume, const ImageOptions& options, const Tone& tone, int count,
                              SliceSampling sampling, const std::string& where);

// Pictures of one size in rows of `columns` (0: as square as can be), left to right, then down; empty places are black.
// Operations of the first picture stay, and the order of the tiles is said. REQUIRES: at least one picture.
Image Montage(const std::vector<Image>& tiles, int columns = 0);

// The picture with square pixels of the smaller spacing (bicubic), or as it is where spacing is unknown or already
// square to 1 %.
Image SquarePixels(Image image);

// "CT: axial slice 30 of 60; slope 1 intercept -1024; preset ct_lung", for the answer that goes with the picture.
std::string DescribePixels(const Image& image);

}  // namespace lingshu
