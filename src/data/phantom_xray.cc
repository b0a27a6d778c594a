// X-ray phantoms: line integrals of attenuation through ellipsoids and bones, Beer-Lambert, photon noise; shown with
// dense tissue white. Attenuation near 60 keV: water 0.0206, bone 0.05, inflated lung 0.005 per mm (NIST XCOM, rounded).
#include <numbers>

#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

constexpr double kWater = 0.0206, kBone = 0.05, kLung = 0.005;

// Adds density × the chord of an ellipsoid of half depth `depth_mm` along the beam.
void AddEllipsoid(Field& integral, const PhantomShape& shape, double depth_mm, double density) {
  const Outline outline(shape);
  ForEachInside(shape, integral.size, 1, [&](int x, int y, float cover) {
    const double radius = outline.Radius(x, y);
    integral(x, y) += static_cast<float>(cover * density * 2 * depth_mm * std::sqrt(std::max(0.0, 1 - radius * radius)));
  });
}

void AddStroke(Field& integral, const std::vector<Point>& points, double begin, double end, double amount) {
  Field cover(integral.size);
  Stroke(cover, points, begin, end);
  for (size_t i = 0; i < cover.values.size(); ++i) integral.values[i] += static_cast<float>(amount * cover.values[i]);
}

// What leaves the body, logarithm taken again as the detector's display does: white where little arrives.
Image Expose(const PhantomTruth& truth, Field integral, double low, double high) {
  Rng rng = PhantomRng(truth, "grain");
  Blur(integral, 0.5);
  const double photons = rng.Uniform(6000, 20000);
  for (float& value : integral.values) {
    const double mean = photons * std::exp(-value);
    value = static_cast<float>(std::log(photons / std::max(1.0, Poisson(rng, mean))));
  }
  Image image = ToImage(integral, low, high);
  image.operations = {"log of photon counts", "dense tissue white"};
  return image;
}

// Frontal chest. The patient faces the viewer, so that the right lung is on the left of the image.
struct Thorax {
  Frame frame;
  PhantomShape right_lung, left_lung, heart, right_dome, left_dome;
  double rib_pitch = 0, tissue = 0;
};

Thorax DrawThorax(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  Thorax thorax{.frame = JitteredFrame(truth.size, rng, 0.9, 1.0, 0.05)};
  const Frame& frame = thorax.frame;
  const double wide = Vary(rng, 0.34, 0.1), tall = Vary(rng, 0.68, 0.08), floor = rng.Uniform(0.42, 0.52);
  thorax.right_lung = frame.Ellipse(-rng.Uniform(0.42, 0.46), -0.05, wide, tall, 0.08);
  thorax.left_lung = frame.Ellipse(rng.Uniform(0.42, 0.46), -0.05, wide * 0.97, tall, -0.08);
  thorax.heart = frame.Ellipse(rng.Uniform(0.1, 0.16), rng.Uniform(0.24, 0.3), Vary(rng, 0.3, 0.1), Vary(rng, 0.25, 0.1), 0.5);
  thorax.right_dome = frame.Ellipse(-0.45, floor + 0.5, 0.5, 0.52);
  thorax.left_dome = frame.Ellipse(0.47, floor + 0.55, 0.5, 0.52);
  thorax.rib_pitch = Vary(rng, 0.15, 0.1);
  thorax.tissue = rng.Uniform(0.85, 1.15);
  return thorax;
}

PhantomShape LungOfSide(const Thorax& thorax, const std::string& side) {
  return side == "left" ? thorax.left_lung : thorax.right_lung;
}

// The middle of the lung, clear of heart, diaphragm and clavicle.
std::vector<PhantomShape> ChestRegion(const PhantomTruth& truth) {
  const Thorax thorax = DrawThorax(truth);
  const double outwards = truth.side == "left" ? 0.49 : -0.47;
  return {thorax.frame.Ellipse(outwards, -0.14, 0.27, 0.4, truth.side == "left" ? -0.08 : 0.08)};
}

// Fluid fills the lung's base up to a meniscus: a large ellipse from below, clipped by the lung.
std::vector<PhantomLesion> LayEffusion(const PhantomTruth& truth, double radius, Rng& rng) {
  const Thorax thorax = DrawThorax(truth);
  const PhantomShape lung = LungOfSide(thorax, truth.side);
  const double floor = (truth.side == "left" ? thorax.left_dome : thorax.right_dome).y - thorax.frame.Length(0.52);
  const double level = floor - radius * 1.2;
  PhantomShape fluid = lung;
  fluid.radius_x *= 1.6;
  fluid.radius_y = thorax.frame.Length(0.55);
  fluid.x += lung.radius_x * (truth.side == "left" ? 0.9 : -0.9);
  fluid.y = level + fluid.radius_y;
  fluid.angle = (truth.side == "left" ? -1 : 1) * rng.Uniform(0.05, 0.15);
  return {{.outline = fluid, .within = Scaled(lung, 1.02)}};
}

