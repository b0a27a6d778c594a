// Identities in pixel data: text burned in, overlays in unused bits, comments in compressed streams, bytes past the
// end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "deid/data_set.h"

namespace lingshu {

// What to do with a picture of a kind that often has text burned in: cover the text, copy it, or not copy the file.
enum class DeidPixels { kClean, kKeep, kRefuse };
inline std::vector<std::string> EnumNames(DeidPixels*) { return {"clean", "keep", "refuse"}; }

struct PixelReport {
  std::string
      risk;  // why text may be burned in: "ultrasound", "secondary capture", "declared", …; "" if nothing says so
  int regions = 0;     // ultrasound regions: all around them was covered
  int text_boxes = 0;  // lines of text that were found and covered
  bool is_covered = false;
  bool is_decompressed = false;  // pixels had to be decoded, and are stored as they are now
  bool has_cleared_bits = false;
};

// Changes the pixel data of `object`. `bytes` are the file that it was read from. REQUIRES: Deidentify has not run yet,
// which removes the overlays that this looks for. Throws Error(kUnsupported | kCorrupt) when pixels that have to be
// changed cannot be decoded: the file must not be copied then.
PixelReport CleanPixels(DicomObject& object, std::string_view bytes, DeidPixels policy, const std::string& where);

// Overwrites comments and application data in JPEG, JPEG-LS or JPEG 2000 streams that follow one another with zeros, in
// all scans and tile-parts, and what lies between and behind them; lengths stay, and so do offset tables. False when the
// bytes begin like none of these.
bool ScrubStream(std::string& stream);
// The same over all fragments of encapsulated pixels. Throws Error(kUnsupported) for other streams.
void ScrubFragments(DataElement& pixels, const std::string& where);

}  // namespace lingshu
