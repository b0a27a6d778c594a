// CT windows are those of windowing.cc; the three-window picture is that of MedGemma 1.5 (model card, 2026: -1024 to
// 1024, -135 to 215 and 0 to 80 Hounsfield units as red, green and blue).
#include "image/preset.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "image/windowing.h"

namespace lingshu {
namespace {

std::vector<Preset> MakePresets() {
  std::vector<Preset> presets;
  for (const WindowPreset& ct : kCtWindows)
    presets.push_back({.name = "ct_" + ct.name,
                       .help = fmt::format("CT, center {:g} width {:g} HU", ct.window.center, ct.window.width),
                       .scale = ValueScale::kHounsfield,
                       .windows = {ct.window}});
  presets.push_back(
      {.name = "ct_three_windows",
       .help = "CT, red -1024 to 1024, green -135 to 215, blue 0 to 80 HU",
       .scale = ValueScale::kHounsfield,
       .windows = {{.center = 0, .width = 2048}, {.center = 40, .width = 350}, {.center = 40, .width = 80}}});
  presets.push_back({.name = "mr_percentile", .help = "MR, percentiles 0.5 to 99.5 of the volume"});
  presets.push_back({.name = "pet_suv",
                     .help = "PET, SUVbw 0 to 10 g/ml",
                     .scale = ValueScale::kSuvbw,
                     .windows = {{.center = 5, .width = 10}}});
  return presets;
}

}  // namespace

const std::vector<Preset>& Presets() {
  static const std::vector<Preset> presets = MakePresets();
  return presets;
}

const Preset& FindPreset(std::string_view name) {
  const std::string wanted = ReplaceAll(LowerAscii(name), "-", "_");
  std::vector<std::string> names;
  for (const Preset& preset : Presets()) {
    if (preset.name == wanted || preset.name.substr(preset.name.find('_') + 1) == wanted) return preset;
    names.push_back(preset.name);
  }
  throw Error(ErrorCode::kUsage, fmt::format("unknown preset \"{}\".{}\nKnown: {}.", name, DidYouMean(wanted, names),
                                             JoinStrings(names, ", ")));
}

Tone ResolvePreset(const Preset& preset, const ValueFacts& facts, const std::string& where) {
  const char* wanted = preset.scale == ValueScale::kHounsfield ? "CT" : preset.scale == ValueScale::kSuvbw ? "PT" : "";
  if (*wanted != '\0' && !facts.modality.empty() && facts.modality != wanted)
    throw Error(ErrorCode::kUsage,
                fmt::format("{}: the preset {} is for {}, this is {}.", where, preset.name, wanted, facts.modality));
  Tone tone{.windows = preset.windows, .note = "preset " + preset.name};
  if (*wanted != '\0' && facts.modality.empty())
    tone.note +=
        preset.scale == ValueScale::kHounsfield ? ", values taken as Hounsfield units" : ", values taken as SUVbw";
  if (preset.scale != ValueScale::kSuvbw || facts.modality.empty()) return tone;
  if (!facts.suvbw_factor)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: no SUVbw: {}.", where, facts.no_suv_reason));
  tone.note += fmt::format(", SUVbw = value * {:.6g}", *facts.suvbw_factor);
  for (Window& window : tone.windows) {
    window.center /= *facts.suvbw_factor;
    window.width /= *facts.suvbw_factor;
  }
  return tone;
}

}  // namespace lingshu
