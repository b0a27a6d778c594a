// PhantomModel: what a modality can show and how it is painted. One registered value per modality, each in its own
// file; phantom.cc draws truths from these tables and lays the lesions, the words of questions and captions come from
// them too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/registry.h"
#include "base/rng.h"
#include "data/phantom.h"

namespace lingshu {

struct RadiusRange {
  double low = 0, high = 0;  // as fractions of the image's width
};

struct PhantomFinding {
  std::string name;         // "pleural effusion"
  std::string plural;       // "pleural effusions"
  bool has_article = true;  // "a nodule"; without: "subretinal fluid"
  std::string look;         // completes "It appears as …": "a white band with a curved upper border"
  std::string about;        // one sentence of general knowledge
  int max_count = 1;
  RadiusRange small, large;  // long radius; without `large` the finding has no size class and takes `small`
  double min_aspect = 0.75, max_aspect = 1;  // short radius over long
  double wobble = 0.06;
  // Where it cannot lie anywhere in the region: lays it itself. `radius` in pixels.
  std::vector<PhantomLesion> (*lay)(const PhantomTruth&, double radius, Rng&) = nullptr;
};

enum class SideKind { kNone, kPatient, kImage };

// An organ in a plane.
struct PhantomScene {
  std::string organ, subject, plane;    // "liver", "the liver", "axial"
  std::vector<std::string> techniques;  // one is drawn; may be empty
  SideKind side_kind = SideKind::kNone;
  std::vector<std::string> sides;  // those of an image are tested against its centre: "left", "upper", "lower right"
  std::string where;               // completes "A cyst is seen …"; {} takes the side: "in the {} lung"
  double low_field_mm = 0, high_field_mm = 0;  // field of view
  std::string structures;                      // "the lungs, the heart and the ribs"
  std::string normal;                          // said when there is no finding: "The lungs are clear."
  std::vector<PhantomFinding> findings;
  // Where lesions of truth.side may lie.
  std::vector<PhantomShape> (*region)(const PhantomTruth&) = nullptr;
  Image (*paint)(const PhantomTruth&) = nullptr;
};

struct PhantomModel {
  std::string name;      // key in specs: "ct"
  std::string help;      // the physics, in a line
  std::string modality;  // name in kModalities: "CT"
  std::string noun;      // with its article: "a CT scan"
  // Wording of plane and technique; {} takes the name: "in the {} plane", "It is shown in a {}."
  std::string view, technique;
  std::string plane_question;       // "Which plane is shown?"
  std::vector<std::string> planes;  // its possible answers, those of other scenes too
  std::vector<PhantomScene> scenes;
};

const PhantomModel& ModelOf(const PhantomTruth& truth);
const PhantomScene& SceneOf(const PhantomTruth& truth);
// nullptr when there is none.
const PhantomFinding* FindingOf(const PhantomTruth& truth);

// Streams of one phantom. Anatomy must not depend on the finding, nor the grain on the anatomy's draws.
inline Rng PhantomRng(const PhantomTruth& truth, std::string_view stream) {
  return Rng(MixSeed({truth.seed, SeedOf(truth.modality), SeedOf(stream)}));
}

}  // namespace lingshu
