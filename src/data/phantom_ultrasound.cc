// Ultrasound phantoms: tissue as mean echo level in dB and extra attenuation along the beam, fully developed Rayleigh
// speckle from a complex point-spread function (Wagner, Smith, Sandrik, Lopez 1983), log compression. A linear probe
// scans columns, a curved one a sector that is scan-converted. Sides are the image's.
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

// What the beam meets: echo level and attenuation beyond what the depth compensation takes out.
struct Tissue {
  Field level_db, loss_db;  // per pixel of path
  explicit Tissue(int size) : level_db(size, -20), loss_db(size, 0) {}
};

// Beams as columns of a grid. half_angle 0 is a linear probe.
struct Probe {
  double apex_x = 0, apex_y = 0, near = 0, far = 0, half_angle = 0;

  Point At(double beam, double depth, int size) const {
    if (half_angle == 0) return {beam, depth};
    const double angle = half_angle * (2 * beam / (size - 1) - 1), r = near + (far - near) * depth / (size - 1);
    return {apex_x + r * std::sin(angle), apex_y + r * std::cos(angle)};
  }
};

// Complex normal noise blurred by the point-spread function, as an envelope of mean square 2.
Field Speckle(int size, Rng& rng, double lateral, double axial) {
  Field real = WhiteNoise(size, rng), imaginary = WhiteNoise(size, rng);
  Blur(real, lateral, axial);
  Blur(imaginary, lateral, axial);
  double power = 0;
  for (const float value : real.values) power += value * value;
  const double scale = 1 / std::sqrt(power / real.values.size() + 1e-12);
  for (size_t i = 0; i < real.values.size(); ++i)
    real.values[i] = static_cast<float>(scale * std::hypot(real.values[i], imaginary.values[i]));
  return real;
}

// Echo levels by beam and depth after losses, with speckle, in dB.
Field Insonify(const Tissue& tissue, const Probe& probe, Rng& rng) {
  const int size = tissue.level_db.size;
  Field echo = Speckle(size, rng, 1.1, 0.6);
  const double step = probe.half_angle == 0 ? 1 : (probe.far - probe.near) / size;
  for (int beam = 0; beam < size; ++beam) {
    double lost = 0;
    for (int depth = 0; depth < size; ++depth) {
      const Point place = probe.At(beam, depth, size);
      lost += step * Bilinear(tissue.loss_db, place.x, place.y);
      const double level = Bilinear(tissue.level_db, place.x, place.y) - lost;
      echo(beam, depth) = static_cast<float>(std::max(-62.0, level + 20 * std::log10(echo(beam, depth) + 1e-3)));
    }
  }
  return echo;
}

Image Display(const PhantomTruth& truth, const Tissue& tissue, const Probe& probe) {
  Rng rng = PhantomRng(truth, "grain");
  const double range = rng.Uniform(52, 60);
  const Field echo = Insonify(tissue, probe, rng);
  Field picture(truth.size, -70);
  for (int y = 0; y < truth.size; ++y)
    for (int x = 0; x < truth.size; ++x) {
      if (probe.half_angle == 0) {
        picture(x, y) = echo(x, y);
        continue;
      }
      const double dx = x - probe.apex_x, dy = y - probe.apex_y, r = std::hypot(dx, dy), angle = std::atan2(dx, dy);
      if (std::abs(angle) > probe.half_angle || r < probe.near || r > probe.far) continue;
      picture(x, y) = Bilinear(echo, (angle / probe.half_angle + 1) / 2 * (truth.size - 1),
                               (r - probe.near) / (probe.far - probe.near) * (truth.size - 1));
    }
  Blur(picture, 0.45);
  const double top = rng.Uniform(4, 9);
  Image image = ToImage(picture, top - range, top);
  image.operations = {"log compression"};
  return image;
}

void AddNoise(Field& field, double amount_db, double cell, int octaves, Rng& rng) {
  const Field noise = SmoothNoise(field.size, cell, octaves, rng);
  for (size_t i = 0; i < field.values.size(); ++i) field.values[i] += static_cast<float>(amount_db * noise.values[i]);
}

// ---- breast, linear probe

std::vector<PhantomShape> BreastRegion(const PhantomTruth& truth) {
  const double s = truth.size;
  return {{.x = s * 0.5, .y = s * 0.47, .radius_x = s * 0.48, .radius_y = s * 0.22}};
}

// Skin, fat with septa, gland and muscle, each under a wavy border.
void AddBreastLayers(Tissue& tissue, Rng& rng) {
  const int size = tissue.level_db.size;
  const Field waves = SmoothNoise(size, size / 3.0, 2, rng), septa = SmoothNoise(size, size / 7.0, 2, rng);
  const Field fibres = FibreNoise(size, 9, 0.9, rng.Uniform(-0.1, 0.1), rng), gland = SmoothNoise(size, 9, 3, rng);
  const double skin = rng.Uniform(0.03, 0.05), fat = rng.Uniform(0.17, 0.26), muscle = rng.Uniform(0.74, 0.8);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const double depth = static_cast<double>(y) / size + 0.05 * waves(x, size / 2);
      double level = -15 + 4 * gland(x, y);
      if (depth < skin) level = -3;
      else if (depth < fat) level = std::abs(septa(x, y)) < 0.06 ? -10 : -27;
      else if (depth > muscle) level = -27 + 6 * fibres(x, y);
      if (std::abs(depth - muscle) < 0.012) level = -4;
      tissue.level_db(x, y) = static_cast<float>(level);
    }
}

