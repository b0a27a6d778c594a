// The grey pipeline works on doubles through a table of all stored values where they have at most 16 bits.
#include "image/dicom_gray.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>

#include <fmt/format.h>

#include "base/error.h"
#include "image/byte_order.h"
#include "image/dicom_tags.h"
#include "image/extremes.h"
#include "image/preset.h"
#include "image/suv.h"
#include "image/windowing.h"

namespace lingshu {
namespace {

using ToGray = std::function<uint8_t(double)>;

struct Padding {
  std::optional<int64_t> low, high;
  bool Holds(double stored) const { return low && stored >= *low && stored <= *high; }
};

Padding ReadPadding(const DicomDataset& dataset, bool is_signed) {
  Padding padding{dataset.Integer(kTagPixelPaddingValue, 0, is_signed), std::nullopt};
  padding.high = dataset.Integer(kTagPixelPaddingRangeLimit, 0, is_signed).value_or(padding.low.value_or(0));
  if (padding.low && *padding.low > *padding.high) std::swap(padding.low, padding.high);
  return padding;
}

struct FileWindow {
  Window window;
  WindowFunction function = WindowFunction::kLinear;
};

// The first window of the data set or of the frame's functional group; windows that cannot be are passed over.
std::optional<FileWindow> ReadWindow(const DicomDataset& dataset, int64_t frame, const std::string& where) {
  const std::optional<DicomDataset> group = FunctionalGroup(dataset, kTagFrameVoiLutSequence, frame);
  const DicomDataset& holder = dataset.Has(kTagWindowCenter) || !group ? dataset : *group;
  const std::vector<double> centers = holder.Numbers(kTagWindowCenter), widths = holder.Numbers(kTagWindowWidth);
  if (centers.empty() || widths.empty() || !(widths[0] > 0)) return std::nullopt;
  FileWindow window{{.center = centers[0], .width = widths[0]}};
  const std::string function = holder.Text(kTagVoiLutFunction);
  if (function == "LINEAR_EXACT") window.function = WindowFunction::kLinearExact;
  else if (function == "SIGMOID") window.function = WindowFunction::kSigmoid;
  else if (!function.empty() && function != "LINEAR")
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("{}: an unknown DICOM VOI LUT Function; known are LINEAR, LINEAR_EXACT and SIGMOID.", where));
  // Below width 1 only the exact function is defined; senders of floating-point scales mean that.
  if (window.function == WindowFunction::kLinear && window.window.width < 1)
    window.function = WindowFunction::kLinearExact;
  return window;
}

ToGray WindowToGray(const Window& window, WindowFunction function) {
  return [=](double value) { return ApplyWindow(value, window, function); };
}

// What the window acts on: the modality's values of all pixels that are not padding.
Window MeasuredWindow(const StoredValues& stored, const ModalityScale& scale, const Padding& padding) {
  const size_t stride = std::max<size_t>(1, stored.size() / kMaxPercentileValues);
  std::vector<float> values;
  for (size_t i = 0; i < stored.size(); i += stride)
    if (!padding.Holds(stored[i])) values.push_back(static_cast<float>(scale.Apply(stored[i])));
  return PercentileWindow(values);
}

ToGray ChooseGray(const DicomFile& file, const StoredValues& stored, const ModalityScale& scale, const Padding& padding,
                  const PixelModule& module, const ImageOptions& options, Image& image, const std::string& where) {
  const auto linear = [&](const Window& window, WindowFunction function, std::string_view origin) {
    image.operations.push_back(fmt::format("{}{}", DescribeWindow(window), origin));
    return WindowToGray(window, function);
  };
  if (!options.preset.empty())  // its windows are known; this one has none
    return linear(MeasuredWindow(stored, scale, padding), WindowFunction::kLinearExact, " (percentiles 0.5 to 99.5)");
  if (options.window) {
    CheckWindow(*options.window);
    return linear(*options.window, WindowFunction::kLinear, "");
  }
  // The table's inputs are modality values, signed when the scale can make them so.
  const bool is_signed = module.is_signed || scale.rescale_intercept < 0;
  if (const std::optional<LookupTable> table = ReadLookupTable(file.dataset, kTagVoiLutSequence, is_signed, where)) {
    image.operations.push_back("VOI table");
    const double top = *std::max_element(table->entries.begin(), table->entries.end());
    const double full = std::max(top, std::exp2(table->bits) - 1);  // some tables hold more bits than they declare
    return [=](double value) {
      return static_cast<uint8_t>(
          table->At(static_cast<int64_t>(std::clamp(std::round(value), -1e9, 1e9))) / full * 255 + 0.5);
    };
  }
  if (const std::optional<FileWindow> window = ReadWindow(file.dataset, options.frame, where))
    return linear(window->window, window->function, "");
  if (file.dataset.Text(kTagModality) == "CT" && !module.is_float)
    return linear(CtWindow("abdomen"), WindowFunction::kLinear, " (default for CT)");
  if (module.bits_stored <= 8 && !module.is_signed && scale.IsIdentity()) {
    const double top = std::exp2(module.bits_stored) - 1;
    return WindowToGray({.center = top / 2, .width = top}, WindowFunction::kLinearExact);
  }
  return linear(MeasuredWindow(stored, scale, padding), WindowFunction::kLinearExact, " (percentiles 0.5 to 99.5)");
}

}  // namespace

std::optional<DicomDataset> FunctionalGroup(const DicomDataset& dataset, uint32_t group, int64_t frame) {
  if (const auto own = dataset.Item(kTagPerFrameFunctionalGroupsSequence, frame))
    if (auto item = own->Item(group)) return item;
  if (const auto shared = dataset.Item(kTagSharedFunctionalGroupsSequence)) return shared->Item(group);
  return std::nullopt;
}

