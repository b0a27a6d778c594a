// Endoscopy phantoms: the inside of a tube lit from the camera, with the lumen, folds, mucosal vessels, wet highlights
// and the scope's black mask. Sides are the image's.
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

struct Tube {
  Point lumen;
  double width = 0;  // radius of the dark lumen
  double field = 0;  // radius of the visible circle
};

Tube DrawTube(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  const double s = truth.size;
  // The lumen keeps away from the side where a finding could lie, in pictures without one too.
  return {.lumen = {s * rng.Uniform(0.42, 0.58), s * rng.Uniform(0.4, 0.56)},
          .width = s * rng.Uniform(0.05, 0.09),
          .field = s * rng.Uniform(0.485, 0.54)};
}

std::vector<PhantomShape> WallRegion(const PhantomTruth& truth) {
  const double s = truth.size;
  return {{.x = s * (truth.side == "left" ? 0.27 : 0.73), .y = s * 0.5, .radius_x = s * 0.18, .radius_y = s * 0.3}};
}

// Relief of the wall as seen along the tube: rings in the colon, long rugae in the stomach.
Field Folds(const PhantomTruth& truth, const Tube& tube, Rng& rng) {
  const int size = truth.size;
  Field relief(size);
  const Field bend = SmoothNoise(size, size / 3.0, 2, rng);
  const double turn = rng.Uniform(0, 6.283), rings = rng.Uniform(3.4, 4.6), rugae = rng.Int(7, 11);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const double dx = x - tube.lumen.x, dy = y - tube.lumen.y, r = std::hypot(dx, dy) / size + 0.02,
                   around = std::atan2(dy, dx);
      // Haustra are triangular: the rings' phase swings three times around.
      const double phase = truth.organ == "colon"
                               ? rings * std::log(r) + 0.45 * std::cos(3 * around + turn) + 0.6 * bend(x, y)
                               : (rugae * around + 5 * bend(x, y) + 3 * r) / 6.283;
      const double saw = phase - std::floor(phase);
      relief(x, y) = static_cast<float>(saw * (1 - std::clamp((saw - 0.86) / 0.14, 0.0, 1.0)));
    }
  return relief;
}

void PaintPolyp(Canvas& canvas, const PhantomLesion& lesion, Color mucosa) {
  const PhantomShape& dome = lesion.outline;
  Fill(canvas, Scaled(dome, 1.2), mucosa * 0.5f, 4);
  // Lit from the camera, which looks down the lumen's axis from the image's centre.
  const double lx = canvas.size / 2.0 - dome.x, ly = canvas.size / 2.0 - dome.y, far = std::hypot(lx, ly) + 1;
  const Outline border(dome);
  ForEachInside(dome, canvas.size, 1.2, [&](int x, int y, float cover) {
    const double radius = std::min(1.0, border.Radius(x, y)), up = std::sqrt(1 - radius * radius);
    const double nx = (x - dome.x) / dome.radius_x, ny = (y - dome.y) / dome.radius_y;
    const double facing = 0.72 * up + 0.3 * (nx * lx + ny * ly) / far;
    Color color = Color{232, 96, 92} * static_cast<float>(std::clamp(0.4 + 0.75 * facing, 0.2, 1.15));
    const double shine = std::hypot(nx - 0.4 * lx / far, ny - 0.4 * ly / far);
    if (shine < 0.17) color = Color{255, 240, 235};
    canvas(x, y) = Mix(canvas(x, y), color, cover);
  });
}

void PaintUlcer(Canvas& canvas, const PhantomLesion& lesion, Rng& rng) {
  const Field slough = SmoothNoise(canvas.size, 6, 2, rng);
  Fill(canvas, Scaled(lesion.outline, 1.25), Color{185, 42, 42}, 5);
  ForEachInside(lesion, canvas.size, 2, [&](int x, int y, float cover) {
    canvas(x, y) = Mix(canvas(x, y), Color{238, 222, 170} * (1 + 0.1f * slough(x, y)), cover);
  });
}

void AddHighlights(Canvas& canvas, const PhantomTruth& truth, const Field& relief, Rng& rng) {
  const double s = truth.size;
  for (int i = rng.Int(5, 12); i > 0; --i) {
    const Point place{rng.Uniform(0.12, 0.88) * s, rng.Uniform(0.12, 0.88) * s};
    const PhantomShape spot{.x = place.x,
                            .y = place.y,
                            .radius_x = rng.Uniform(0.7, 2.2),
                            .radius_y = rng.Uniform(0.6, 1.2),
                            .angle = rng.Uniform(0, 3.14)};
    const bool is_on_finding = std::any_of(
        truth.lesions.begin(), truth.lesions.end(),
        [&](const PhantomLesion& lesion) { return Outline(lesion.outline).Radius(place.x, place.y) < 1.3; });
    if (relief(static_cast<int>(place.x), static_cast<int>(place.y)) > 0.35f && !is_on_finding)
      Fill(canvas, spot, Color{255, 246, 240}, 1.5);
  }
}

