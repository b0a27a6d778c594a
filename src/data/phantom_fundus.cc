// Fundus phantoms: a colour photograph of the posterior pole with disc, cup, vessel arcades and macula. The optic disc
// of a right eye lies on the right of the image, that of a left eye on the left; sides are the image's.
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

struct Fundus {
  double temporal = 1;  // direction from the disc to the macula, along x
  double field = 0;     // radius of the visible circle
  Point middle, macula;
  PhantomShape disc, cup;
};

Fundus DrawFundus(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  const double s = truth.size;
  Fundus fundus{.temporal = truth.plane == "right eye" ? -1.0 : 1.0, .field = s * rng.Uniform(0.46, 0.485)};
  fundus.middle = {s / 2 - 0.5 + rng.Uniform(-1, 1), s / 2 - 0.5 + rng.Uniform(-1, 1)};
  const double out = s * rng.Uniform(0.23, 0.3), up = s * rng.Uniform(-0.03, 0.03);
  fundus.disc = {.x = fundus.middle.x - fundus.temporal * out,
                 .y = fundus.middle.y + up,
                 .radius_x = Vary(rng, s * 0.055, 0.12),
                 .radius_y = Vary(rng, s * 0.065, 0.1),
                 .wobble = 0.03,
                 .phase = rng.Uniform(0, 6)};
  fundus.cup = Scaled(fundus.disc, rng.Uniform(0.3, 0.5));
  fundus.macula = {fundus.disc.x + fundus.temporal * s * rng.Uniform(0.27, 0.31),
                   fundus.disc.y + s * rng.Uniform(0.0, 0.04)};
  return fundus;
}

// The four quadrants, clear of the disc and the border.
std::vector<PhantomShape> QuadrantRegion(const PhantomTruth& truth) {
  const double s = truth.size;
  const double x = truth.side.find("left") != std::string::npos ? 0.3 : 0.7,
               y = truth.side.find("upper") != std::string::npos ? 0.29 : 0.71;
  return {{.x = s * x, .y = s * y, .radius_x = s * 0.17, .radius_y = s * 0.16}};
}

// A vessel with side branches; each generation is thinner and shorter.
void AddVessel(Field& cover, Point from, Point by, Point to, double width, int generation, Rng& rng) {
  const std::vector<Point> points = Curve(from, by, to, 14);
  Stroke(cover, points, width, width * 0.5);
  if (generation == 0) return;
  const double length = std::hypot(to.x - from.x, to.y - from.y);
  for (int i = 0; i < 4; ++i) {
    const size_t at = 3 + rng.Below(9);
    const Point start = points[at];
    const double along = std::atan2(points[at + 1].y - start.y, points[at + 1].x - start.x);
    const double turn = along + (i % 2 == 0 ? 1 : -1) * rng.Uniform(0.4, 1.0), reach = length * rng.Uniform(0.25, 0.45);
    const Point end{start.x + reach * std::cos(turn), start.y + reach * std::sin(turn)};
    const Point bend{start.x + 0.5 * reach * std::cos(turn * 0.6 + along * 0.4),
                     start.y + 0.5 * reach * std::sin(turn * 0.6 + along * 0.4)};
    AddVessel(cover, start, bend, end, width * 0.55, generation - 1, rng);
  }
}

// Arcades above and below the macula and shorter vessels towards the nose; veins broad, arteries beside them.
void AddVesselTree(Field& veins, Field& arteries, const Fundus& fundus, Rng& rng) {
  const double s = veins.size, t = fundus.temporal;
  const Point root{fundus.disc.x, fundus.disc.y};
  for (const double up : {-1.0, 1.0})
    for (int kind = 0; kind < 2; ++kind) {
      Field& cover = kind == 0 ? veins : arteries;
      const double width = s * (kind == 0 ? 0.0115 : 0.0075), apart = 1 - 0.12 * kind;
      const Point by{root.x + t * s * rng.Uniform(0.08, 0.16) * apart,
                     root.y + up * s * rng.Uniform(0.28, 0.34) * apart};
      const Point to{root.x + t * s * rng.Uniform(0.5, 0.6), root.y + up * s * rng.Uniform(0.2, 0.3) * apart};
      AddVessel(cover, root, by, to, width, 2, rng);
      const Point nasal{root.x - t * s * rng.Uniform(0.2, 0.3), root.y + up * s * rng.Uniform(0.15, 0.35)};
      AddVessel(cover, root, {root.x - t * s * 0.04, root.y + up * s * 0.16}, nasal, width * 0.7, 1, rng);
    }
}