void AddRibs(Field& integral, const Thorax& thorax) {
  const Frame& frame = thorax.frame;
  for (int side = -1; side <= 1; side += 2)
    for (int rib = 0; rib < 9; ++rib) {
      const double v = -0.72 + rib * thorax.rib_pitch, reach = std::min(0.82, 0.5 + 0.09 * rib);
      const auto back = Curve(frame.At(side * 0.07, v), frame.At(side * reach * 0.8, v - 0.1), frame.At(side * reach, v + 0.24));
      AddStroke(integral, back, frame.Length(0.028), frame.Length(0.022), 0.28);
      const auto front = Curve(frame.At(side * reach, v + 0.24), frame.At(side * reach * 0.85, v + 0.42), frame.At(side * 0.3, v + 0.46));
      if (rib < 7) AddStroke(integral, front, frame.Length(0.022), frame.Length(0.018), 0.13);
    }
}

void AddThoraxBones(Field& integral, const Thorax& thorax) {
  const Frame& frame = thorax.frame;
  AddRibs(integral, thorax);
  for (int side = -1; side <= 1; side += 2)
    AddStroke(integral, Curve(frame.At(side * 0.06, -0.66), frame.At(side * 0.4, -0.66), frame.At(side * 0.8, -0.82)),
              frame.Length(0.035), frame.Length(0.03), 0.45);
  for (double v = -1.1; v < 1.2; v += 0.13)
    AddEllipsoid(integral, frame.Ellipse(0, v, 0.085, 0.06), 16, kBone - kWater);
  AddEllipsoid(integral, frame.Ellipse(0, 0.1, 0.14, 1.1), 22, kWater);
}

Image PaintChest(const PhantomTruth& truth) {
  const Thorax thorax = DrawThorax(truth);
  const Frame& frame = thorax.frame;
  Rng rng = PhantomRng(truth, "texture");
  Field integral(truth.size);
  AddEllipsoid(integral, frame.Ellipse(0, 0.25, 0.92, 1.35), 105 * thorax.tissue, kWater);
  AddEllipsoid(integral, frame.Ellipse(0, -0.95, 0.27, 0.6), 50, kWater);
  for (int side = -1; side <= 1; side += 2) AddEllipsoid(integral, frame.Ellipse(side * 0.72, -0.72, 0.4, 0.32), 45, kWater);

  const Field vessels = SmoothNoise(truth.size, truth.size / 14.0, 3, rng);
  const Outline right_dome(thorax.right_dome), left_dome(thorax.left_dome);
  for (const PhantomShape& lung : {thorax.right_lung, thorax.left_lung}) {
    const Outline outline(lung);
    ForEachInside(lung, truth.size, 2, [&](int x, int y, float cover) {
      const double radius = outline.Radius(x, y);
      const double below = std::max(right_dome.Cover(x, y, 2), left_dome.Cover(x, y, 2));
      const double chord = 2 * 68 * std::sqrt(std::max(0.0, 1 - radius * radius)) * cover * (1 - below);
      const double markings = 1 - 0.16 * std::max(0.0f, vessels(x, y));
      integral(x, y) -= static_cast<float>(chord * (kWater - kLung) * markings);
    });
  }
  AddEllipsoid(integral, thorax.heart, 42, kWater - kLung);
  AddEllipsoid(integral, frame.Ellipse(0.13, -0.33, 0.09, 0.09), 25, kWater - kLung);
  AddThoraxBones(integral, thorax);

  const Field patches = SmoothNoise(truth.size, truth.size / 12.0, 3, rng);
  for (const PhantomLesion& lesion : truth.lesions) {
    if (truth.finding == "pleural effusion") {
      ForEachInside(lesion, truth.size, 3, [&](int x, int y, float cover) { integral(x, y) += 1.35f * cover; });
    } else if (truth.finding == "consolidation") {
      ForEachInside(lesion, truth.size, 6, [&](int x, int y, float cover) {
        integral(x, y) += cover * (0.85f + 0.35f * patches(x, y));
      });
    } else {
      AddEllipsoid(integral, lesion.outline, 32, kWater);
    }
  }
  return Expose(truth, std::move(integral), rng.Uniform(0.9, 1.2), rng.Uniform(5.2, 5.8));
}

// Frontal knee: femur above, tibia and fibula below.
struct Knee {
  Frame frame;
  double fibula = 1;  // side of the image on which the fibula lies
  double joint = 0;
};

Knee DrawKnee(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  Knee knee{.frame = JitteredFrame(truth.size, rng, 0.95, 1.05, 0.1)};
  knee.fibula = rng.Chance(0.5) ? 1 : -1;
  knee.joint = rng.Uniform(-0.05, 0.05);
  return knee;
}

std::vector<PhantomShape> KneeRegion(const PhantomTruth& truth) {
  const Knee knee = DrawKnee(truth);
  const double v = knee.joint + (truth.side == "upper" ? -0.3 : 0.3);
  return {knee.frame.Ellipse(0, v, 0.34, 0.22)};
}

