// Presets: named ways from physical values to the 8 bits that the model sees.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/reader.h"

namespace lingshu {

// The units that a preset's windows are in.
enum class ValueScale { kHounsfield, kSuvbw, kAny };

// Example: {.name = "ct_lung", .help = "lung, center -600 width 1500", .scale = ValueScale::kHounsfield,
//           .windows = {{.center = -600, .width = 1500}}}
struct Preset {
  std::string name;
  std::string help;
  ValueScale scale = ValueScale::kAny;
  std::vector<Window> windows;  // one: grey; three: red, green, blue; none: percentiles 0.5 to 99.5
};
// All of them; made when first asked for, since other tables have to be there.
const std::vector<Preset>& Presets();

// The prefix of the modality may be left out and "-" stand for "_": "lung" is "ct_lung".
// Throws Error(kUsage) that lists the known names.
const Preset& FindPreset(std::string_view name);

// What is known of the values that a preset is asked for.
struct ValueFacts {
  std::string modality;                // DICOM code, "" when the file does not say
  std::optional<double> suvbw_factor;  // SUVbw of a value of 1
  std::string no_suv_reason;           // why suvbw_factor is absent
};

// The preset's windows in the units of the values, and what to say of it.
struct Tone {
  std::vector<Window> windows;  // as in Preset
  std::string note;             // "preset pet_suv, SUVbw factor 0.000213"
};
// Throws Error(kUsage) for a preset of another modality, Error(kUnsupported) where SUVbw cannot be computed.
Tone ResolvePreset(const Preset& preset, const ValueFacts& facts, const std::string& where);

}  // namespace lingshu
