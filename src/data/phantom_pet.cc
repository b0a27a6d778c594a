// PET phantoms: FDG uptake blurred by the scanner, Poisson counts, inverted grey (hot is black). Coronal projections of
// the trunk and axial slices of the brain, in radiological convention: the patient's right is on the left of the image.
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

// Scanner's resolution, counts, and the inverted grey scale of a reading room.
Image Detect(const PhantomTruth& truth, Field uptake, double hottest) {
  Rng rng = PhantomRng(truth, "grain");
  Blur(uptake, truth.size * rng.Uniform(0.008, 0.012));
  const double counts = rng.Uniform(60, 140);
  for (float& value : uptake.values) value = static_cast<float>(Poisson(rng, counts * value) / counts);
  Blur(uptake, truth.size * 0.0055);
  Image image = ToImage(uptake, hottest, 0);
  image.operations = {"inverted grey: high uptake is dark"};
  return image;
}

Frame DrawBody(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  return JitteredFrame(truth.size, rng, 0.92, 1.0, 0.04);
}

// Neck and chest above, abdomen and pelvis below, clear of heart, liver, kidneys and bladder.
std::vector<PhantomShape> BodyRegion(const PhantomTruth& truth) {
  const Frame frame = DrawBody(truth);
  const double side = truth.side == "left" ? 1 : -1;
  return {frame.Ellipse(side * 0.21, -0.32, 0.11, 0.19), frame.Ellipse(side * 0.2, 0.42, 0.1, 0.16)};
}

Image PaintBody(const PhantomTruth& truth) {
  const Frame frame = DrawBody(truth);
  Rng rng = PhantomRng(truth, "texture");
  Field uptake(truth.size);
  const auto organ = [&](const PhantomShape& shape, double value, double softness = 2) {
    Fill(uptake, shape, static_cast<float>(value), softness);
  };
  const double tissue = rng.Uniform(0.1, 0.14);
  organ(frame.Ellipse(0, -0.6, 0.09, 0.2), tissue);
  organ(frame.Ellipse(0, 0.02, Vary(rng, 0.37, 0.05), 0.62), tissue);
  organ(frame.Ellipse(0, 0.5, 0.36, 0.25), tissue);
  for (int side = -1; side <= 1; side += 2) {
    organ(frame.Ellipse(side * 0.47, 0.02, 0.085, 0.62, -side * 0.06), tissue * 0.8);
    organ(frame.Ellipse(side * 0.17, 0.95, 0.15, 0.5), tissue * 0.8);
    organ(frame.Ellipse(side * 0.18, -0.3, 0.12, 0.22), tissue * 0.55);
  }
  organ(frame.Ellipse(0, -0.83, 0.15, 0.17), tissue);
  organ(frame.Ellipse(0, -0.86, 0.125, 0.11), rng.Uniform(0.9, 1.1));
  organ(frame.Ellipse(-0.15, 0.05, 0.2, 0.13, -0.2), rng.Uniform(0.22, 0.32));
  organ(frame.Ellipse(0.26, 0.04, 0.06, 0.09), 0.22);
  // The heart's muscle takes glucose or not, by the last meal.
  const double heart = rng.Uniform(0.12, 0.75);
  organ(frame.Ellipse(0.09, -0.13, 0.1, 0.085, 0.5), heart);
  organ(frame.Ellipse(0.085, -0.13, 0.05, 0.04, 0.5), heart * 0.4);
  for (int side = -1; side <= 1; side += 2) organ(frame.Ellipse(side * 0.2, 0.2, 0.05, 0.085), rng.Uniform(0.35, 0.65));
  organ(frame.Ellipse(0, 0.66, rng.Uniform(0.06, 0.1), rng.Uniform(0.05, 0.08)), rng.Uniform(0.8, 1.2));
  const Field mottle = SmoothNoise(truth.size, 6, 2, rng);
  for (size_t i = 0; i < uptake.values.size(); ++i) uptake.values[i] *= 1 + 0.25f * mottle.values[i];
  const auto hot = static_cast<float>(rng.Uniform(0.8, 1.1));
  const double hottest = rng.Uniform(0.75, 0.95);
  for (const PhantomLesion& lesion : truth.lesions) Fill(uptake, lesion, hot, 1.5);
  return Detect(truth, std::move(uptake), hottest);
}

struct Head {
  Frame frame;
  PhantomShape brain;
};