// A bone as a solid: the wider, the denser its border (the cortex seen edge on).
void AddBone(Field& integral, const PhantomShape& shape, double amount) {
  const Outline outline(shape);
  ForEachInside(shape, integral.size, 1.5, [&](int x, int y, float cover) {
    const double radius = outline.Radius(x, y);
    const double cortex = std::exp(-std::pow((1 - radius) / 0.12, 2));
    integral(x, y) = std::max(integral(x, y), static_cast<float>(cover * amount * (0.75 + 0.35 * cortex)));
  });
}

Field KneeBones(const PhantomTruth& truth, const Knee& knee) {
  const Frame& frame = knee.frame;
  Field bones(truth.size);
  const double j = knee.joint;
  AddBone(bones, frame.Ellipse(0, j - 0.95, 0.2, 0.8), 1.5);
  for (int side = -1; side <= 1; side += 2) {
    AddBone(bones, frame.Ellipse(side * 0.2, j - 0.24, 0.25, 0.22), 1.4);
    AddBone(bones, frame.Ellipse(side * 0.2, j + 0.2, 0.25, 0.16), 1.4);
  }
  AddBone(bones, frame.Ellipse(0, j - 0.36, 0.36, 0.28), 1.35);
  AddBone(bones, frame.Ellipse(0, j + 0.33, 0.34, 0.28), 1.35);
  AddBone(bones, frame.Ellipse(0, j + 1.0, 0.18, 0.85), 1.5);
  AddBone(bones, frame.Ellipse(knee.fibula * 0.42, j + 0.46, 0.1, 0.14), 0.9);
  AddBone(bones, frame.Ellipse(knee.fibula * 0.4, j + 1.0, 0.06, 0.62), 0.9);
  return bones;
}

Image PaintKnee(const PhantomTruth& truth) {
  const Knee knee = DrawKnee(truth);
  Rng rng = PhantomRng(truth, "texture");
  Field bones = KneeBones(truth, knee);
  const Field spongy = SmoothNoise(truth.size, 5, 2, rng);
  for (size_t i = 0; i < bones.values.size(); ++i) bones.values[i] *= 1 + 0.1f * spongy.values[i];
  for (const PhantomLesion& lesion : truth.lesions)
    ForEachInside(lesion, truth.size, 2, [&](int x, int y, float cover) { bones(x, y) *= Mix(1.0f, 0.3f, cover); });
  Field integral(truth.size);
  AddEllipsoid(integral, knee.frame.Ellipse(0, -0.9, rng.Uniform(0.72, 0.85), 1.5), 60, kWater);
  AddEllipsoid(integral, knee.frame.Ellipse(0, 0.9, rng.Uniform(0.65, 0.75), 1.4), 40, kWater);
  for (size_t i = 0; i < bones.values.size(); ++i) integral.values[i] += bones.values[i];
  return Expose(truth, std::move(integral), rng.Uniform(0.3, 0.6), rng.Uniform(4.6, 5.2));
}

const Register<PhantomModel> kXRay({
    .name = "x_ray",
    .help = "line integrals through ellipsoids, Beer-Lambert, photon noise",
    .modality = "X-ray",
    .noun = "an X-ray",
    .view = "in the {} projection",
    .plane_question = "Which projection is shown?",
    .planes = {"frontal", "lateral"},
    .scenes =
        {{.organ = "chest", .subject = "the chest", .plane = "frontal",
          .side_kind = SideKind::kPatient, .sides = {"left", "right"}, .where = "in the {} lung",
          .low_field_mm = 340, .high_field_mm = 400,
          .structures = "the lungs, the heart, the diaphragm and the ribs",
          .normal = "The lungs are clear and the heart is of normal size.",
          .findings =
              {{.name = "nodule", .plural = "nodules", .look = "a round white spot",
                .about = "A pulmonary nodule is a rounded opacity surrounded by aerated lung.", .max_count = 3,
                .small = {0.035, 0.045}, .large = {0.075, 0.1}, .min_aspect = 0.85},
               {.name = "consolidation", .plural = "consolidations", .look = "a patchy white area with soft borders",
                .about = "Consolidation is lung whose air has been replaced by fluid or cells.",
                .small = {0.06, 0.075}, .large = {0.11, 0.13}, .wobble = 0.12},
               {.name = "pleural effusion", .plural = "pleural effusions", .look = "a white area at the lung base with a sloping upper border",
                .about = "A pleural effusion is fluid that collects at the base of the pleural space.",
                .small = {0.04, 0.06}, .large = {0.14, 0.2}, .lay = &LayEffusion}},
          .region = &ChestRegion, .paint = &PaintChest},
         {.organ = "knee", .subject = "the knee", .plane = "frontal",
          .side_kind = SideKind::kImage, .sides = {"upper", "lower"}, .where = "in the {} part of the image",
          .low_field_mm = 160, .high_field_mm = 200,
          .structures = "the femur, the tibia and the fibula",
          .normal = "The bones are intact.",
          .findings =
              {{.name = "bone lesion", .plural = "bone lesions", .look = "a dark hole in the bone",
                .about = "A lytic bone lesion is an area where bone has been destroyed.",
                .small = {0.04, 0.05}, .large = {0.08, 0.1}}},
          .region = &KneeRegion, .paint = &PaintKnee}},
});

}  // namespace
}  // namespace lingshu