Image PaintBreast(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "texture");
  Tissue tissue(truth.size);
  AddBreastLayers(tissue, rng);
  for (const PhantomLesion& lesion : truth.lesions) {
    if (truth.finding == "cyst") {
      Fill(tissue.level_db, lesion, -60.0f);
      ForEachInside(lesion, truth.size, 1, [&](int x, int y, float cover) { tissue.loss_db(x, y) -= 0.35f * cover; });
    } else {
      Fill(tissue.level_db, lesion, -34.0f, 2);
      ForEachInside(lesion, truth.size, 1, [&](int x, int y, float cover) { tissue.loss_db(x, y) += 0.45f * cover; });
    }
  }
  return Display(truth, tissue, {});
}

// ---- liver and gallbladder, curved probe

struct Sector {
  Probe probe;
  Frame frame;
  PhantomShape gallbladder;
};

Sector DrawSector(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  const double s = truth.size;
  Sector sector{.frame = JitteredFrame(truth.size, rng, 0.95, 1.0, 0.1)};
  sector.probe = {.apex_x = s / 2 + rng.Uniform(-2, 2),
                  .apex_y = -s * rng.Uniform(0.22, 0.3),
                  .half_angle = rng.Uniform(0.55, 0.65)};
  sector.probe.near = -sector.probe.apex_y + s * 0.03;
  sector.probe.far = -sector.probe.apex_y + s * 0.98;
  sector.gallbladder = sector.frame.Ellipse(rng.Uniform(-0.12, 0.12), rng.Uniform(-0.05, 0.1), Vary(rng, 0.44, 0.1),
                                            Vary(rng, 0.24, 0.1), rng.Uniform(-0.35, 0.35));
  return sector;
}

void AddLiver(Tissue& tissue, const Sector& sector, Rng& rng) {
  const int size = tissue.level_db.size;
  std::fill(tissue.level_db.values.begin(), tissue.level_db.values.end(), static_cast<float>(rng.Uniform(-19, -15)));
  AddNoise(tissue.level_db, 3, size / 6.0, 2, rng);
  Field wall(size);
  Stroke(wall, Curve(sector.frame.At(-0.95, -0.78), sector.frame.At(0, -0.92), sector.frame.At(0.95, -0.78)), 1.5, 1.5);
  Stroke(wall, Curve(sector.frame.At(-0.8, 0.62), sector.frame.At(0, 1.05), sector.frame.At(0.85, 0.55)), 1.6, 1.6);
  FillBy(tissue.level_db, wall, -2.0f);
}

std::vector<PhantomShape> LiverRegion(const PhantomTruth& truth) {
  return {DrawSector(truth).frame.Ellipse(truth.side == "left" ? -0.32 : 0.32, 0.05, 0.3, 0.42)};
}

Image PaintLiver(const PhantomTruth& truth) {
  const Sector sector = DrawSector(truth);
  Rng rng = PhantomRng(truth, "texture");
  Tissue tissue(truth.size);
  AddLiver(tissue, sector, rng);
  for (int i = 0; i < 4; ++i) {
    // Veins: thin dark tubes.
    Field vein(truth.size);
    const Point from = sector.frame.At(rng.Uniform(-0.5, 0.5), rng.Uniform(-0.5, 0.5));
    const Point to{from.x + truth.size * rng.Uniform(-0.25, 0.25), from.y + truth.size * rng.Uniform(-0.15, 0.15)};
    Stroke(vein, Curve(from, {(from.x + to.x) / 2, from.y + 5}, to), truth.size * 0.014, truth.size * 0.008);
    FillBy(tissue.level_db, vein, -45.0f);
  }
  for (const PhantomLesion& lesion : truth.lesions) {
    const bool is_cyst = truth.finding == "cyst";
    Fill(tissue.level_db, lesion, is_cyst ? -60.0f : -5.0f);
    ForEachInside(lesion, truth.size, 1,
                  [&](int x, int y, float cover) { tissue.loss_db(x, y) -= is_cyst ? 0.35f * cover : 0; });
  }
  return Display(truth, tissue, sector.probe);
}

