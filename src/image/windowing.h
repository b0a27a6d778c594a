// Windowing: from physical or stored values to the 8 bits of a display (DICOM PS3.3 C.11.2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "image/reader.h"

namespace lingshu {

enum class WindowFunction { kLinear, kLinearExact, kSigmoid };

// The grey level 0…255 of a value, rounded half up; NaN is 0. REQUIRES: window.width > 0.
uint8_t ApplyWindow(double value, const Window& window, WindowFunction function = WindowFunction::kLinear);

// Named windows of CT in Hounsfield units, as radiologists set them: brain, lung, bone, …
struct WindowPreset {
  std::string name;
  Window window;
};
extern const std::vector<WindowPreset> kCtWindows;

// Throws Error(kUsage) that lists the known names.
Window CtWindow(std::string_view name);

// The window of a picture that brings none and has no physical scale (MR, PET, radiographs): from the 0.5th to
// the 99.5th percentile of its finite values, so that a few hot pixels do not darken the rest. `values` is reordered.
inline constexpr int64_t kMaxPercentileValues = 1'000'000;  // an even sample of so many gives the same grey levels
Window PercentileWindow(std::vector<float>& values);

// Throws Error(kUsage) unless the width is a positive number and the center finite.
void CheckWindow(const Window& window);

// "window center 40 width 400"
std::string DescribeWindow(const Window& window);

}  // namespace lingshu
