// MRI phantoms: the brain in three planes as tissues with proton density, T1 and T2 near 1.5 T, imaged by the signal
// equations of spin echo and inversion recovery, with a smooth coil bias and Rician noise (Gudbjartsson, Patz 1995).
// Radiological convention: the patient's right is on the left of axial and coronal images; in sagittal ones the face
// looks to the left of the image.
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

struct Tissue {
  double density = 1, t1_ms = 1000, t2_ms = 100;
};
constexpr Tissue kAir{0, 1000, 100}, kBone{0.06, 400, 20}, kFat{0.9, 260, 70}, kMuscle{0.8, 900, 45},
    kCsf{1, 4000, 1800}, kGrey{0.84, 1150, 98}, kWhite{0.72, 640, 76}, kEdema{0.9, 1500, 190}, kTumor{0.92, 1750, 260};

// One sequence: repetition, echo and, for FLAIR, inversion time.
struct Sequence {
  double tr_ms = 500, te_ms = 12, ti_ms = 0;
};

Sequence SequenceOf(const PhantomTruth& truth) {
  if (truth.technique == "T2-weighted") return {4000, 95, 0};
  if (truth.technique == "FLAIR") return {9000, 105, 2350};
  return {480, 12, 0};
}

float Signal(const Tissue& tissue, const Sequence& sequence) {
  const double recovery =
      sequence.ti_ms > 0 ? 1 - 2 * std::exp(-sequence.ti_ms / tissue.t1_ms) + std::exp(-sequence.tr_ms / tissue.t1_ms)
                         : 1 - std::exp(-sequence.tr_ms / tissue.t1_ms);
  return static_cast<float>(tissue.density * std::abs(recovery) * std::exp(-sequence.te_ms / tissue.t2_ms));
}

// Coil sensitivity, Rician noise, and a display range of the image's own, as a scanner does.
Image Acquire(const PhantomTruth& truth, Field signal, float brightest) {
  Rng rng = PhantomRng(truth, "grain");
  Blur(signal, 0.55);
  const Field bias = SmoothNoise(truth.size, truth.size * 0.7, 1, rng);
  const double sigma = brightest * rng.Uniform(0.018, 0.04);
  const Field real = WhiteNoise(truth.size, rng), imaginary = WhiteNoise(truth.size, rng);
  for (size_t i = 0; i < signal.values.size(); ++i) {
    const double mean = signal.values[i] * (1 + 0.14 * bias.values[i]);
    signal.values[i] = static_cast<float>(std::hypot(mean + sigma * real.values[i], sigma * imaginary.values[i]));
  }
  Image image = ToImage(signal, 0, brightest * rng.Uniform(0.95, 1.15));
  image.operations = {truth.technique};
  return image;
}

struct Head {
  Frame frame;
  PhantomShape brain;
  double ventricle = 1;
};

Head DrawHead(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  Head head{.frame = JitteredFrame(truth.size, rng, 0.88, 0.99, 0.12)};
  head.ventricle = rng.Uniform(0.75, 1.4);
  if (truth.plane == "axial") head.brain = head.frame.Ellipse(0, 0, Vary(rng, 0.66, 0.04), Vary(rng, 0.82, 0.04));
  if (truth.plane == "coronal") head.brain = head.frame.Ellipse(0, -0.16, Vary(rng, 0.68, 0.04), Vary(rng, 0.62, 0.04));
  if (truth.plane == "sagittal")
    head.brain = head.frame.Ellipse(0.06, -0.24, Vary(rng, 0.8, 0.03), Vary(rng, 0.56, 0.04), -0.06);
  return head;
}

std::vector<PhantomShape> BrainRegion(const PhantomTruth& truth) {
  const Head head = DrawHead(truth);
  if (truth.plane == "sagittal")
    return {head.frame.Ellipse(truth.side == "anterior" ? -0.34 : 0.42, -0.33, 0.24, 0.24)};
  const double u = truth.side == "left" ? 0.35 : -0.35;
  if (truth.plane == "coronal") return {head.frame.Ellipse(u, -0.18, 0.24, 0.38)};
  return {head.frame.Ellipse(u, 0, 0.24, 0.54)};
}

// Scalp, skull and fluid around the brain.
void AddHeadShell(Field& signal, const PhantomShape& brain, const Sequence& sequence) {
  Fill(signal, Scaled(brain, 1.19), Signal(kFat, sequence));
  Fill(signal, Scaled(brain, 1.12), Signal(kBone, sequence));
  Fill(signal, Scaled(brain, 1.04), Signal(kCsf, sequence));
}

