// X-ray phantoms: line integrals of attenuation through ellipsoids and bones, Beer-Lambert, photon noise; shown with
// dense tissue white. Attenuation near 60 keV: water 0.0206, bone 0.05, inflated lung 0.005 per mm (NIST XCOM,
// rounded).
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
    integral(x, y) +=
        static_cast<float>(cover * density * 2 * depth_mm * std::sqrt(std::max(0.0, 1 - radius * radius)));
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
  thorax.heart =
      frame.Ellipse(rng.Uniform(0.1, 0.16), rng.Uniform(0.24, 0.3), Vary(rng, 0.3, 0.1), Vary(rng, 0.25, 0.1), 0.5);
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
  fluid.radius_x *= 2.6;
  fluid.radius_y = thorax.frame.Length(0.55);
  fluid.x += lung.radius_x * (truth.side == "left" ? 0.9 : -0.9);
  fluid.y = level + fluid.radius_y;
  fluid.angle = (truth.side == "left" ? -1 : 1) * rng.Uniform(0.12, 0.24);
  return {{.outline = fluid, .within = Scaled(lung, 1.02)}};
}

void AddRibs(Field& integral, const Thorax& thorax) {
  const Frame& frame = thorax.frame;
  for (int side = -1; side <= 1; side += 2)
    for (int rib = 0; rib < 9; ++rib) {
      const double v = -0.72 + rib * thorax.rib_pitch, reach = std::min(0.82, 0.5 + 0.09 * rib);
      const auto back =
          Curve(frame.At(side * 0.07, v), frame.At(side * reach * 0.8, v - 0.1), frame.At(side * reach, v + 0.24));
      AddStroke(integral, back, frame.Length(0.03), frame.Length(0.024), 0.42);
      const auto front = Curve(frame.At(side * reach, v + 0.24), frame.At(side * reach * 0.85, v + 0.42),
                               frame.At(side * 0.3, v + 0.46));
      if (rib < 7) AddStroke(integral, front, frame.Length(0.024), frame.Length(0.02), 0.2);
    }
}

void AddThoraxBones(Field& integral, const Thorax& thorax) {
  const Frame& frame = thorax.frame;
  AddRibs(integral, thorax);
  for (int side = -1; side <= 1; side += 2)
    AddStroke(integral, Curve(frame.At(side * 0.06, -0.66), frame.At(side * 0.4, -0.66), frame.At(side * 0.8, -0.82)),
              frame.Length(0.035), frame.Length(0.03), 0.45);
  for (double v = -1.1; v < 1.2; v += 0.13) AddEllipsoid(integral, frame.Ellipse(0, v, 0.085, 0.06), 8, kBone - kWater);
  AddEllipsoid(integral, frame.Ellipse(0, 0.1, 0.13, 1.1), 14, kWater);
}

Image PaintChest(const PhantomTruth& truth) {
  const Thorax thorax = DrawThorax(truth);
  const Frame& frame = thorax.frame;
  Rng rng = PhantomRng(truth, "texture");
  Field integral(truth.size);
  AddEllipsoid(integral, frame.Ellipse(0, 0.25, 0.92, 1.35), 105 * thorax.tissue, kWater);
  AddEllipsoid(integral, frame.Ellipse(0, -0.95, 0.27, 0.6), 50, kWater);
  for (int side = -1; side <= 1; side += 2)
    AddEllipsoid(integral, frame.Ellipse(side * 0.72, -0.72, 0.4, 0.32), 45, kWater);

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
  AddEllipsoid(integral, thorax.heart, 40, kWater - kLung);
  AddEllipsoid(integral, frame.Ellipse(0.13, -0.33, 0.09, 0.09), 25, kWater - kLung);
  AddThoraxBones(integral, thorax);

  const Field patches = SmoothNoise(truth.size, truth.size / 12.0, 3, rng);
  for (const PhantomLesion& lesion : truth.lesions) {
    if (truth.finding == "pleural effusion") {
      ForEachInside(lesion, truth.size, 3, [&](int x, int y, float cover) {
        const double below = std::max(right_dome.Cover(x, y, 2), left_dome.Cover(x, y, 2));
        integral(x, y) += static_cast<float>(cover * (1.5 - 1.1 * below));
      });
    } else if (truth.finding == "consolidation") {
      ForEachInside(lesion, truth.size, 6,
                    [&](int x, int y, float cover) { integral(x, y) += cover * (0.85f + 0.35f * patches(x, y)); });
    } else {
      AddEllipsoid(integral, lesion.outline, 32, kWater);
    }
  }
  return Expose(truth, std::move(integral), rng.Uniform(0.8, 1.1), rng.Uniform(5.3, 5.9));
}

