// FileFacts through the reader of the file, and their JSON.
#include "image/inspect.h"

#include <cmath>

#include "base/files.h"
#include "image/decoder.h"
#include "image/detached.h"
#include "image/image_wire.h"
#include "image/reader.h"
#include "image/slide.h"

namespace lingshu {
namespace {

Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json OrNull(const std::optional<double>& number) {
  return number && std::isfinite(*number) ? Json(*number) : Json(nullptr);
}

FileFacts InspectHere(std::string_view bytes, const std::string& where) {
  return ReaderOf(bytes, where).inspect(bytes, where);
}

const Decoder kInspect("inspect", kVolumeLimits, &InspectHere);

}  // namespace

Json ToJson(const FileFacts& facts) {
  Json json = {{"format", facts.format},
               {"modality", OrNull(facts.modality)},
               {"rows", facts.rows},
               {"columns", facts.columns},
               {"frames", facts.frames},
               {"bits_stored", facts.bits_stored},
               {"photometric", OrNull(facts.photometric)},
               {"transfer_syntax", OrNull(facts.transfer_syntax)},
               {"pixel_spacing_mm", nullptr},
               {"pixel_sha256", OrNull(facts.pixel_sha256)},
               {"value_min", OrNull(facts.value_min)},
               {"value_max", OrNull(facts.value_max)},
               {"shape", nullptr},
               {"affine", nullptr}};
  if (facts.pixel_spacing_mm) json["pixel_spacing_mm"] = *facts.pixel_spacing_mm;
  if (!facts.shape.empty()) json["shape"] = facts.shape;
  if (facts.affine) {
    json["affine"] = Json::array();
    for (int row = 0; row < 4; ++row) {
      const double* a = facts.affine->data() + 4 * row;
      json["affine"].push_back(Json::array({a[0], a[1], a[2], a[3]}));
    }
  }
  return json;
}

FileFacts InspectBytes(std::string_view bytes, const std::string& where) {
  return kInspect(bytes, where);
}

FileFacts InspectImage(const std::filesystem::path& path) {
  if (const std::optional<Slide> slide = OpenIfSlide(path)) return FactsOfSlide(*slide);
  if (const auto joined = JoinDetached(path)) return InspectBytes(*joined, path.string());
  return kInspect.OfFile(path, path.string());
}

}  // namespace lingshu
