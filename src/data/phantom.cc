// Draws truths from the models' tables, lays lesions, and dispatches painting. See phantom.h for the conventions.
#include "data/phantom.h"

#include <charconv>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "base/strings.h"
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

constexpr int kMinSize = 112, kMaxSize = 160;

const PhantomModel& ModelOfModality(const std::string& modality) {
  std::vector<std::string> known;
  for (const PhantomModel& model : Registry<PhantomModel>::Get().All()) {
    if (model.modality == modality) return model;
    known.push_back(model.modality);
  }
  throw Error(ErrorCode::kUsage, fmt::format("no phantom of modality \"{}\".{}\nKnown: {}.", modality,
                                             DidYouMean(modality, known), JoinStrings(known, ", ")));
}

// True where the whole lesion lies on the named side of the image's centre, clear of the dividing line.
bool IsOnSide(const PhantomShape& shape, const std::string& side, int size) {
  const double reach = std::max(shape.radius_x, shape.radius_y) * (1 + shape.wobble) + 0.02 * size, middle = size / 2.0;
  if (side.find("left") != std::string::npos && shape.x + reach > middle) return false;
  if (side.find("right") != std::string::npos && shape.x - reach < middle) return false;
  if (side.find("upper") != std::string::npos && shape.y + reach > middle) return false;
  if (side.find("lower") != std::string::npos && shape.y - reach < middle) return false;
  return true;
}

// True where the border of `shape` lies in the region.
bool IsInside(const PhantomShape& shape, const PhantomShape& region) {
  const double c = std::cos(shape.angle), s = std::sin(shape.angle);
  const Outline border(region);
  for (int i = 0; i < 8; ++i) {
    const double around = i * std::numbers::pi / 4;
    const double p = shape.radius_x * std::cos(around), q = shape.radius_y * std::sin(around);
    if (border.Radius(shape.x + c * p - s * q, shape.y + s * p + c * q) > 1) return false;
  }
  return true;
}

bool IsApart(const PhantomShape& shape, const std::vector<PhantomLesion>& others) {
  for (const PhantomLesion& other : others)
    if (std::hypot(shape.x - other.outline.x, shape.y - other.outline.y) <
        1.15 * (shape.radius_x + other.outline.radius_x) + 2)
      return false;
  return true;
}

PhantomShape DrawLesionShape(const PhantomFinding& finding, double radius, Rng& rng) {
  return {.radius_x = radius,
          .radius_y = radius * rng.Uniform(finding.min_aspect, finding.max_aspect),
          .angle = rng.Uniform(0, std::numbers::pi),
          .wobble = finding.wobble * rng.Uniform(0.5, 1.5),
          .phase = rng.Uniform(0, 2 * std::numbers::pi)};
}

// Lays truth.count lesions into the scene's region by rejection. Where they do not all fit, truth.count becomes what
// fits.
void LayLesions(PhantomTruth& truth, const PhantomFinding& finding, RadiusRange range, Rng& rng) {
  const PhantomScene& scene = SceneOf(truth);
  const std::vector<PhantomShape> regions = scene.region(truth);
  const bool has_image_side = scene.side_kind == SideKind::kImage;
  for (int tries = 0; tries < 4000 && static_cast<int>(truth.lesions.size()) < truth.count; ++tries) {
    // As tries fail, radii shrink (to 0.75 of the class's least, which no smaller class reaches) and the region grows a
    // little, so that narrow ones still hold one.
    const double shrunk = range.low * (1 - 0.25 * std::clamp((tries - 1500) / 1500.0, 0.0, 1.0));
    const double high = std::max(shrunk, range.high - (range.high - range.low) * tries / 1500);
    const double grown = 1 + std::max(0, tries - 2000) / 5000.0;
    PhantomShape shape = DrawLesionShape(finding, truth.size * rng.Uniform(shrunk, high), rng);
    const PhantomShape region = Scaled(regions[rng.Below(regions.size())], grown);
    const Frame frame{region.x, region.y, 1, region.angle};
    const double around = rng.Uniform(0, 2 * std::numbers::pi), out = std::sqrt(rng.Uniform());
    const Point place = frame.At(region.radius_x * out * std::cos(around), region.radius_y * out * std::sin(around));
    shape.x = place.x;
    shape.y = place.y;
    if (has_image_side && !IsOnSide(shape, truth.side, truth.size)) continue;
    if (IsInside(shape, region) && IsApart(shape, truth.lesions)) truth.lesions.push_back({.outline = shape});
  }
  truth.count = static_cast<int>(truth.lesions.size());
  CHECK(truth.count > 0) << PhantomSpec(truth) << ": no place for a " << truth.size_class << " " << truth.finding;
}

PhantomBox BoxOfMask(const std::vector<uint8_t>& mask, int size) {
  int x0 = size, y0 = size, x1 = -1, y1 = -1;
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      if (mask[static_cast<size_t>(y) * size + x] != 0) {
        x0 = std::min(x0, x), x1 = std::max(x1, x);
        y0 = std::min(y0, y), y1 = std::max(y1, y);
      }
  if (x1 < 0) return {};
  return {x0, y0, x1 - x0 + 1, y1 - y0 + 1};
}