// Lateral chest: the patient looks to the left of the image, both lungs overlap.
Frame DrawLateral(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  return JitteredFrame(truth.size, rng, 0.92, 1.0, 0.05);
}

// The lung field behind and above the heart.
std::vector<PhantomShape> LateralRegion(const PhantomTruth& truth) {
  const Frame frame = DrawLateral(truth);
  return {frame.Ellipse(0.1, -0.1, 0.24, 0.36)};
}

void AddLateralBones(Field& integral, const Frame& frame) {
  for (double v = -1.05; v < 1.2; v += 0.15) {
    const double u = 0.47 - 0.09 * v * v;
    AddEllipsoid(integral, frame.Ellipse(u, v, 0.1, 0.062), 18, kBone - kWater);
    AddStroke(integral, {frame.At(u + 0.1, v), frame.At(u + 0.2, v + 0.1)}, frame.Length(0.03), frame.Length(0.02),
              0.3);
  }
  for (int rib = 0; rib < 8; ++rib) {
    const double v = -0.6 + 0.16 * rib;
    AddStroke(integral, Curve(frame.At(0.46, v), frame.At(0.1, v - 0.05), frame.At(-0.4, v + 0.32)),
              frame.Length(0.025), frame.Length(0.02), 0.28);
  }
  AddStroke(integral, Curve(frame.At(-0.36, -0.62), frame.At(-0.55, -0.2), frame.At(-0.52, 0.2)), frame.Length(0.04),
            frame.Length(0.03), 0.5);
}

