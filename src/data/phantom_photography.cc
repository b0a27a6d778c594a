// Photography phantoms: a hand, a leg or the sole of a foot on a drape, skin of any tone under side light, with a
// wound, a bruise or a rash. Sides are the image's.
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

Frame DrawLimb(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  Frame frame = JitteredFrame(truth.size, rng, 0.92, 1.05, 0.2);
  return frame;
}

std::vector<PhantomShape> LimbRegion(const PhantomTruth& truth) {
  const Frame frame = DrawLimb(truth);
  const double side = truth.side == "left" || truth.side == "upper" ? -1 : 1;
  if (truth.organ == "hand") return {frame.Ellipse(side * 0.23, 0.38, 0.25, 0.3)};
  if (truth.organ == "foot") return {frame.Ellipse(side < 0 ? 0.02 : 0.0, side < 0 ? -0.3 : 0.5, 0.27, 0.3)};
  return {side < 0 ? frame.Ellipse(0, -0.45, 0.3, 0.42) : frame.Ellipse(0, 0.22, 0.25, 0.28)};
}

// Silhouettes, 1 inside.
Field Silhouette(const PhantomTruth& truth, const Frame& frame, Rng& rng) {
  Field cover(truth.size);
  const auto finger = [&](double u0, double v0, double u1, double v1, double width) {
    Stroke(cover, {frame.At(u0, v0), frame.At(u1, v1)}, frame.Length(width), frame.Length(width * 0.8));
  };
  const auto blob = [&](double u, double v, double ru, double rv) { Fill(cover, frame.Ellipse(u, v, ru, rv), 1.0f); };
  if (truth.organ == "hand") {
    const double thumb = rng.Chance(0.5) ? 1 : -1, spread = rng.Uniform(0.8, 1.2);
    blob(0, 0.38, 0.5, 0.46);
    finger(0, 0.5, 0, 1.4, 0.36);
    for (int i = 0; i < 4; ++i) {
      const double u = -0.36 + 0.24 * i, tip = thumb * u;  // the little finger is the shortest
      finger(u * 0.95, 0.15, u * 1.25 * spread, -0.62 - 0.16 * (1 - std::abs(tip - 0.1) * 2), 0.115);
    }
    finger(thumb * 0.35, 0.5, thumb * 0.82, -0.02, 0.14);
  } else if (truth.organ == "foot") {
    const double big = rng.Chance(0.5) ? 1 : -1;
    blob(big * 0.03, -0.28, 0.4, 0.36);
    blob(-big * 0.04, 0.15, 0.3, 0.5);
    blob(0, 0.55, 0.31, 0.36);
    blob(big * 0.25, -0.72, 0.14, 0.17);
    for (int i = 1; i < 5; ++i) blob(big * (0.27 - 0.165 * i), -0.74 + 0.055 * i * i * 0.55, 0.078, 0.11);
  } else {
    // Calf, ankle, heel and a foot that points to one side.
    const double toes = rng.Chance(0.5) ? 1 : -1, calf = rng.Uniform(0.38, 0.44);
    Stroke(cover, {frame.At(0, -1.5), frame.At(0, -0.45)}, frame.Length(calf * 1.1), frame.Length(calf));
    Stroke(cover, {frame.At(0, -0.45), frame.At(0, 0.55)}, frame.Length(calf), frame.Length(0.25));
    blob(-toes * 0.06, 0.62, 0.26, 0.22);
    Stroke(cover, {frame.At(0, 0.6), frame.At(toes * 0.62, 0.78)}, frame.Length(0.2), frame.Length(0.12));
  }
  return cover;
}

