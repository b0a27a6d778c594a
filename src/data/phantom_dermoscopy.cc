// Dermoscopy phantoms: skin under a dermatoscope with a pigmented lesion, its network or structures, hairs and gel
// bubbles. Lesion patterns after the consensus of Argenziano et al. 2003. Sides are the image's.
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

std::vector<PhantomShape> SkinRegion(const PhantomTruth& truth) {
  const double s = truth.size;
  return {{.x = s * (truth.side == "left" ? 0.25 : 0.75), .y = s * 0.5, .radius_x = s * 0.235, .radius_y = s * 0.36}};
}

// Light skin to dark, in sRGB.
Color DrawSkin(Rng& rng) {
  const std::vector<Color> tones = {{236, 200, 184}, {226, 182, 158}, {214, 164, 136}, {186, 136, 108}, {150, 106, 82}};
  const Color tone = rng.Pick(tones);
  const auto warm = static_cast<float>(rng.Uniform(0.93, 1.05));
  return {tone.r, tone.g * warm, tone.b * warm};
}

// Dark lines around pale holes: the zero lines of a fine noise.
float NetworkAt(const Field& net, int x, int y) { return std::clamp((0.22f - std::abs(net(x, y))) / 0.2f, 0.0f, 1.0f); }

void PaintNevus(Canvas& canvas, const PhantomLesion& lesion, Rng& rng) {
  const Field net = SmoothNoise(canvas.size, 5, 1, rng), tint = SmoothNoise(canvas.size, canvas.size / 6.0, 2, rng);
  const Outline border(lesion.outline);
  ForEachInside(lesion, canvas.size, 4, [&](int x, int y, float cover) {
    const auto radius = static_cast<float>(border.Radius(x, y));
    Color brown = Mix(Color{105, 62, 38}, Color{160, 108, 72}, std::clamp(radius + 0.2f * tint(x, y), 0.0f, 1.0f));
    brown = Mix(brown, Color{70, 40, 26}, 0.6f * NetworkAt(net, x, y));
    canvas(x, y) = Mix(canvas(x, y), brown, cover);
  });
}

void PaintMelanoma(Canvas& canvas, const PhantomLesion& lesion, Rng& rng) {
  const Field tint = SmoothNoise(canvas.size, canvas.size / 9.0, 3, rng),
              veil = SmoothNoise(canvas.size, canvas.size / 7.0, 1, rng);
  ForEachInside(lesion, canvas.size, 2, [&](int x, int y, float cover) {
    Color color = Mix(Color{38, 24, 22}, Color{122, 66, 44}, std::clamp(0.5f + 0.9f * tint(x, y), 0.0f, 1.0f));
    color = Mix(color, Color{104, 110, 130}, std::clamp(1.8f * (veil(x, y) - 0.3f), 0.0f, 0.75f));
    color = Mix(color, Color{158, 70, 60}, std::clamp(2.0f * (-veil(x, y) - 0.5f), 0.0f, 0.45f));
    canvas(x, y) = Mix(canvas(x, y), color, cover);
  });
}

void PaintKeratosis(Canvas& canvas, const PhantomLesion& lesion, Rng& rng) {
  const Field tint = SmoothNoise(canvas.size, canvas.size / 12.0, 2, rng);
  ForEachInside(lesion, canvas.size, 1, [&](int x, int y, float cover) {
    const Color color = Color{152, 118, 88} * (1 + 0.16f * tint(x, y));
    canvas(x, y) = Mix(canvas(x, y), color, cover);
  });
  const PhantomShape& outline = lesion.outline;
  const int spots = static_cast<int>(outline.radius_x * outline.radius_y / 16) + 4;
  for (int i = 0; i < spots; ++i) {
    const double around = rng.Uniform(0, 6.283), out = 0.85 * std::sqrt(rng.Uniform());
    const Point place = Frame{outline.x, outline.y, 1, outline.angle}.At(outline.radius_x * out * std::cos(around),
                                                                         outline.radius_y * out * std::sin(around));
    const bool is_cyst = rng.Chance(0.55);  // milia-like cysts are white, comedo-like openings dark
    const PhantomShape spot{
        .x = place.x, .y = place.y, .radius_x = rng.Uniform(1, 1.8), .radius_y = rng.Uniform(1, 1.8)};
    Fill(canvas, spot, is_cyst ? Color{240, 230, 205} : Color{62, 42, 32}, 1.5);
  }
}