Image PaintLumen(const PhantomTruth& truth) {
  const Tube tube = DrawTube(truth);
  Rng rng = PhantomRng(truth, "texture");
  const int size = truth.size;
  const bool is_colon = truth.organ == "colon";
  const Color mucosa = Color{static_cast<float>(rng.Uniform(215, 240)),
                             static_cast<float>(is_colon ? rng.Uniform(135, 160) : rng.Uniform(95, 118)),
                             static_cast<float>(is_colon ? rng.Uniform(100, 130) : rng.Uniform(80, 100))};
  const Field relief = Folds(truth, tube, rng), blotches = SmoothNoise(size, size / 7.0, 3, rng),
              vessels = SmoothNoise(size, size / 9.0, 2, rng);
  Canvas canvas(size);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const double r = std::hypot(x - tube.lumen.x, y - tube.lumen.y);
      const double depth = std::clamp((r - tube.width) / (size * 0.3), 0.0, 1.0);
      const double light = (0.14 + 0.78 * std::pow(depth, 0.6)) * (0.72 + 0.38 * relief(x, y));
      const float vein = is_colon ? std::clamp((0.05f - std::abs(vessels(x, y))) / 0.05f, 0.0f, 1.0f) : 0;
      const Color tone =
          Mix(mucosa, Color{190, 70, 62}, std::clamp(0.14f + 0.2f * blotches(x, y) + 0.3f * vein, 0.0f, 1.0f));
      canvas(x, y) = tone * static_cast<float>(light);
    }
  Rng lesions = PhantomRng(truth, "lesions"), grain = PhantomRng(truth, "grain");
  for (const PhantomLesion& lesion : truth.lesions) {
    if (truth.finding == "polyp") PaintPolyp(canvas, lesion, mucosa);
    else PaintUlcer(canvas, lesion, lesions);
  }
  AddHighlights(canvas, truth, relief, rng);
  const Field noise = WhiteNoise(size, grain);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const double dx = x - size / 2.0 + 0.5, dy = y - size / 2.0 + 0.5, r = std::hypot(dx, dy);
      const double edge = std::max(std::max(std::abs(dx), std::abs(dy)) * 1.05, r);
      const auto seen =
          static_cast<float>(std::clamp(tube.field - edge + 0.5, 0.0, 1.0) * (1 - 0.35 * std::pow(r / tube.field, 4)));
      const float n = 2.5f * noise(x, y);
      canvas(x, y) = (canvas(x, y) + Color{n, n, n}) * seen;
    }
  return ToImage(canvas);
}

PhantomScene LumenScene(const char* organ, const char* structures, const char* normal) {
  return {.organ = organ,
          .subject = std::string("the ") + organ,
          .side_kind = SideKind::kImage,
          .sides = {"left", "right"},
          .where = "on the {} side of the image",
          .low_field_mm = 45,
          .high_field_mm = 60,
          .structures = structures,
          .normal = normal,
          .findings = {{.name = "polyp",
                        .plural = "polyps",
                        .look = "a smooth red dome that rises from the wall",
                        .about = "A polyp is a growth of the mucosa into the lumen.",
                        .max_count = 2,
                        .small = {0.07, 0.084},
                        .large = {0.14, 0.175},
                        .min_aspect = 0.8,
                        .wobble = 0.03},
                       {.name = "ulcer",
                        .plural = "ulcers",
                        .look = "a yellow-white area with a red rim",
                        .about = "An ulcer is a defect of the mucosa with a fibrin-covered base.",
                        .small = {0.067, 0.081},
                        .large = {0.133, 0.168},
                        .min_aspect = 0.65,
                        .wobble = 0.1}},
          .region = &WallRegion,
          .paint = &PaintLumen};
}

const Register<PhantomModel> kEndoscopy({
    .name = "endoscopy",
    .help = "a lit tube with lumen, folds, vessels, highlights and the scope's mask",
    .modality = "endoscopy",
    .noun = "an endoscopy image",
    .scenes = {LumenScene("colon", "the lumen, the haustral folds and the mucosal vessels",
                          "The mucosa is smooth and the folds are regular."),
               LumenScene("stomach", "the lumen and the gastric rugae",
                          "The mucosa is smooth and the rugae are regular.")},
});

}  // namespace
}  // namespace lingshu