void PaintWound(Canvas& canvas, const PhantomLesion& lesion, Rng& rng) {
  const Field bed = SmoothNoise(canvas.size, 6, 2, rng), slough = SmoothNoise(canvas.size, 9, 2, rng);
  ForEachInside(Scaled(lesion.outline, 1.4), canvas.size, 8, [&](int x, int y, float cover) {
    canvas(x, y) =
        Mix(canvas(x, y), Color{canvas(x, y).r * 0.98f, canvas(x, y).g * 0.72f, canvas(x, y).b * 0.72f}, cover);
  });
  const Outline border(lesion.outline);
  ForEachInside(lesion, canvas.size, 1.5, [&](int x, int y, float cover) {
    Color color = Color{158, 28, 30} * (1 + 0.25f * bed(x, y));
    color = Mix(color, Color{214, 184, 108}, std::clamp(2.2f * (slough(x, y) - 0.12f), 0.0f, 0.9f));
    if (border.Radius(x, y) > 0.82) color = Color{112, 26, 28};
    canvas(x, y) = Mix(canvas(x, y), color, cover);
  });
}

void PaintBruise(Canvas& canvas, const PhantomLesion& lesion, Rng& rng) {
  const Field tint = SmoothNoise(canvas.size, 9, 2, rng);
  const Outline border(lesion.outline);
  ForEachInside(lesion, canvas.size, 5, [&](int x, int y, float cover) {
    const auto radius = static_cast<float>(border.Radius(x, y));
    const Color color = Mix(Color{72, 40, 92}, Color{128, 118, 62},
                            std::clamp(1.6f * (radius - 0.55f) + 0.3f * tint(x, y), 0.0f, 1.0f));
    canvas(x, y) = Mix(canvas(x, y), color, 0.8f * cover);
  });
}

// Red papules crowded in an area.
void PaintRash(Canvas& canvas, const PhantomLesion& lesion, Rng& rng) {
  const PhantomShape& area = lesion.outline;
  Fill(canvas, lesion, Color{196, 84, 78}, 5);
  const int spots = static_cast<int>(area.radius_x * area.radius_y / 5) + 6;
  for (int i = 0; i < spots; ++i) {
    const double around = rng.Uniform(0, 6.283), out = 0.95 * std::sqrt(rng.Uniform());
    const Point place = Frame{area.x, area.y, 1, area.angle}.At(area.radius_x * out * std::cos(around),
                                                                area.radius_y * out * std::sin(around));
    const double radius = rng.Uniform(0.9, 1.6);
    Fill(canvas, {.x = place.x, .y = place.y, .radius_x = radius, .radius_y = radius}, Color{172, 40, 44}, 1.2);
  }
}

Canvas PaintDrape(const PhantomTruth& truth, Rng& rng) {
  const std::vector<Color> cloths = {{70, 120, 170}, {64, 140, 118}, {206, 208, 212}, {58, 60, 66}, {150, 128, 104}};
  const Color cloth = rng.Pick(cloths);
  const Field creases = FibreNoise(truth.size, 14, 3, rng.Uniform(0, 3.14), rng),
              weave = SmoothNoise(truth.size, 2.5, 1, rng);
  Canvas canvas(truth.size);
  for (size_t i = 0; i < canvas.values.size(); ++i)
    canvas.values[i] = cloth * (0.92f + 0.08f * creases.values[i] + 0.03f * weave.values[i]);
  return canvas;
}

// Skin shaded as the relief that the blurred silhouette makes under light from one side.
void PaintLimb(Canvas& canvas, const Field& cover, Rng& rng) {
  const std::vector<Color> tones = {{244, 206, 182}, {228, 178, 148}, {204, 148, 112}, {166, 112, 80}, {122, 80, 58}};
  const Color skin = rng.Pick(tones);
  const double light = rng.Uniform(0, 6.283), reach = canvas.size * 0.055;
  const Field blotches = SmoothNoise(canvas.size, canvas.size / 6.0, 3, rng),
              pores = SmoothNoise(canvas.size, 3, 1, rng);
  Field relief = cover, shadow = cover;
  Blur(relief, reach);
  Blur(shadow, 3);
  const int shift_x = static_cast<int>(std::lround(-4 * std::cos(light))),
            shift_y = static_cast<int>(std::lround(-4 * std::sin(light)));
  for (int y = 0; y < canvas.size; ++y)
    for (int x = 0; x < canvas.size; ++x) {
      const double dx = relief.Clamped(x + 1, y) - relief.Clamped(x - 1, y),
                   dy = relief.Clamped(x, y + 1) - relief.Clamped(x, y - 1);
      const double facing = -(dx * std::cos(light) + dy * std::sin(light)) * reach;
      const double shade = 0.78 + 0.22 * relief(x, y) + 0.28 * facing + 0.03 * blotches(x, y) + 0.02 * pores(x, y);
      const Color tone = skin * static_cast<float>(std::clamp(shade, 0.3, 1.15)) + Color{5 * blotches(x, y), 0, 0};
      const Color ground = canvas(x, y) * (1 - 0.45f * shadow.Clamped(x - shift_x, y - shift_y));
      canvas(x, y) = Mix(ground, tone, cover(x, y));
    }
}

