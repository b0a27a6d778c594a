// The three functions of C.11.2.1.2 and C.11.2.1.3, presets and percentiles.
#include "image/windowing.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"

namespace lingshu {

const std::vector<WindowPreset> kCtWindows = {
    {"abdomen", {.center = 40, .width = 400}}, {"bone", {.center = 400, .width = 1800}},
    {"brain", {.center = 40, .width = 80}},    {"liver", {.center = 60, .width = 160}},
    {"lung", {.center = -600, .width = 1500}}, {"mediastinum", {.center = 50, .width = 350}},
    {"stroke", {.center = 35, .width = 40}},   {"subdural", {.center = 75, .width = 215}}};

uint8_t ApplyWindow(double value, const Window& window, WindowFunction function) {
  if (std::isnan(value)) return 0;
  double level = 0;  // 0…1
  switch (function) {
    case WindowFunction::kLinear:
      // A window of width 1 is a threshold: the formula would divide by zero between its two ends.
      if (window.width <= 1) level = value > window.center - 0.5 ? 1 : 0;
      else level = (value - (window.center - 0.5)) / (window.width - 1) + 0.5;
      break;
    case WindowFunction::kLinearExact:
      level = (value - window.center) / window.width + 0.5;
      break;
    case WindowFunction::kSigmoid:
      level = 1 / (1 + std::exp(-4 * (value - window.center) / window.width));
      break;
  }
  return static_cast<uint8_t>(std::clamp(level, 0.0, 1.0) * 255 + 0.5);
}

Window CtWindow(std::string_view name) {
  std::vector<std::string> names;
  for (const WindowPreset& preset : kCtWindows) {
    if (preset.name == name) return preset.window;
    names.push_back(preset.name);
  }
  throw Error(ErrorCode::kUsage, fmt::format("unknown CT window \"{}\".{}\nKnown: {}.", name, DidYouMean(name, names),
                                             JoinStrings(names, ", ")));
}

Window PercentileWindow(std::vector<float>& values) {
  values.erase(std::remove_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); }), values.end());
  if (values.empty()) return {.center = 0.5, .width = 1};
  const auto percentile = [&](double p) {
    const auto place = values.begin() + static_cast<int64_t>(std::llround(p * (values.size() - 1)));
    std::nth_element(values.begin(), place, values.end());
    return static_cast<double>(*place);
  };
  const double low = percentile(0.005), high = percentile(0.995);
  if (low < high) return {.center = (low + high) / 2, .width = high - low};
  // Nearly all values are one: let the rare ones show.
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double spread = static_cast<double>(*most) - *least;
  return {.center = (static_cast<double>(*most) + *least) / 2, .width = spread > 0 ? spread : 1};
}

void CheckWindow(const Window& window) {
  if (!std::isfinite(window.center) || !(window.width > 0) || !std::isfinite(window.width))
    throw Error(ErrorCode::kUsage, fmt::format("a window of center {} and width {}; the width must be above 0.",
                                               window.center, window.width));
}

std::string DescribeWindow(const Window& window) {
  return fmt::format("window center {:g} width {:g}", window.center, window.width);
}

}  // namespace lingshu