// A ribbon of cortex with sulci around white matter.
void AddBrain(Field& signal, const PhantomShape& brain, const Sequence& sequence, Rng& rng) {
  const Field folds = SmoothNoise(signal.size, signal.size / 9.0, 2, rng);
  const float grey = Signal(kGrey, sequence), white = Signal(kWhite, sequence), csf = Signal(kCsf, sequence);
  const Outline border(brain);
  ForEachInside(brain, signal.size, 1.5, [&](int x, int y, float cover) {
    const double depth = 1 - border.Radius(x, y), fold = folds(x, y), ridge = std::abs(fold);
    // Sulci run inwards along the zero lines of the noise, with cortex on both banks.
    const float sulcus =
        static_cast<float>(std::clamp((0.09 - ridge) / 0.07, 0.0, 1.0) * std::clamp((0.3 - depth) / 0.1, 0.0, 1.0));
    const float bank =
        static_cast<float>(std::clamp((0.3 - ridge) / 0.12, 0.0, 1.0) * std::clamp((0.42 - depth) / 0.1, 0.0, 1.0));
    const float ribbon = static_cast<float>(std::clamp((0.13 - depth) / 0.04, 0.0, 1.0));
    float tissue = Mix(white, grey, std::max(bank, ribbon));
    tissue = Mix(tissue, csf, sulcus);
    signal(x, y) = Mix(signal(x, y), tissue, cover);
  });
}

void PaintAxial(Field& signal, const Head& head, const Sequence& sequence) {
  const Frame& frame = head.frame;
  const float csf = Signal(kCsf, sequence), grey = Signal(kGrey, sequence);
  const double k = head.ventricle;
  Fill(signal, frame.Ellipse(0, -0.6, 0.014, 0.22), csf);
  Fill(signal, frame.Ellipse(0, 0.62, 0.014, 0.2), csf);
  for (int side = -1; side <= 1; side += 2) {
    Fill(signal, frame.Ellipse(side * 0.22, 0.0, 0.08, 0.17, -side * 0.35), grey);
    Fill(signal, frame.Ellipse(side * 0.12, 0.06, 0.06, 0.1), grey);
    Fill(signal, frame.Ellipse(side * 0.09, -0.19, 0.05 * k, 0.16 * k, -side * 0.35), csf);
    Fill(signal, frame.Ellipse(side * 0.18, 0.27, 0.045 * k, 0.17 * k, -side * 0.35), csf);
  }
  Fill(signal, frame.Ellipse(0, 0.06, 0.016 * k, 0.08), csf);
}

void PaintCoronal(Field& signal, const Head& head, const Sequence& sequence, Rng& rng) {
  const Frame& frame = head.frame;
  const float csf = Signal(kCsf, sequence), grey = Signal(kGrey, sequence), white = Signal(kWhite, sequence);
  const double k = head.ventricle;
  // Temporal lobes, brain stem and cerebellum hang below; the neck's muscles carry them.
  for (int side = -1; side <= 1; side += 2)
    AddBrain(signal, frame.Ellipse(side * 0.4, 0.22, 0.24, 0.22, side * 0.3), sequence, rng);
  Fill(signal, frame.Ellipse(0, 0.58, 0.36, 0.2), grey);
  Fill(signal, frame.Ellipse(0, 0.45, 0.11, 0.4), white);
  Fill(signal, frame.Ellipse(0, -0.58, 0.014, 0.2), csf);
  for (int side = -1; side <= 1; side += 2) {
    Fill(signal, frame.Ellipse(side * 0.24, 0.0, 0.09, 0.12), grey);
    Fill(signal, frame.Ellipse(side * 0.12, -0.17, 0.12 * k, 0.045 * k, -side * 0.5), csf);
    Fill(signal, frame.Ellipse(side * 0.35, 0.18, 0.06 * k, 0.025 * k, side * 0.4), csf);
  }
  Fill(signal, frame.Ellipse(0, -0.01, 0.018 * k, 0.09), csf);
}

void PaintSagittal(Field& signal, const Head& head, const Sequence& sequence) {
  const Frame& frame = head.frame;
  const float csf = Signal(kCsf, sequence), grey = Signal(kGrey, sequence), white = Signal(kWhite, sequence);
  const double k = head.ventricle;
  // Corpus callosum: an arch of white matter over the ventricle.
  Field arch(signal.size);
  Stroke(arch, Curve(frame.At(-0.3, -0.12), frame.At(0.02, -0.46), frame.At(0.36, -0.1), 16), frame.Length(0.05),
         frame.Length(0.055));
  Fill(signal, frame.Ellipse(0.02, -0.19, 0.25, 0.08 * k), csf);
  FillBy(signal, arch, white * 1.06f);
  Fill(signal, frame.Ellipse(0.04, -0.06, 0.13, 0.08), grey);
  Fill(signal, frame.Ellipse(0.16, 0.26, 0.13, 0.38, 0.15), csf);
  Fill(signal, frame.Ellipse(0.05, 0.16, 0.12, 0.16), white);
  Fill(signal, frame.Ellipse(0.12, 0.55, 0.07, 0.36, 0.1), white);
  Fill(signal, frame.Ellipse(0.43, 0.27, 0.25, 0.19, 0.3), grey);
  Fill(signal, frame.Ellipse(0.38, 0.27, 0.13, 0.05, 0.3), white);
}