Image PaintPhoto(const PhantomTruth& truth) {
  const Frame frame = DrawLimb(truth);
  Rng rng = PhantomRng(truth, "texture");
  Canvas canvas = PaintDrape(truth, rng);
  const Field cover = Silhouette(truth, frame, rng);
  PaintLimb(canvas, cover, rng);
  Rng lesions = PhantomRng(truth, "lesions"), grain = PhantomRng(truth, "grain");
  for (const PhantomLesion& lesion : truth.lesions) {
    if (truth.finding == "wound") PaintWound(canvas, lesion, lesions);
    if (truth.finding == "bruise") PaintBruise(canvas, lesion, lesions);
    if (truth.finding == "rash") PaintRash(canvas, lesion, lesions);
  }
  const Field lamp = SmoothNoise(truth.size, truth.size * 0.9, 1, grain), noise = WhiteNoise(truth.size, grain);
  const Color balance{static_cast<float>(grain.Uniform(0.95, 1.05)), 1, static_cast<float>(grain.Uniform(0.93, 1.05))};
  for (size_t i = 0; i < canvas.values.size(); ++i) {
    const Color color = canvas.values[i] * (0.96f + 0.1f * lamp.values[i]);
    const float n = 3 * noise.values[i];
    canvas.values[i] = {color.r * balance.r + n, color.g + n, color.b * balance.b + n};
  }
  return ToImage(canvas);
}

PhantomScene LimbScene(const char* organ, const char* subject, std::vector<std::string> sides) {
  return {.organ = organ,
          .subject = subject,
          .side_kind = SideKind::kImage,
          .sides = std::move(sides),
          .where = "in the {} half of the image",
          .low_field_mm = 220,
          .high_field_mm = 280,
          .structures = std::string("the skin of the ") + organ,
          .normal = "The skin is intact.",
          .findings = {{.name = "wound",
                        .plural = "wounds",
                        .look = "an open red area with yellow slough and a dark margin",
                        .about = "An open wound has a bed of granulation tissue and slough.",
                        .small = {0.06, 0.072},
                        .large = {0.126, 0.147},
                        .min_aspect = 0.7,
                        .wobble = 0.12},
                       {.name = "bruise",
                        .plural = "bruises",
                        .look = "a purple area with a yellowish border",
                        .about = "A bruise is blood under intact skin that changes color as it ages.",
                        .small = {0.06, 0.072},
                        .large = {0.126, 0.147},
                        .min_aspect = 0.7,
                        .wobble = 0.12},
                       {.name = "rash",
                        .plural = "rashes",
                        .look = "a reddened area with many small papules",
                        .about = "A papular rash is a group of small raised red spots.",
                        .small = {0.062, 0.073},
                        .large = {0.126, 0.147},
                        .min_aspect = 0.7,
                        .wobble = 0.12}},
          .region = &LimbRegion,
          .paint = &PaintPhoto};
}

const Register<PhantomModel> kPhotography({
    .name = "photography",
    .help = "a limb on a drape: skin tones, side light, wounds, bruises and rashes",
    .modality = "digital photography",
    .noun = "a digital photograph",
    .scenes = {LimbScene("hand", "the hand", {"left", "right"}), LimbScene("leg", "the leg", {"upper", "lower"}),
               LimbScene("foot", "the sole of the foot", {"upper", "lower"})},
});

}  // namespace
}  // namespace lingshu