Image PaintLateral(const PhantomTruth& truth) {
  const Frame frame = DrawLateral(truth);
  Rng rng = PhantomRng(truth, "texture");
  Field integral(truth.size);
  const double tissue = rng.Uniform(0.9, 1.1), floor = rng.Uniform(0.44, 0.54);
  AddEllipsoid(integral, frame.Ellipse(0, 0.25, Vary(rng, 0.68, 0.04), 1.35), 130 * tissue, kWater);
  AddEllipsoid(integral, frame.Ellipse(0.1, -0.95, 0.28, 0.5), 55, kWater);
  const PhantomShape lung = frame.Ellipse(-0.02, -0.05, Vary(rng, 0.45, 0.05), Vary(rng, 0.7, 0.05), -0.1);
  const Outline border(lung), dome(frame.Ellipse(-0.08, floor + 0.5, 0.62, 0.52, 0.2));
  const Field vessels = SmoothNoise(truth.size, truth.size / 14.0, 3, rng);
  ForEachInside(lung, truth.size, 2, [&](int x, int y, float cover) {
    const double radius = border.Radius(x, y), chord = 2 * 88 * std::sqrt(std::max(0.0, 1 - radius * radius));
    const double markings = 1 - 0.14 * std::max(0.0f, vessels(x, y));
    integral(x, y) -= static_cast<float>(chord * cover * (1 - dome.Cover(x, y, 2)) * (kWater - kLung) * markings);
  });
  AddEllipsoid(integral, frame.Ellipse(-0.2, 0.26, Vary(rng, 0.25, 0.1), Vary(rng, 0.24, 0.1), 0.5), 48,
               kWater - kLung);
  AddLateralBones(integral, frame);
  for (const PhantomLesion& lesion : truth.lesions) AddEllipsoid(integral, lesion.outline, 36, kWater);
  return Expose(truth, std::move(integral), rng.Uniform(1.3, 1.7), rng.Uniform(5.8, 6.4));
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

// A bone from the outlines that make it up: dense at its border, where the beam runs along the cortex.
void AddBone(Field& integral, const std::vector<PhantomShape>& outlines, double amount) {
  Field solid(integral.size);
  for (const PhantomShape& outline : outlines)
    ForEachInside(outline, integral.size, 1,
                  [&](int x, int y, float cover) { solid(x, y) = std::max(solid(x, y), cover); });
  Field inner = solid;
  Blur(inner, integral.size * 0.02);
  for (size_t i = 0; i < solid.values.size(); ++i)
    integral.values[i] += static_cast<float>(amount) * solid.values[i] * (0.72f + 0.75f * (1 - inner.values[i]));
}

// A shaft that flares towards the joint.
std::vector<PhantomShape> FlaredBone(const Frame& frame, double joint, double away) {
  std::vector<PhantomShape> outlines = {frame.Ellipse(0, joint + away * 1.05, 0.19, 1.0)};
  for (int i = 0; i < 6; ++i)
    outlines.push_back(frame.Ellipse(0, joint + away * (0.62 - 0.07 * i), 0.2 + 0.035 * i, 0.12));
  for (int side = -1; side <= 1; side += 2)
    outlines.push_back(frame.Ellipse(side * 0.2, joint + away * 0.2, 0.22, away < 0 ? 0.18 : 0.13));
  return outlines;
}

Field KneeBones(const PhantomTruth& truth, const Knee& knee) {
  const Frame& frame = knee.frame;
  Field bones(truth.size);
  AddBone(bones, FlaredBone(frame, knee.joint - 0.01, -1), 1.5);
  AddBone(bones, FlaredBone(frame, knee.joint + 0.01, 1), 1.5);
  AddBone(bones, {frame.Ellipse(0.0, knee.joint - 0.3, 0.17, 0.18)}, 0.3);  // patella, in front of the femur
  AddBone(bones,
          {frame.Ellipse(knee.fibula * 0.42, knee.joint + 0.42, 0.1, 0.14),
           frame.Ellipse(knee.fibula * 0.4, knee.joint + 1.0, 0.065, 0.62)},
          0.8);
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

const PhantomFinding kNodule{.name = "nodule",
                             .plural = "nodules",
                             .look = "a round white spot",
                             .about = "A pulmonary nodule is a rounded opacity surrounded by aerated lung.",
                             .max_count = 3,
                             .small = {0.049, 0.063},
                             .large = {0.105, 0.14},
                             .min_aspect = 0.85};

const Register<PhantomModel> kXRay({
    .name = "x_ray",
    .help = "line integrals through ellipsoids, Beer-Lambert, photon noise",
    .modality = "X-ray",
    .noun = "an X-ray",
    .view = "in the {} projection",
    .plane_question = "Which projection is shown?",
    .planes = {"frontal", "lateral"},
    .scenes = {{.organ = "chest",
                .subject = "the chest",
                .plane = "frontal",
                .side_kind = SideKind::kPatient,
                .sides = {"left", "right"},
                .where = "in the {} lung",
                .low_field_mm = 340,
                .high_field_mm = 400,
                .structures = "the lungs, the heart, the diaphragm and the ribs",
                .normal = "The lungs are clear and the heart is of normal size.",
                .findings = {kNodule,
                             {.name = "consolidation",
                              .plural = "consolidations",
                              .look = "a patchy white area with soft borders",
                              .about = "Consolidation is lung whose air has been replaced by fluid or cells.",
                              .small = {0.084, 0.105},
                              .large = {0.154, 0.182},
                              .wobble = 0.12},
                             {.name = "pleural effusion",
                              .plural = "pleural effusions",
                              .look = "a white area at the lung base with a sloping upper border",
                              .about = "A pleural effusion is fluid that collects at the base of the pleural space.",
                              .small = {0.049, 0.07},
                              .large = {0.238, 0.322},
                              .lay = &LayEffusion}},
                .region = &ChestRegion,
                .paint = &PaintChest},
               {.organ = "chest",
                .subject = "the chest",
                .plane = "lateral",
                .low_field_mm = 340,
                .high_field_mm = 400,
                .structures = "the overlapping lungs, the heart, the spine and the sternum",
                .normal = "The lungs are clear.",
                .findings = {kNodule},
                .region = &LateralRegion,
                .paint = &PaintLateral},
               {.organ = "knee",
                .subject = "the knee",
                .plane = "frontal",
                .side_kind = SideKind::kImage,
                .sides = {"upper", "lower"},
                .where = "in the {} part of the image",
                .low_field_mm = 160,
                .high_field_mm = 200,
                .structures = "the femur, the tibia and the fibula",
                .normal = "The bones are intact.",
                .findings = {{.name = "bone lesion",
                              .plural = "bone lesions",
                              .look = "a dark hole in the bone",
                              .about = "A lytic bone lesion is an area where bone has been destroyed.",
                              .small = {0.056, 0.07},
                              .large = {0.112, 0.14}}},
                .region = &KneeRegion,
                .paint = &PaintKnee}},
});

}  // namespace
}  // namespace lingshu
