// The DICOM reader: a frame's stored values through modality scale, window and colour to 8-bit RGB (PS3.3 C.7.6, C.11;
// PS3.4 N.2). Nothing that names a patient passes dicom_dataset.cc.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/registry.h"
#include "image/byte_order.h"
#include "image/dicom_dataset.h"
#include "image/dicom_frame.h"
#include "image/dicom_gray.h"
#include "image/dicom_lut.h"
#include "image/dicom_object.h"
#include "image/dicom_render.h"
#include "image/reader.h"
#include "image/dicom_tags.h"

namespace lingshu {
namespace {

struct Spacing {
  std::optional<std::array<double, 2>> mm;
  bool is_at_detector = false;
};

std::optional<std::array<double, 2>> PositivePair(const std::vector<double>& numbers) {
  if (numbers.size() < 2 || !(numbers[0] > 0) || !(numbers[1] > 0)) return std::nullopt;
  return std::array<double, 2>{numbers[0], numbers[1]};
}

Spacing ReadSpacing(const DicomDataset& dataset, int64_t frame) {
  if (const auto pair = PositivePair(dataset.Numbers(kTagPixelSpacing))) return {pair};
  if (const auto measures = FunctionalGroup(dataset, kTagPixelMeasuresSequence, frame))
    if (const auto pair = PositivePair(measures->Numbers(kTagPixelSpacing))) return {pair};
  // Without magnification known, the distance at the detector is the best there is for radiographs.
  return {PositivePair(dataset.Numbers(kTagImagerPixelSpacing)), true};
}

uint8_t ToByte(double value) { return static_cast<uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5); }

// PS3.3 C.7.6.3.1.2, full range.
void YbrToRgb(const double ybr[3], uint8_t* rgb) {
  const double cb = ybr[1] - 128, cr = ybr[2] - 128;
  rgb[0] = ToByte(ybr[0] + 1.402 * cr);
  rgb[1] = ToByte(ybr[0] - 0.344136 * cb - 0.714136 * cr);
  rgb[2] = ToByte(ybr[0] + 1.772 * cb);
}

void RenderColour(const StoredFrame& stored, const PixelModule& module, Image& image, const std::string& where) {
  const bool is_ybr = stored.photometric == "YBR_FULL" || stored.photometric == "YBR_FULL_422";
  if (!is_ybr && stored.photometric != "RGB")
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: DICOM photometric interpretation \"{}\" with three samples; known are RGB, YBR_FULL, "
                            "YBR_FULL_422, YBR_ICT and YBR_RCT.",
                            where, stored.photometric));
  const int width = module.BytesPerSample();
  const double scale = 255.0 / (std::exp2(module.bits_stored) - 1);
  for (size_t i = 0; i < image.rgb.size(); i += 3) {
    double colour[3];
    for (int c = 0; c < 3; ++c) {
      const auto value = static_cast<double>(ReadUint(stored.samples.data() + (i + c) * width, width));
      colour[c] = width == 1 && module.bits_stored == 8 ? value : value * scale;
    }
    if (is_ybr) YbrToRgb(colour, image.rgb.data() + i);
    else
      for (int c = 0; c < 3; ++c) image.rgb[i + c] = ToByte(colour[c]);
  }
  if (is_ybr) image.operations.push_back("YBR to RGB");
  if (module.bits_stored != 8) image.operations.push_back(fmt::format("{} bits to 8", module.bits_stored));
}

void RenderPalette(const DicomFile& file, const StoredFrame& stored, const PixelModule& module, Image& image,
                   const std::string& where) {
  const std::vector<LookupTable> palettes = ReadPalettes(file.dataset, module, where);
  const StoredValues indices(stored, module);
  // Entries of 16 bits that all fit 8 were written by senders who took the descriptor's 16 for the word's width.
  int shift[3];
  for (int c = 0; c < 3; ++c) {
    const uint16_t top = *std::max_element(palettes[c].entries.begin(), palettes[c].entries.end());
    shift[c] = palettes[c].bits > 8 && top > 255 ? palettes[c].bits - 8 : 0;
  }
  for (size_t i = 0; i < indices.size(); ++i)
    for (int c = 0; c < 3; ++c)
      image.rgb[3 * i + c] =
          static_cast<uint8_t>(std::min(255, palettes[c].At(static_cast<int64_t>(indices[i])) >> shift[c]));
  image.operations.push_back("palette color");
}

