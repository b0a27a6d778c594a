// ImageReader: one value per file format. Files are recognised by their bytes, never by their names.
//   const Register<ImageReader> kPng(RasterReader("png", "PNG (ISO/IEC 15948)", &DetectPng, &DecodePng));
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "image/image.h"
#include "image/inspect.h"

namespace lingshu {

struct Volume;

enum class Plane { kAxial, kCoronal, kSagittal };

struct Window {
  double center = 0;
  double width = 0;  // > 0
};

// Which picture of a file, and how its stored values become grey levels.
struct ImageOptions {
  int frame = 0;                // of a multi-frame DICOM or TIFF
  Plane plane = Plane::kAxial;  // of a volume
  int slice = -1;  // of a volume, along the plane's normal, from inferior, posterior or left; -1 is the middle one
  int volume = 0;  // of a 4-D series
  std::optional<Window> window;  // in place of the file's own
  std::string preset;            // of preset.h, in place of any window
};

struct ImageReader {
  std::string name;
  std::string help;
  // True when the first bytes (up to 4096) are of this format. Formats do not overlap; the order of readers never
  // matters.
  std::function<bool(std::string_view prefix)> detect;
  // `where` names the source in errors. Throws Error(kCorrupt | kUnsupported | kTooLarge | kUsage).
  std::function<Image(std::string_view bytes, const ImageOptions& options, const std::string& where)> open;
  std::function<FileFacts(std::string_view bytes, const std::string& where)> inspect;
  // The whole grid of voxels; empty for formats of pictures.
  std::function<Volume(std::string_view bytes, const std::string& where)> volume = nullptr;
  // Pictures in the file, told without decoding one; empty where inspect has to tell.
  std::function<int64_t(std::string_view bytes, const std::string& where)> num_frames = nullptr;
};
// Of any reader's file. Throws as inspect.
int64_t NumFrames(const ImageReader& reader, std::string_view bytes, const std::string& where);

// The reader whose detect() accepts the bytes. Throws Error(kUnsupported) that lists the known formats.
const ImageReader& ReaderOf(std::string_view bytes, const std::string& where);

// Decodes a whole file held in memory. The result carries no identifier of a patient.
Image DecodeImage(std::string_view bytes, const std::string& where, const ImageOptions& options = {});

// Reads and decodes a file; of a whole slide, an overview of at most kSlideOverviewSide pixels a side. Throws
// Error(kNotFound | kIo) and what DecodeImage throws.
inline constexpr int kSlideOverviewSide = 1024;
Image ReadImage(const fs::path& path, const ImageOptions& options = {});

}  // namespace lingshu
