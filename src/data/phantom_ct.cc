// CT phantoms: organs as ellipses in Hounsfield units, noise with the texture of filtered back-projection (little power
// at low frequencies), shown through a window. Axial slices are seen from the feet: the patient's right is on the left.
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

#include <fmt/format.h>

namespace lingshu {
namespace {

constexpr float kAir = -1000, kLungHu = -860, kFat = -100, kMuscle = 50, kBone = 700, kWater = 4, kBlood = 65;

struct Window {
  double center = 40, width = 400;
};

// Adds the scanner's noise and blur, then windows (DICOM PS3.3 C.11.2.1.2, linear).
Image Scan(const PhantomTruth& truth, Field hu, double noise_hu, Window window) {
  Rng rng = PhantomRng(truth, "grain");
  Blur(hu, 0.55);
  Field noise = WhiteNoise(truth.size, rng);
  Field low = noise;
  Blur(low, 1.6);
  // Subtracting the blurred copy is the ramp filter's loss of low frequencies.
  const auto amount = static_cast<float>(noise_hu * rng.Uniform(0.8, 1.25));
  for (size_t i = 0; i < hu.values.size(); ++i) hu.values[i] += amount * (noise.values[i] - low.values[i]);
  Blur(hu, 0.35);
  Image image = ToImage(hu, window.center - window.width / 2, window.center + window.width / 2);
  image.operations = {fmt::format("window center {:g} width {:g}", window.center, window.width)};
  return image;
}

void AddTexture(Field& hu, const PhantomShape& shape, const Field& noise, float amount) {
  ForEachInside(shape, hu.size, 1, [&](int x, int y, float cover) { hu(x, y) += cover * amount * noise(x, y); });
}

// Short bright arcs along the body wall.
void AddRibs(Field& hu, const PhantomShape& wall, Rng& rng) {
  const Frame frame{wall.x, wall.y, 1, wall.angle};
  const double start = rng.Uniform(0, 0.5);
  for (int i = 0; i < 12; ++i) {
    const double around = start + i * 0.5236;
    if (std::abs(std::sin(around)) > 0.93) continue;  // sternum and spine
    const Point place = frame.At(wall.radius_x * 0.93 * std::cos(around), wall.radius_y * 0.93 * std::sin(around));
    const double along = std::atan2(wall.radius_y * std::cos(around), -wall.radius_x * std::sin(around));
    Fill(hu,
         {.x = place.x,
          .y = place.y,
          .radius_x = hu.size * 0.05,
          .radius_y = hu.size * 0.013,
          .angle = wall.angle + along},
         kBone);
  }
}

void AddVertebra(Field& hu, const Frame& frame, double v) {
  Fill(hu, frame.Ellipse(0, v + 0.21, 0.035, 0.12), kBone * 0.8f);
  Fill(hu, frame.Ellipse(-0.12, v + 0.14, 0.12, 0.035, -0.3), kBone * 0.7f);
  Fill(hu, frame.Ellipse(0.12, v + 0.14, 0.12, 0.035, 0.3), kBone * 0.7f);
  Fill(hu, frame.Ellipse(0, v, 0.125, 0.1), kBone * 0.8f);
  Fill(hu, frame.Ellipse(0, v, 0.095, 0.075), 250.0f);
  Fill(hu, frame.Ellipse(0, v + 0.125, 0.055, 0.045), 25.0f);
}

// ---- brain

struct Head {
  Frame frame;
  PhantomShape brain;
  double ventricle = 1;
};

Head DrawHead(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  Head head{.frame = JitteredFrame(truth.size, rng, 0.88, 1.0, 0.15)};
  head.brain = head.frame.Ellipse(0, 0, Vary(rng, 0.64, 0.05), Vary(rng, 0.8, 0.04));
  head.ventricle = rng.Uniform(0.7, 1.4);
  return head;
}

std::vector<PhantomShape> BrainRegion(const PhantomTruth& truth) {
  return {DrawHead(truth).frame.Ellipse(truth.side == "left" ? 0.32 : -0.32, 0, 0.25, 0.56)};
}

void AddVentricles(Field& hu, const Head& head) {
  const double k = head.ventricle;
  for (int side = -1; side <= 1; side += 2) {
    Fill(hu, head.frame.Ellipse(side * 0.09, -0.17, 0.05 * k, 0.15 * k, -side * 0.35), kWater);
    Fill(hu, head.frame.Ellipse(side * 0.17, 0.24, 0.045 * k, 0.15 * k, -side * 0.35), kWater);
  }
  Fill(hu, head.frame.Ellipse(0, 0.04, 0.018 * k, 0.07), kWater);
}

Image PaintBrain(const PhantomTruth& truth) {
  const Head head = DrawHead(truth);
  Rng rng = PhantomRng(truth, "texture");
  Field hu(truth.size, kAir);
  Fill(hu, Scaled(head.brain, 1.2), 20.0f);
  Fill(hu, Scaled(head.brain, 1.14), kBone * 1.3f);
  Fill(hu, Scaled(head.brain, 1.02), 12.0f);
  const Field folds = SmoothNoise(truth.size, truth.size / 11.0, 2, rng);
  const Outline border(head.brain);
  ForEachInside(head.brain, truth.size, 1.5, [&](int x, int y, float cover) {
    const double depth = 1 - border.Radius(x, y);
    const bool is_sulcus = depth < 0.2 && std::abs(folds(x, y)) < 0.09;
    const float tissue = is_sulcus ? 16 : depth < 0.16 + 0.08 * folds(x, y) ? 40 : 31;
    hu(x, y) = Mix(hu(x, y), tissue, cover);
  });
  for (int side = -1; side <= 1; side += 2)
    Fill(hu, head.frame.Ellipse(side * 0.2, 0.02, 0.09, 0.16, -side * 0.3), 40.0f);
  AddVentricles(hu, head);
  Fill(hu, head.frame.Ellipse(0, -0.55, 0.011, 0.24), 52.0f);
  Fill(hu, head.frame.Ellipse(0, 0.58, 0.011, 0.2), 52.0f);
  for (const PhantomLesion& lesion : truth.lesions) {
    if (truth.finding == "hemorrhage") {
      Fill(hu, Scaled(lesion.outline, 1.22), 22.0f, 3);
      Fill(hu, lesion, kBlood, 1.5);
    } else {
      Fill(hu, lesion, 13.0f, 2.5);
    }
  }
  const Window window{rng.Uniform(34, 42), rng.Uniform(78, 95)};
  return Scan(truth, std::move(hu), 4, window);
}

// ---- lungs

struct Chest {
  Frame frame;
  PhantomShape body, right_lung, left_lung;
  double fat = 0;
};

Chest DrawChest(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  Chest chest{.frame = JitteredFrame(truth.size, rng, 0.94, 1.02)};
  const Frame& frame = chest.frame;
  const bool is_axial = truth.plane == "axial";
  chest.body = is_axial ? frame.Ellipse(0, 0, 0.95, Vary(rng, 0.7, 0.05)) : frame.Ellipse(0, 0.35, 0.85, 1.35);
  const double wide = Vary(rng, 0.31, 0.06), tall = is_axial ? Vary(rng, 0.48, 0.06) : Vary(rng, 0.72, 0.05);
  chest.right_lung = frame.Ellipse(-0.45, is_axial ? -0.02 : -0.08, wide, tall, is_axial ? -0.12 : 0.1);
  chest.left_lung = frame.Ellipse(0.46, is_axial ? 0.0 : -0.08, wide * 0.95, tall * 0.97, is_axial ? 0.12 : -0.1);
  chest.fat = rng.Uniform(0.86, 0.93);
  return chest;
}

std::vector<PhantomShape> LungRegion(const PhantomTruth& truth) {
  const Chest chest = DrawChest(truth);
  const bool is_left = truth.side == "left", is_axial = truth.plane == "axial";
  return {chest.frame.Ellipse(is_left ? 0.54 : -0.5, is_axial ? 0.05 : -0.16, 0.2, is_axial ? 0.33 : 0.42,
                              is_left ? -0.08 : 0.08)};
}

// Vessels from the hilum outwards, thinning as they branch.
void AddLungVessels(Field& hu, const PhantomShape& lung, Point hilum, Rng& rng) {
  Field cover(hu.size);
  const Frame frame{lung.x, lung.y, 1, lung.angle};
  for (int i = 0; i < 9; ++i) {
    const double around = rng.Uniform(0, 6.283), out = rng.Uniform(0.55, 0.92);
    const Point end = frame.At(lung.radius_x * out * std::cos(around), lung.radius_y * out * std::sin(around));
    const Point by{(hilum.x + end.x) / 2 + rng.Normal(0, 4), (hilum.y + end.y) / 2 + rng.Normal(0, 4)};
    Stroke(cover, Curve(hilum, by, end), hu.size * 0.009, hu.size * 0.003);
  }
  ForEachInside(lung, hu.size, 1,
                [&](int x, int y, float inside) { hu(x, y) = Mix(hu(x, y), -250.0f, 0.75f * inside * cover(x, y)); });
}

void AddMediastinum(Field& hu, const Chest& chest) {
  const Frame& frame = chest.frame;
  if (chest.body.radius_y < chest.body.radius_x) {  // axial
    Fill(hu, frame.Ellipse(0, -0.06, 0.16, 0.42), kMuscle);
    Fill(hu, frame.Ellipse(0.1, -0.16, 0.24, 0.22, 0.5), kMuscle);
    Fill(hu, frame.Ellipse(0.14, 0.28, 0.07, 0.07), 60.0f);
    Fill(hu, frame.Ellipse(0, -0.58, 0.11, 0.035), kBone);
    Fill(hu, frame.Ellipse(-0.02, 0.12, 0.05, 0.045), kAir);
    AddVertebra(hu, frame, 0.42);
    return;
  }
  Fill(hu, frame.Ellipse(0, -0.1, 0.13, 0.8), kMuscle);
  Fill(hu, frame.Ellipse(0.14, 0.22, 0.28, 0.27, 0.6), kMuscle);
  Fill(hu, frame.Ellipse(0, -0.72, 0.05, 0.4), kAir);
  Fill(hu, frame.Ellipse(-0.12, -0.26, 0.1, 0.028, -0.5), kAir);
  Fill(hu, frame.Ellipse(0.12, -0.26, 0.1, 0.028, 0.5), kAir);
  Fill(hu, frame.Ellipse(-0.45, 0.98, 0.5, 0.55), 60.0f);
  Fill(hu, frame.Ellipse(0.47, 1.03, 0.48, 0.53), kMuscle);
}

Image PaintLung(const PhantomTruth& truth) {
  const Chest chest = DrawChest(truth);
  Rng rng = PhantomRng(truth, "texture");
  Field hu(truth.size, kAir);
  Fill(hu, chest.body, kFat);
  Fill(hu, Scaled(chest.body, chest.fat), kMuscle);
  if (truth.plane == "axial") AddRibs(hu, chest.body, rng);
  const Field air = SmoothNoise(truth.size, truth.size / 8.0, 3, rng);
  for (const PhantomShape& lung : {chest.right_lung, chest.left_lung}) {
    Fill(hu, lung, kLungHu);
    AddTexture(hu, lung, air, 40);
    AddLungVessels(hu, lung,
                   chest.frame.At(lung.x < chest.frame.x ? -0.2 : 0.22, truth.plane == "axial" ? 0.05 : -0.15), rng);
  }
  AddMediastinum(hu, chest);
  for (const PhantomLesion& lesion : truth.lesions) Fill(hu, lesion, 40.0f);
  const Window window{rng.Uniform(-620, -520), rng.Uniform(1350, 1650)};
  return Scan(truth, std::move(hu), 40, window);
}

// ---- liver

struct Abdomen {
  Frame frame;
  PhantomShape body, right_lobe, left_lobe;
  float liver = 105;  // HU in the portal phase
};

Abdomen DrawAbdomen(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  Abdomen abdomen{.frame = JitteredFrame(truth.size, rng, 0.95, 1.02)};
  const Frame& frame = abdomen.frame;
  abdomen.body = frame.Ellipse(0, 0, 0.96, Vary(rng, 0.74, 0.04));
  abdomen.right_lobe = frame.Ellipse(-0.4, 0.0, Vary(rng, 0.42, 0.04), Vary(rng, 0.48, 0.04), 0.1);
  abdomen.left_lobe = frame.Ellipse(0.08, -0.24, Vary(rng, 0.44, 0.04), Vary(rng, 0.27, 0.04), rng.Uniform(0, 0.12));
  abdomen.liver = static_cast<float>(rng.Uniform(92, 118));
  return abdomen;
}

std::vector<PhantomShape> LiverRegion(const PhantomTruth& truth) {
  const Frame frame = DrawAbdomen(truth).frame;
  if (truth.side == "left lobe") return {frame.Ellipse(0.16, -0.24, 0.3, 0.21)};
  return {frame.Ellipse(-0.43, 0.02, 0.31, 0.37, 0.1)};
}

void AddAbdominalOrgans(Field& hu, const Frame& frame, Rng& rng) {
  Fill(hu, frame.Ellipse(0.46, -0.15, 0.28, 0.27, 0.3), static_cast<float>(rng.Uniform(20, 50)));
  if (rng.Chance(0.6)) Fill(hu, frame.Ellipse(0.5, -0.3, 0.14, 0.07), kAir);
  Fill(hu, frame.Ellipse(0.66, 0.16, 0.15, Vary(rng, 0.28, 0.15), 0.25), 115.0f);
  for (int side = -1; side <= 1; side += 2) {
    const PhantomShape kidney = frame.Ellipse(side * 0.4, 0.34, 0.14, 0.16, side * 0.4);
    Fill(hu, kidney, 170.0f);
    Fill(hu, Scaled(kidney, 0.4), 20.0f);
  }
}

Image PaintLiver(const PhantomTruth& truth) {
  const Abdomen abdomen = DrawAbdomen(truth);
  const Frame& frame = abdomen.frame;
  Rng rng = PhantomRng(truth, "texture");
  Field hu(truth.size, kAir);
  Fill(hu, abdomen.body, kFat);
  Fill(hu, Scaled(abdomen.body, 0.9), kMuscle);
  Fill(hu, Scaled(abdomen.body, 0.84), kFat + 10);
  AddRibs(hu, Scaled(abdomen.body, 0.95), rng);
  Fill(hu, frame.Ellipse(0, 0.5, 0.42, 0.12), kMuscle);
  AddAbdominalOrgans(hu, frame, rng);
  Fill(hu, abdomen.right_lobe, abdomen.liver, 1.5);
  Fill(hu, abdomen.left_lobe, abdomen.liver, 1.5);
  Field vessels(truth.size);
  const Point porta = frame.At(-0.12, -0.02);
  for (int i = 0; i < 6; ++i) {
    const Point end = frame.At(rng.Uniform(-0.7, 0.2), rng.Uniform(-0.35, 0.35));
    Stroke(vessels,
           Curve(porta, {(porta.x + end.x) / 2 + rng.Normal(0, 3), (porta.y + end.y) / 2 + rng.Normal(0, 3)}, end),
           truth.size * 0.011, truth.size * 0.004);
  }
  for (size_t i = 0; i < hu.values.size(); ++i)
    if (hu.values[i] > 85) hu.values[i] += 40 * vessels.values[i];
  Fill(hu, frame.Ellipse(0.08, 0.2, 0.065, 0.065), 180.0f);
  Fill(hu, frame.Ellipse(-0.12, 0.17, 0.08, 0.06), 130.0f);
  AddVertebra(hu, frame, 0.4);
  for (const PhantomLesion& lesion : truth.lesions) {
    if (truth.finding == "metastasis") {
      Fill(hu, lesion, abdomen.liver + 25, 1.5);
      Fill(hu, Scaled(lesion.outline, 0.82), abdomen.liver - 55, 3);
    } else {
      Fill(hu, lesion, kWater);
    }
  }
  const Window window{rng.Uniform(45, 65), rng.Uniform(300, 380)};
  return Scan(truth, std::move(hu), 11, window);
}

const PhantomFinding kLungNodule{.name = "nodule",
                                 .plural = "nodules",
                                 .look = "a round dense spot within the dark lung",
                                 .about = "A pulmonary nodule is a rounded opacity surrounded by aerated lung.",
                                 .max_count = 3,
                                 .small = {0.045, 0.059},
                                 .large = {0.098, 0.133},
                                 .min_aspect = 0.85};

PhantomScene LungScene(const char* plane) {
  return {.organ = "lung",
          .subject = "the lungs",
          .plane = plane,
          .techniques = {"lung window"},
          .side_kind = SideKind::kPatient,
          .sides = {"left", "right"},
          .where = "in the {} lung",
          .low_field_mm = 330,
          .high_field_mm = 380,
          .structures = "the lungs with their vessels, the mediastinum and the chest wall",
          .normal = "The lungs are clear.",
          .findings = {kLungNodule},
          .region = &LungRegion,
          .paint = &PaintLung};
}

const Register<PhantomModel> kCt({
    .name = "ct",
    .help = "ellipses in Hounsfield units, filtered noise, windowing",
    .modality = "CT",
    .noun = "a CT scan",
    .view = "in the {} plane",
    .technique = "It is displayed in a {}.",
    .plane_question = "Which plane is shown?",
    .planes = {"axial", "coronal", "sagittal"},
    .scenes = {{.organ = "brain",
                .subject = "the brain",
                .plane = "axial",
                .techniques = {"brain window"},
                .side_kind = SideKind::kPatient,
                .sides = {"left", "right"},
                .where = "in the {} hemisphere",
                .low_field_mm = 200,
                .high_field_mm = 240,
                .structures = "the skull, the cerebral hemispheres, the ventricles and the falx",
                .normal = "The brain parenchyma is of normal density and the ventricles are symmetrical.",
                .findings = {{.name = "hemorrhage",
                              .plural = "hemorrhages",
                              .look = "a bright area of fresh blood with a darker rim",
                              .about = "Acute hemorrhage is denser than brain on CT.",
                              .small = {0.056, 0.077},
                              .large = {0.126, 0.168},
                              .wobble = 0.1},
                             {.name = "infarct",
                              .plural = "infarcts",
                              .look = "a dark area of low density",
                              .about = "An infarct is less dense than the surrounding brain on CT.",
                              .small = {0.07, 0.084},
                              .large = {0.133, 0.168},
                              .min_aspect = 0.6,
                              .wobble = 0.1}},
                .region = &BrainRegion,
                .paint = &PaintBrain},
               LungScene("axial"),
               LungScene("coronal"),
               {.organ = "liver",
                .subject = "the liver",
                .plane = "axial",
                .techniques = {"soft-tissue window"},
                .side_kind = SideKind::kPatient,
                .sides = {"right lobe", "left lobe"},
                .where = "in the {} of the liver",
                .low_field_mm = 340,
                .high_field_mm = 400,
                .structures = "the liver, the spleen, the stomach, the kidneys, the aorta and a vertebra",
                .normal = "The liver has a homogeneous density.",
                .findings = {{.name = "cyst",
                              .plural = "cysts",
                              .look = "a dark well-defined round area of water density",
                              .about = "A hepatic cyst is a fluid-filled cavity with a thin wall.",
                              .max_count = 2,
                              .small = {0.049, 0.063},
                              .large = {0.098, 0.126},
                              .min_aspect = 0.85,
                              .wobble = 0.02},
                             {.name = "metastasis",
                              .plural = "metastases",
                              .look = "a dark area with a bright rim",
                              .about = "Liver metastases are often darker than liver and enhance at their rim.",
                              .max_count = 3,
                              .small = {0.056, 0.07},
                              .large = {0.105, 0.133},
                              .wobble = 0.08}},
                .region = &LiverRegion,
                .paint = &PaintLiver}},
});

}  // namespace
}  // namespace lingshu