Image OpenDicom(std::string_view bytes, const ImageOptions& options, const std::string& where) {
  const DicomFile file = ParseDicom(bytes, where);
  return RenderFrame(file, ReadPixelModule(file, where), options, where);
}

FileFacts InspectDicom(std::string_view bytes, const std::string& where) {
  const DicomFile file = ParseDicom(bytes, where);
  const PixelModule module = ReadPixelModule(file, where);
  const StoredFrame stored = DecodeFrame(file, module, 0, where);
  FileFacts facts{.format = "dicom",
                  .modality = file.dataset.Text(kTagModality),
                  .rows = module.rows,
                  .columns = module.columns,
                  .frames = module.frames,
                  .bits_stored = module.bits_stored,
                  .photometric = module.photometric,
                  .transfer_syntax = file.transfer_syntax};
  if (const Spacing spacing = ReadSpacing(file.dataset, 0); !spacing.is_at_detector)
    facts.pixel_spacing_mm = spacing.mm;
  facts.pixel_sha256 = Sha256Hex({reinterpret_cast<const char*>(stored.samples.data()), stored.samples.size()});
  const bool is_gray = module.samples_per_pixel == 1 && stored.photometric != "PALETTE COLOR";
  const ModalityScale scale = is_gray ? ReadModalityScale(file.dataset, module, 0, where) : ModalityScale();
  const StoredValues values(stored, module);
  const auto take = [&](double value) {
    if (std::isnan(value)) return;
    facts.value_min = std::min(facts.value_min.value_or(value), value);
    facts.value_max = std::max(facts.value_max.value_or(value), value);
  };
  if (scale.table) {
    for (size_t i = 0; i < values.size(); ++i) take(scale.Apply(values[i]));
  } else if (const auto extremes = values.Extremes()) {  // slope and intercept keep the order, or turn it round
    take(scale.Apply(extremes->first));
    take(scale.Apply(extremes->second));
  }
  return facts;
}

}  // namespace

Image RenderFrame(const DicomFile& file, const PixelModule& module, const ImageOptions& options, const std::string& where) {
  const StoredFrame stored = DecodeFrame(file, module, options.frame, where);
  Image image{.width = module.columns, .height = module.rows, .modality = ModalityOf(file.dataset), .source = "dicom"};
  image.rgb.resize(static_cast<size_t>(module.rows) * module.columns * 3);
  if (file.is_syntax_assumed)
    image.operations.push_back("no transfer syntax in the file; read as " + file.transfer_syntax);
  if (module.frames > 1) image.operations.push_back(fmt::format("frame {} of {}", options.frame, module.frames));
  const Spacing spacing = ReadSpacing(file.dataset, options.frame);
  if (spacing.mm) std::copy_n(spacing.mm->data(), 2, image.pixel_spacing_mm);
  if (spacing.mm && spacing.is_at_detector) image.operations.push_back("pixel spacing at the detector");
  if (file.dataset.Text(kTagBurnedInAnnotation) == "YES") image.operations.push_back("burned-in annotation declared");
  if (module.samples_per_pixel == 3) RenderColour(stored, module, image, where);
  else if (stored.photometric == "PALETTE COLOR") RenderPalette(file, stored, module, image, where);
  else RenderGray(file, stored, module, options, image, where);
  return image;
}

namespace {

const Register<ImageReader> kDicom({.name = "dicom",
                                    .help = "DICOM images, windowed and without identifiers (PS3.10)",
                                    .detect = &DetectDicom,
                                    .open = &OpenDicom,
                                    .inspect = &InspectDicom,
                                    .num_frames = [](std::string_view bytes, const std::string& where) {
                                      return ReadPixelModule(ParseDicom(bytes, where), where).frames;
                                    }});

}  // namespace
}  // namespace lingshu