// Face and neck below a sagittal or coronal brain.
void AddFace(Field& signal, const Head& head, const std::string& plane, const Sequence& sequence) {
  const Frame& frame = head.frame;
  const float fat = Signal(kFat, sequence), muscle = Signal(kMuscle, sequence), air = Signal(kAir, sequence);
  if (plane == "coronal") {
    Fill(signal, frame.Ellipse(0, 0.62, 0.6, 0.55), fat);
    Fill(signal, frame.Ellipse(0, 0.66, 0.54, 0.5), muscle);
    return;
  }
  Fill(signal, frame.Ellipse(-0.28, 0.42, 0.5, 0.5), fat);
  Fill(signal, frame.Ellipse(0.25, 0.75, 0.5, 0.5), fat);
  Fill(signal, frame.Ellipse(-0.24, 0.44, 0.43, 0.44), muscle);
  Fill(signal, frame.Ellipse(0.25, 0.78, 0.42, 0.46), muscle);
  Fill(signal, frame.Ellipse(-0.36, 0.32, 0.22, 0.09, 0.1), air);
  Fill(signal, frame.Ellipse(-0.08, 0.62, 0.06, 0.35), air);
}

Image PaintHead(const PhantomTruth& truth) {
  const Head head = DrawHead(truth);
  const Sequence sequence = SequenceOf(truth);
  Rng rng = PhantomRng(truth, "texture");
  Field signal(truth.size);
  if (truth.plane != "axial") AddFace(signal, head, truth.plane, sequence);
  AddHeadShell(signal, head.brain, sequence);
  AddBrain(signal, head.brain, sequence, rng);
  if (truth.plane == "axial") PaintAxial(signal, head, sequence);
  if (truth.plane == "coronal") PaintCoronal(signal, head, sequence, rng);
  if (truth.plane == "sagittal") PaintSagittal(signal, head, sequence);
  for (const PhantomLesion& lesion : truth.lesions) {
    if (truth.finding == "tumor") {
      Fill(signal, Scaled(lesion.outline, 1.2), Signal(kEdema, sequence), 3);
      Fill(signal, lesion, Signal(kTumor, sequence), 1.5);
    } else {
      Fill(signal, lesion, Signal({0.9, 1500, 230}, sequence), 1.5);
    }
  }
  // The scalp's fat would eat the range of T1 images.
  const float brightest = sequence.te_ms < 50  ? Signal(kWhite, sequence) * 1.35f
                          : sequence.ti_ms > 0 ? Signal(kTumor, sequence) * 1.05f
                                               : Signal(kCsf, sequence) * 0.85f;
  return Acquire(truth, std::move(signal), brightest);
}

PhantomScene BrainScene(const char* plane) {
  const bool is_sagittal = std::string_view(plane) == "sagittal";
  PhantomScene scene{
      .organ = "brain",
      .subject = "the brain",
      .plane = plane,
      .techniques = {"T1-weighted", "T2-weighted", "FLAIR"},
      .side_kind = SideKind::kPatient,
      .sides = {"left", "right"},
      .where = "in the {} hemisphere",
      .low_field_mm = 210,
      .high_field_mm = 250,
      .structures = "the cortex, the white matter and the ventricles",
      .normal = "The brain has normal signal and the ventricles are of normal size.",
      .findings = {{.name = "tumor",
                    .plural = "tumors",
                    .look = "a rounded area of abnormal signal with surrounding edema",
                    .about = "Brain tumors have long T1 and T2: dark on T1-weighted and bright on T2-weighted images.",
                    .small = {0.063, 0.077},
                    .large = {0.126, 0.161},
                    .wobble = 0.1},
                   {.name = "white matter lesion",
                    .plural = "white matter lesions",
                    .look = "an oval area of abnormal signal",
                    .about = "Demyelinating lesions are oval areas of long T2 in the white matter.",
                    .max_count = 3,
                    .small = {0.045, 0.059},
                    .large = {0.084, 0.105},
                    .min_aspect = 0.6}},
      .region = &BrainRegion,
      .paint = &PaintHead};
  if (is_sagittal) {
    scene.sides = {"anterior", "posterior"};
    scene.where = "in the {} part of the brain";
    scene.structures = "the cerebrum, the corpus callosum, the brain stem and the cerebellum";
  }
  return scene;
}

const Register<PhantomModel> kMri({
    .name = "mri",
    .help = "tissues with T1, T2 and proton density, spin echo and FLAIR, coil bias, Rician noise",
    .modality = "MRI",
    .noun = "an MRI scan",
    .view = "in the {} plane",
    .technique = "It is {}.",
    .plane_question = "Which plane is shown?",
    .planes = {"axial", "coronal", "sagittal"},
    .scenes = {BrainScene("axial"), BrainScene("coronal"), BrainScene("sagittal")},
});

}  // namespace
}  // namespace lingshu