// Longest diameter in pixels; of a clipped lesion the diameter of the circle of its area.
double DiameterOf(const PhantomLesion& lesion, int size) {
  if (lesion.within.radius_x <= 0) return 2 * std::max(lesion.outline.radius_x, lesion.outline.radius_y);
  double area = 0;
  ForEachInside(lesion, size, 1, [&](int, int, float cover) { area += cover; });
  return 2 * std::sqrt(area / std::numbers::pi);
}

void DrawFinding(PhantomTruth& truth, Rng& rng) {
  const PhantomScene& scene = SceneOf(truth);
  const PhantomFinding& finding = rng.Pick(scene.findings);
  truth.finding = finding.name;
  const bool has_class = finding.large.high > 0, is_large = has_class && rng.Chance(0.5);
  if (has_class) truth.size_class = is_large ? "large" : "small";
  if (!scene.sides.empty()) truth.side = rng.Pick(scene.sides);
  truth.count = rng.Int(1, finding.max_count);
  const RadiusRange range = is_large ? finding.large : finding.small;
  if (finding.lay != nullptr) {
    truth.lesions = finding.lay(truth, truth.size * rng.Uniform(range.low, range.high), rng);
    truth.count = static_cast<int>(truth.lesions.size());
  } else {
    LayLesions(truth, finding, range, rng);
  }
  truth.box = BoxOfMask(PhantomMask(truth), truth.size);
  for (const PhantomLesion& lesion : truth.lesions)
    truth.size_mm = std::max(truth.size_mm, DiameterOf(lesion, truth.size) * truth.pixel_spacing_mm);
}

template <typename Int>
Int ParseWhole(std::string_view text, std::string_view spec) {
  Int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw Error(ErrorCode::kUsage,
                fmt::format("phantom spec \"{}\": expected phantom:<modality key>:<seed>[:<size>] with "
                            "whole numbers, found \"{}\".",
                            spec, text));
  return value;
}

}  // namespace

const PhantomModel& ModelOf(const PhantomTruth& truth) { return ModelOfModality(truth.modality); }

const PhantomScene& SceneOf(const PhantomTruth& truth) {
  const PhantomModel& model = ModelOf(truth);
  CHECK(truth.scene >= 0 && truth.scene < static_cast<int>(model.scenes.size())) << "scene " << truth.scene;
  return model.scenes[truth.scene];
}

const PhantomFinding* FindingOf(const PhantomTruth& truth) {
  for (const PhantomFinding& finding : SceneOf(truth).findings)
    if (finding.name == truth.finding) return &finding;
  return nullptr;
}

PhantomTruth DrawTruth(const std::string& modality, uint64_t seed, int size) {
  if (size < kMinSize || size > kMaxSize)
    throw Error(ErrorCode::kTooLarge, fmt::format("phantom of {} px: expected {} to {}.", size, kMinSize, kMaxSize));
  const PhantomModel& model = ModelOfModality(modality);
  PhantomTruth truth{.modality = modality, .seed = seed, .size = size};
  Rng rng = PhantomRng(truth, "truth");
  truth.scene = static_cast<int>(rng.Below(model.scenes.size()));
  const PhantomScene& scene = model.scenes[truth.scene];
  truth.organ = scene.organ;
  truth.plane = scene.plane;
  if (!scene.techniques.empty()) truth.technique = rng.Pick(scene.techniques);
  truth.pixel_spacing_mm = rng.Uniform(scene.low_field_mm, scene.high_field_mm) / size;
  if (seed & 1) DrawFinding(truth, rng);
  return truth;
}

Image DrawPhantom(const PhantomTruth& truth) {
  const PhantomModel& model = ModelOf(truth);
  Image image = SceneOf(truth).paint(truth);
  CHECK(image.width == truth.size && image.height == truth.size) << model.name;
  image.modality = truth.modality;
  image.pixel_spacing_mm[0] = image.pixel_spacing_mm[1] = truth.pixel_spacing_mm;
  image.source = "phantom:" + model.name;
  return image;
}

std::vector<uint8_t> PhantomMask(const PhantomTruth& truth) {
  std::vector<uint8_t> mask(static_cast<size_t>(truth.size) * truth.size);
  for (const PhantomLesion& lesion : truth.lesions)
    ForEachInside(lesion, truth.size, 1, [&](int x, int y, float cover) {
      if (cover >= 0.5f) mask[static_cast<size_t>(y) * truth.size + x] = 255;
    });
  return mask;
}

std::string PhantomSpec(const PhantomTruth& truth) {
  const std::string spec = fmt::format("phantom:{}:{}", ModelOf(truth).name, truth.seed);
  return truth.size == PhantomTruth{}.size ? spec : fmt::format("{}:{}", spec, truth.size);
}

PhantomTruth TruthOfSpec(std::string_view spec) {
  const std::vector<std::string> parts = SplitString(spec, ':');
  if (parts.size() < 3 || parts.size() > 4 || parts[0] != "phantom")
    throw Error(ErrorCode::kUsage,
                fmt::format("phantom spec \"{}\": expected phantom:<modality key>:<seed>[:<size>].", spec));
  const PhantomModel& model = Registry<PhantomModel>::Get().Find(parts[1], "phantom");
  const int size = parts.size() == 4 ? ParseWhole<int>(parts[3], spec) : PhantomTruth{}.size;
  return DrawTruth(model.modality, ParseWhole<uint64_t>(parts[2], spec), size);
}

Image DrawPhantomSpec(std::string_view spec) { return DrawPhantom(TruthOfSpec(spec)); }

}  // namespace lingshu