void AddHairs(Canvas& canvas, Rng& rng) {
  Field cover(canvas.size);
  const int hairs = rng.Chance(0.5) ? rng.Int(2, 9) : 0;
  const double s = canvas.size;
  for (int i = 0; i < hairs; ++i) {
    const Point from{rng.Uniform(0, s), rng.Uniform(0, s)};
    const double turn = rng.Uniform(0, 6.283), reach = s * rng.Uniform(0.3, 0.7);
    const Point to{from.x + reach * std::cos(turn), from.y + reach * std::sin(turn)};
    Stroke(cover, Curve(from, {(from.x + to.x) / 2 + rng.Normal(0, 8), (from.y + to.y) / 2 + rng.Normal(0, 8)}, to),
           0.65, 0.4);
  }
  for (float& value : cover.values) value *= 0.8f;
  FillBy(canvas, cover, Color{48, 34, 28});
}

Image PaintSkin(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "texture");
  const int size = truth.size;
  const Color skin = DrawSkin(rng);
  const Field pores = SmoothNoise(size, 4, 2, rng), blotches = SmoothNoise(size, size / 4.0, 3, rng);
  Canvas canvas(size);
  for (size_t i = 0; i < canvas.values.size(); ++i) {
    const Color tone = skin * (1 + 0.025f * pores.values[i] + 0.05f * blotches.values[i]);
    canvas.values[i] = tone + Color{6 * blotches.values[i], -3 * blotches.values[i], 0};
  }
  Rng lesions = PhantomRng(truth, "lesions");
  for (const PhantomLesion& lesion : truth.lesions) {
    if (truth.finding == "nevus") PaintNevus(canvas, lesion, lesions);
    if (truth.finding == "melanoma") PaintMelanoma(canvas, lesion, lesions);
    if (truth.finding == "seborrheic keratosis") PaintKeratosis(canvas, lesion, lesions);
  }
  AddHairs(canvas, rng);
  const bool has_tube = rng.Chance(0.35);
  const double tube = size * rng.Uniform(0.56, 0.64), dark = rng.Uniform(0.05, 0.25);
  const Field noise = WhiteNoise(size, rng);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const double r = std::hypot(x - size / 2.0, y - size / 2.0);
      double light = 1 - dark * std::pow(r / size, 2) * 2;
      if (has_tube) light *= std::clamp((tube - r) / 3, 0.0, 1.0);
      const float n = 2.5f * noise(x, y);
      canvas(x, y) = (canvas(x, y) + Color{n, n, n}) * static_cast<float>(light);
    }
  return ToImage(canvas);
}

const Register<PhantomModel> kDermoscopy({
    .name = "dermoscopy",
    .help = "skin tones, pigment network, veil and cysts, hairs, tube vignette",
    .modality = "dermoscopy",
    .noun = "a dermoscopy image",
    .scenes = {{.organ = "skin",
                .subject = "the skin",
                .side_kind = SideKind::kImage,
                .sides = {"left", "right"},
                .where = "in the {} half of the image",
                .low_field_mm = 14,
                .high_field_mm = 20,
                .structures = "the skin surface",
                .normal = "The skin is even in color.",
                .findings = {{.name = "nevus",
                              .plural = "nevi",
                              .look = "a brown symmetrical spot with a regular pigment network",
                              .about = "A nevus is a benign pigmented lesion of even color and regular border.",
                              .small = {0.112, 0.14},
                              .large = {0.21, 0.266},
                              .min_aspect = 0.8,
                              .wobble = 0.03},
                             {.name = "melanoma",
                              .plural = "melanomas",
                              .look = "a dark asymmetrical spot of several colors with an irregular border",
                              .about = "Melanoma is asymmetrical, irregular at its border and of several colors.",
                              .small = {0.119, 0.147},
                              .large = {0.21, 0.259},
                              .min_aspect = 0.65,
                              .wobble = 0.13},
                             {.name = "seborrheic keratosis",
                              .plural = "seborrheic keratoses",
                              .look = "a sharply bordered tan spot with white dots and dark openings",
                              .about = "Seborrheic keratosis is benign, sharply bordered, with milia-like cysts.",
                              .small = {0.119, 0.147},
                              .large = {0.217, 0.266},
                              .min_aspect = 0.75,
                              .wobble = 0.08}},
                .region = &SkinRegion,
                .paint = &PaintSkin}},
});

}  // namespace
}  // namespace lingshu