void AddLesions(Canvas& canvas, const PhantomTruth& truth, Rng& rng) {
  const Field grain = SmoothNoise(truth.size, 4, 2, rng);
  for (const PhantomLesion& lesion : truth.lesions) {
    const bool is_blood = truth.finding == "hemorrhage";
    ForEachInside(lesion, truth.size, is_blood ? 2 : 1.5, [&](int x, int y, float cover) {
      const Color color = is_blood ? Color{95, 14, 10} : Color{250, 222, 130};
      canvas(x, y) = Mix(canvas(x, y), color * (1 + 0.08f * grain(x, y)), 0.92f * cover);
    });
  }
}

Image PaintFundus(const PhantomTruth& truth) {
  const Fundus fundus = DrawFundus(truth);
  Rng rng = PhantomRng(truth, "texture");
  const int size = truth.size;
  const Color base{static_cast<float>(rng.Uniform(190, 232)), static_cast<float>(rng.Uniform(82, 125)),
                   static_cast<float>(rng.Uniform(30, 62))};
  const Field mottle = SmoothNoise(size, size / 10.0, 3, rng), light = SmoothNoise(size, size * 0.8, 1, rng);
  Canvas canvas(size);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const double near = std::hypot(x - fundus.macula.x, y - fundus.macula.y) / (size * 0.075);
      const double shade = 1 - 0.3 * std::exp(-near * near) + 0.05 * mottle(x, y) + 0.12 * light(x, y);
      canvas(x, y) = base * static_cast<float>(shade);
    }
  Field veins(size), arteries(size);
  AddVesselTree(veins, arteries, fundus, rng);
  Fill(canvas, Scaled(fundus.disc, 1.15), base * 1.1f, 4);
  Fill(canvas, fundus.disc, Color{250, 205, 135}, 2);
  Fill(canvas, fundus.cup, Color{255, 238, 195}, 3);
  for (size_t i = 0; i < canvas.values.size(); ++i) {
    canvas.values[i] = Mix(canvas.values[i], Color{175, 55, 32}, 0.75f * arteries.values[i]);
    canvas.values[i] = Mix(canvas.values[i], Color{138, 30, 24}, 0.85f * veins.values[i]);
  }
  Rng lesions = PhantomRng(truth, "lesions"), grain = PhantomRng(truth, "grain");
  AddLesions(canvas, truth, lesions);
  const Field noise = WhiteNoise(size, grain);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const double r = std::hypot(x - fundus.middle.x, y - fundus.middle.y) / fundus.field;
      const auto visible =
          static_cast<float>(std::clamp((1 - r) * fundus.field + 0.5, 0.0, 1.0) * (1 - 0.38 * r * r * r));
      const float n = 3 * noise(x, y);
      canvas(x, y) = (canvas(x, y) + Color{n, n, n}) * visible;
    }
  return ToImage(canvas);
}

PhantomScene EyeScene(const char* eye) {
  return {.organ = "retina",
          .subject = "the retina",
          .plane = eye,
          .side_kind = SideKind::kImage,
          .sides = {"upper left", "upper right", "lower left", "lower right"},
          .where = "in the {} quadrant of the image",
          .low_field_mm = 11,
          .high_field_mm = 13,
          .structures = "the optic disc, the vessel arcades and the macula",
          .normal = "The optic disc, the vessels and the macula are normal.",
          .findings = {{.name = "hemorrhage",
                        .plural = "hemorrhages",
                        .look = "a dark red blot",
                        .about = "Retinal hemorrhages are a sign of diabetic retinopathy.",
                        .max_count = 3,
                        .small = {0.039, 0.049},
                        .large = {0.081, 0.105},
                        .wobble = 0.12},
                       {.name = "hard exudate",
                        .plural = "hard exudates",
                        .look = "a bright yellow spot",
                        .about = "Hard exudates are lipid deposits left by leaking vessels.",
                        .max_count = 3,
                        .small = {0.035, 0.045},
                        .large = {0.073, 0.095},
                        .wobble = 0.14}},
          .region = &QuadrantRegion,
          .paint = &PaintFundus};
}

const Register<PhantomModel> kFundus({
    .name = "fundus",
    .help = "optic disc and cup, branching vessel arcades, macula, vignette",
    .modality = "fundus photography",
    .noun = "a fundus photograph",
    .view = "of the {}",
    .plane_question = "Which eye is shown?",
    .planes = {"right eye", "left eye"},
    .scenes = {EyeScene("right eye"), EyeScene("left eye")},
});

}  // namespace
}  // namespace lingshu