double StoredValues::operator[](size_t i) const {
  const uint64_t bits = ReadUint(stored_.samples.data() + i * width_, width_);
  if (module_.is_float)
    return width_ == 4 ? std::bit_cast<float>(static_cast<uint32_t>(bits)) : std::bit_cast<double>(bits);
  const int unused = 64 - 8 * width_;
  return module_.is_signed ? static_cast<double>(static_cast<int64_t>(bits << unused) >> unused)
                           : static_cast<double>(bits);
}

std::optional<std::pair<double, double>> StoredValues::Extremes() const {
  const RawSamples& samples = stored_.samples;
  if (module_.is_float) return width_ == 4 ? ExtremesAs<float>(samples.data(), samples.size()) : ExtremesAs<double>(samples.data(), samples.size());
  if (width_ == 1) return module_.is_signed ? ExtremesAs<int8_t>(samples.data(), samples.size()) : ExtremesAs<uint8_t>(samples.data(), samples.size());
  if (width_ == 2) return module_.is_signed ? ExtremesAs<int16_t>(samples.data(), samples.size()) : ExtremesAs<uint16_t>(samples.data(), samples.size());
  return module_.is_signed ? ExtremesAs<int32_t>(samples.data(), samples.size()) : ExtremesAs<uint32_t>(samples.data(), samples.size());
}

double ModalityScale::Apply(double value) const {
  return table ? table->At(static_cast<int64_t>(value)) : value * rescale_slope + rescale_intercept;
}

ModalityScale ReadModalityScale(const DicomDataset& dataset, const PixelModule& module, int64_t frame,
                                const std::string& where) {
  ModalityScale scale;
  if (module.is_float) return scale;
  scale.table = ReadLookupTable(dataset, kTagModalityLutSequence, module.is_signed, where);
  const std::optional<DicomDataset> group = FunctionalGroup(dataset, kTagPixelValueTransformationSequence, frame);
  const DicomDataset& holder = dataset.Has(kTagRescaleSlope) || !group ? dataset : *group;
  const std::vector<double> slope = holder.Numbers(kTagRescaleSlope), intercept = holder.Numbers(kTagRescaleIntercept);
  if (!slope.empty() && slope[0] != 0) scale.rescale_slope = slope[0];
  if (!intercept.empty()) scale.rescale_intercept = intercept[0];
  return scale;
}

namespace {

// One window is the caller's window; three are three grey pictures, one a colour.
void RenderPreset(const DicomFile& file, const StoredFrame& stored, const PixelModule& module,
                  const ImageOptions& options, const Tone& tone, Image& image, const std::string& where) {
  ImageOptions plain = options;
  plain.preset.clear();
  image.operations.push_back(tone.note);
  if (tone.windows.size() == 1) {
    plain.window = tone.windows[0];
    return RenderGray(file, stored, module, plain, image, where);
  }
  Image gray = image;
  for (size_t c = 0; c < tone.windows.size(); ++c) {
    gray.operations.clear();
    plain.window = tone.windows[c];
    RenderGray(file, stored, module, plain, gray, where);
    for (size_t i = c; i < image.rgb.size(); i += 3) image.rgb[i] = gray.rgb[i];
  }
}

}  // namespace

void RenderGray(const DicomFile& file, const StoredFrame& stored, const PixelModule& module,
                const ImageOptions& options, Image& image, const std::string& where) {
  if (!options.preset.empty()) {
    ValueFacts facts{.modality = file.dataset.Text(kTagModality)};
    const Preset& preset = FindPreset(options.preset);
    if (preset.scale == ValueScale::kSuvbw && facts.modality == "PT")
      facts.suvbw_factor = SuvbwFactor(file.dataset, facts.no_suv_reason);
    const Tone tone = ResolvePreset(preset, facts, where);
    if (!tone.windows.empty()) return RenderPreset(file, stored, module, options, tone, image, where);
    image.operations.push_back(tone.note);
  }
  if (!stored.photometric.starts_with("MONOCHROME"))
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("{}: DICOM photometric interpretation \"{}\" with one sample; known are MONOCHROME1, MONOCHROME2 "
                    "and PALETTE COLOR.",
                    where, stored.photometric));
  const StoredValues values(stored, module);
  const ModalityScale scale = ReadModalityScale(file.dataset, module, options.frame, where);
  const Padding padding = ReadPadding(file.dataset, module.is_signed);
  if (scale.table) image.operations.push_back("modality table");
  else if (!scale.IsIdentity())
    image.operations.push_back(
        fmt::format("rescale slope {:g} intercept {:g}", scale.rescale_slope, scale.rescale_intercept));
  const ToGray to_gray = ChooseGray(file, values, scale, padding, module, options, image, where);
  const bool is_inverted = stored.photometric == "MONOCHROME1";
  const auto gray_of = [&](double value) -> uint8_t {
    if (padding.Holds(value)) return 0;
    const uint8_t gray = to_gray(scale.Apply(value));
    return is_inverted ? 255 - gray : gray;
  };
  // Up to 16 bits every stored value is rendered once, when it first occurs.
  const int64_t lowest = module.is_signed ? -32768 : 0;
  std::vector<int16_t> table(module.BytesPerSample() <= 2 ? 65536 : 0, -1);
  for (size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    int16_t gray = -1;
    if (table.empty()) {
      gray = gray_of(value);
    } else {
      int16_t& known = table[static_cast<int64_t>(value) - lowest];
      if (known < 0) known = gray_of(value);
      gray = known;
    }
    std::fill_n(image.rgb.data() + 3 * i, 3, static_cast<uint8_t>(gray));
  }
  if (padding.low) image.operations.push_back("padding black");
  if (is_inverted) image.operations.push_back("inverted from MONOCHROME1");
}

}  // namespace lingshu