Head DrawHead(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  Head head{.frame = JitteredFrame(truth.size, rng, 0.8, 0.95, 0.12)};
  head.brain = head.frame.Ellipse(0, 0, Vary(rng, 0.62, 0.05), Vary(rng, 0.78, 0.05));
  return head;
}

// The cortical ribbon and the basal ganglia take most glucose: lesions lie across the ribbon of one side.
std::vector<PhantomShape> BrainRegion(const PhantomTruth& truth) {
  return {DrawHead(truth).frame.Ellipse(truth.side == "left" ? 0.4 : -0.4, 0, 0.23, 0.5)};
}

Image PaintBrain(const PhantomTruth& truth) {
  const Head head = DrawHead(truth);
  Rng rng = PhantomRng(truth, "texture");
  Field uptake(truth.size);
  Fill(uptake, Scaled(head.brain, 1.2), 0.07f, 3);
  const Field folds = SmoothNoise(truth.size, truth.size / 10.0, 2, rng);
  const Outline border(head.brain);
  ForEachInside(head.brain, truth.size, 2, [&](int x, int y, float cover) {
    const double depth = 1 - border.Radius(x, y);
    const double ribbon = std::clamp((0.42 + 0.12 * folds(x, y) - depth) / 0.1, 0.0, 1.0);
    uptake(x, y) = Mix(uptake(x, y), static_cast<float>(0.42 + 0.5 * ribbon + 0.1 * folds(x, y)), cover);
  });
  for (int side = -1; side <= 1; side += 2) {
    Fill(uptake, head.frame.Ellipse(side * 0.19, -0.08, 0.08, 0.16, -side * 0.3), 0.95f, 3);
    Fill(uptake, head.frame.Ellipse(side * 0.13, 0.17, 0.08, 0.08), 0.9f, 3);
    Fill(uptake, head.frame.Ellipse(side * 0.07, -0.2, 0.035, 0.14, -side * 0.3), 0.2f, 3);
  }
  Fill(uptake, head.frame.Ellipse(0, -0.5, 0.025, 0.25), 0.35f, 2);
  Fill(uptake, head.frame.Ellipse(0, 0.55, 0.025, 0.22), 0.35f, 2);
  for (const PhantomLesion& lesion : truth.lesions) Fill(uptake, lesion, 0.18f, 3);
  return Detect(truth, std::move(uptake), rng.Uniform(1.0, 1.15));
}

const Register<PhantomModel> kPet({
    .name = "pet",
    .help = "FDG uptake, scanner blur, Poisson counts, inverted grey",
    .modality = "PET",
    .noun = "a PET scan",
    .view = "in the {} plane",
    .technique = "The tracer is {}.",
    .plane_question = "Which plane is shown?",
    .planes = {"axial", "coronal", "sagittal"},
    .scenes = {{.organ = "whole body",
                .subject = "the whole body",
                .plane = "coronal",
                .techniques = {"FDG"},
                .side_kind = SideKind::kPatient,
                .sides = {"left", "right"},
                .where = "on the {} side of the body",
                .low_field_mm = 1000,
                .high_field_mm = 1150,
                .structures = "the brain, the heart, the liver, the kidneys and the bladder with their normal uptake",
                .normal = "There is only physiological uptake.",
                .findings = {{.name = "hypermetabolic lesion",
                              .plural = "hypermetabolic lesions",
                              .look = "a focal dark spot of high uptake",
                              .about = "Focal uptake above the background suggests a metabolically active tumor.",
                              .max_count = 3,
                              .small = {0.024, 0.029},
                              .large = {0.048, 0.059}}},
                .region = &BodyRegion,
                .paint = &PaintBody},
               {.organ = "brain",
                .subject = "the brain",
                .plane = "axial",
                .techniques = {"FDG"},
                .side_kind = SideKind::kPatient,
                .sides = {"left", "right"},
                .where = "in the {} hemisphere",
                .low_field_mm = 220,
                .high_field_mm = 260,
                .structures = "the cortex and the basal ganglia with high uptake",
                .normal = "The uptake is symmetrical.",
                .findings = {{.name = "hypometabolic area",
                              .plural = "hypometabolic areas",
                              .look = "a pale area of reduced uptake",
                              .about = "Reduced glucose uptake marks brain that works less.",
                              .small = {0.084, 0.098},
                              .large = {0.147, 0.182},
                              .min_aspect = 0.65,
                              .wobble = 0.1}},
                .region = &BrainRegion,
                .paint = &PaintBrain}},
});

}  // namespace
}  // namespace lingshu