// Stones lie on the lower wall.
std::vector<PhantomLesion> LayStones(const PhantomTruth& truth, double radius, Rng& rng) {
  const PhantomShape bladder = DrawSector(truth).gallbladder;
  const Frame frame{bladder.x, bladder.y, 1, bladder.angle};
  std::vector<PhantomLesion> stones;
  const double pitch = 2 * radius + truth.size * 0.035;
  const double room = bladder.radius_x * 0.75 - pitch * (truth.count - 1) / 2;
  const double middle = rng.Uniform(-0.8, 0.8) * std::max(0.0, room);
  for (int i = 0; i < truth.count; ++i) {
    const double u = middle + pitch * (i - (truth.count - 1) / 2.0);
    const double v = bladder.radius_y * std::sqrt(std::max(0.1, 1 - std::pow(u / bladder.radius_x, 2))) - radius * 1.1;
    const Point place = frame.At(u, v);
    stones.push_back({.outline = {.x = place.x,
                                  .y = place.y,
                                  .radius_x = radius,
                                  .radius_y = radius * rng.Uniform(0.75, 0.95),
                                  .angle = bladder.angle}});
  }
  return stones;
}

Image PaintGallbladder(const PhantomTruth& truth) {
  const Sector sector = DrawSector(truth);
  Rng rng = PhantomRng(truth, "texture");
  Tissue tissue(truth.size);
  AddLiver(tissue, sector, rng);
  PhantomShape wall = sector.gallbladder;
  wall.radius_x += 2;
  wall.radius_y += 2;
  Fill(tissue.level_db, wall, -6.0f);
  Fill(tissue.level_db, sector.gallbladder, -60.0f);
  ForEachInside(sector.gallbladder, truth.size, 1,
                [&](int x, int y, float cover) { tissue.loss_db(x, y) -= 0.12f * cover; });
  for (const PhantomLesion& lesion : truth.lesions) {
    Fill(tissue.level_db, lesion, 4.0f);
    ForEachInside(lesion, truth.size, 1, [&](int x, int y, float cover) {
      // The upper surface shines before the stone has swallowed the beam.
      if (y > lesion.outline.y) tissue.loss_db(x, y) += 9 * cover;
    });
  }
  return Display(truth, tissue, sector.probe);
}

const Register<PhantomModel> kUltrasound({
    .name = "ultrasound",
    .help = "echo levels with Rayleigh speckle, attenuation, shadowing, sector scan conversion",
    .modality = "ultrasound",
    .noun = "an ultrasound image",
    .technique = "It was made with a {}.",
    .scenes = {{.organ = "breast",
                .subject = "the breast",
                .techniques = {"linear probe"},
                .side_kind = SideKind::kImage,
                .sides = {"left", "right"},
                .where = "in the {} half of the image",
                .low_field_mm = 36,
                .high_field_mm = 44,
                .structures = "the skin, the subcutaneous fat, the glandular tissue and the muscle",
                .normal = "The glandular tissue is regular.",
                .findings = {{.name = "cyst",
                              .plural = "cysts",
                              .look = "a black area with bright echoes behind it",
                              .about = "A cyst is free of echoes and enhances the tissue behind it.",
                              .max_count = 2,
                              .small = {0.063, 0.077},
                              .large = {0.126, 0.168},
                              .min_aspect = 0.7,
                              .wobble = 0.02},
                             {.name = "mass",
                              .plural = "masses",
                              .look = "a dark irregular area with a shadow behind it",
                              .about = "A solid mass with irregular margins and shadowing is suspicious.",
                              .small = {0.07, 0.084},
                              .large = {0.14, 0.175},
                              .min_aspect = 0.7,
                              .wobble = 0.14}},
                .region = &BreastRegion,
                .paint = &PaintBreast},
               {.organ = "liver",
                .subject = "the liver",
                .techniques = {"curved probe"},
                .side_kind = SideKind::kImage,
                .sides = {"left", "right"},
                .where = "in the {} half of the image",
                .low_field_mm = 130,
                .high_field_mm = 160,
                .structures = "the liver with its vessels and the diaphragm",
                .normal = "The liver has a homogeneous echo pattern.",
                .findings = {{.name = "cyst",
                              .plural = "cysts",
                              .look = "a black round area with bright echoes behind it",
                              .about = "A cyst is free of echoes and enhances the tissue behind it.",
                              .max_count = 2,
                              .small = {0.063, 0.077},
                              .large = {0.119, 0.154},
                              .min_aspect = 0.85,
                              .wobble = 0.02},
                             {.name = "hemangioma",
                              .plural = "hemangiomas",
                              .look = "a bright round area",
                              .about = "A hemangioma is a benign vascular tumor, brighter than liver.",
                              .small = {0.07, 0.084},
                              .large = {0.126, 0.161},
                              .min_aspect = 0.8}},
                .region = &LiverRegion,
                .paint = &PaintLiver},
               {.organ = "gallbladder",
                .subject = "the gallbladder",
                .techniques = {"curved probe"},
                .low_field_mm = 100,
                .high_field_mm = 120,
                .structures = "the gallbladder and the liver around it",
                .normal = "The gallbladder is free of echoes and its wall is thin.",
                .findings = {{.name = "gallstone",
                              .plural = "gallstones",
                              .look = "a bright spot with a black shadow behind it",
                              .about = "Gallstones reflect the beam and cast an acoustic shadow.",
                              .max_count = 3,
                              .small = {0.031, 0.038},
                              .large = {0.059, 0.07},
                              .lay = &LayStones}},
                .paint = &PaintGallbladder}},
});

}  // namespace
}  // namespace lingshu
