// Histopathology phantoms: nuclei and tissue as optical densities of hematoxylin and eosin, transmitted light by
// Beer-Lambert with the stain vectors of Ruifrok and Johnston 2001. Sides are the image's.
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

struct Slide {
  Field hematoxylin, eosin;
  explicit Slide(int size) : hematoxylin(size, 0), eosin(size, 0) {}
};

// A nucleus stains with hematoxylin, darker at its membrane.
void AddNucleus(Slide& slide, const PhantomShape& shape, float density) {
  const Outline border(shape);
  ForEachInside(shape, slide.hematoxylin.size, 1, [&](int x, int y, float cover) {
    const auto edge = static_cast<float>(border.Radius(x, y));
    float& amount = slide.hematoxylin(x, y);
    amount = std::max(amount, cover * density * (0.85f + 0.2f * edge));
  });
}

PhantomShape NucleusAt(Point place, double radius, double aspect, double angle) {
  return {.x = place.x, .y = place.y, .radius_x = radius, .radius_y = radius * aspect, .angle = angle};
}

bool IsInLesion(const PhantomTruth& truth, Point place, double margin = 1) {
  for (const PhantomLesion& lesion : truth.lesions)
    if (Outline(lesion.outline).Radius(place.x, place.y) < margin) return true;
  return false;
}

// Pixels inside the lesions, for tissue that is replaced there.
template <typename Body>
void ForEachInLesions(const PhantomTruth& truth, Body&& body) {
  for (const PhantomLesion& lesion : truth.lesions) ForEachInside(lesion, truth.size, 3, body);
}

// Transmitted light with the microscope's blur and noise. OD vectors: hematoxylin (.65 .70 .29), eosin (.07 .99 .11).
Image Illuminate(const PhantomTruth& truth, Slide slide) {
  Rng rng = PhantomRng(truth, "grain");
  Blur(slide.hematoxylin, 0.45);
  Blur(slide.eosin, 0.45);
  const auto blue = static_cast<float>(rng.Uniform(0.85, 1.15)), pink = static_cast<float>(rng.Uniform(0.85, 1.15));
  const Field noise = WhiteNoise(truth.size, rng);
  Canvas canvas(truth.size);
  for (size_t i = 0; i < canvas.values.size(); ++i) {
    const float h = blue * slide.hematoxylin.values[i], e = pink * slide.eosin.values[i], n = 2.5f * noise.values[i];
    canvas.values[i] = {245 * std::exp(-0.65f * h - 0.07f * e) + n, 243 * std::exp(-0.70f * h - 0.85f * e) + n,
                        245 * std::exp(-0.29f * h - 0.25f * e) + n};
  }
  Image image = ToImage(canvas);
  image.operations = {"hematoxylin and eosin"};
  return image;
}

// ---- colon

// A crypt cut across: lumen, pale goblet cells, nuclei at the base.
void AddCrypt(Slide& slide, Point place, double radius, Rng& rng) {
  const PhantomShape crypt{.x = place.x,
                           .y = place.y,
                           .radius_x = radius,
                           .radius_y = radius * rng.Uniform(0.8, 1),
                           .angle = rng.Uniform(0, 3.14),
                           .wobble = 0.04,
                           .phase = rng.Uniform(0, 6)};
  Fill(slide.eosin, crypt, 0.5f);
  const int cells = static_cast<int>(radius * 1.5);
  for (int i = 0; i < cells; ++i) {
    const double around = 6.283 * i / cells + rng.Uniform(-0.1, 0.1);
    const Frame frame{crypt.x, crypt.y, 1, crypt.angle};
    const Point goblet = frame.At(crypt.radius_x * 0.6 * std::cos(around), crypt.radius_y * 0.6 * std::sin(around));
    if (i % 2 == 0)
      Fill(slide.eosin, {.x = goblet.x, .y = goblet.y, .radius_x = 2.2, .radius_y = 1.6, .angle = crypt.angle + around},
           0.12f);
    const Point base = frame.At(crypt.radius_x * 0.9 * std::cos(around), crypt.radius_y * 0.9 * std::sin(around));
    AddNucleus(slide, NucleusAt(base, 1.9, 0.7, crypt.angle + around), 1.5f);
  }
  Fill(slide.eosin, Scaled(crypt, 0.22), 0.03f);
}

// Crowded large dark nuclei around ragged lumina take the place of the crypts.
void AddCarcinoma(Slide& slide, const PhantomTruth& truth, Rng& rng) {
  const Field gaps = SmoothNoise(truth.size, truth.size / 18.0, 1, rng);
  ForEachInLesions(truth, [&](int x, int y, float cover) {
    const float lumen = std::clamp((gaps(x, y) - 0.5f) / 0.2f, 0.0f, 1.0f);
    slide.hematoxylin(x, y) = Mix(slide.hematoxylin(x, y), Mix(0.4f, 0.02f, lumen), cover);
    slide.eosin(x, y) = Mix(slide.eosin(x, y), Mix(0.8f, 0.05f, lumen), cover);
  });
  for (const PhantomLesion& lesion : truth.lesions) {
    const PhantomShape& outline = lesion.outline;
    const int nuclei = static_cast<int>(outline.radius_x * outline.radius_y * 0.34);
    for (int i = 0; i < nuclei; ++i) {
      const double around = rng.Uniform(0, 6.283), out = std::sqrt(rng.Uniform());
      const Point place = Frame{outline.x, outline.y, 1, outline.angle}.At(outline.radius_x * out * std::cos(around),
                                                                           outline.radius_y * out * std::sin(around));
      const auto x = static_cast<int>(std::clamp(place.x, 0.0, truth.size - 1.0)),
                 y = static_cast<int>(std::clamp(place.y, 0.0, truth.size - 1.0));
      if (gaps(x, y) > 0.5f) continue;
      AddNucleus(slide, NucleusAt(place, rng.Uniform(1.8, 2.9), rng.Uniform(0.5, 0.9), rng.Uniform(0, 3.14)),
                 static_cast<float>(rng.Uniform(1.2, 2.2)));
    }
  }
}

Image PaintColon(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "texture");
  const int size = truth.size;
  Slide slide(size);
  const Field fibres = FibreNoise(size, 6, 1.1, rng.Uniform(0, 3.14), rng);
  for (size_t i = 0; i < fibres.values.size(); ++i) {
    slide.eosin.values[i] = 0.42f + 0.13f * fibres.values[i];
    slide.hematoxylin.values[i] = 0.1f;
  }
  for (int i = 0; i < size * size / 70; ++i)
    AddNucleus(slide,
               NucleusAt({rng.Uniform(0, size), rng.Uniform(0, size)}, rng.Uniform(1.1, 1.7), rng.Uniform(0.4, 1),
                         rng.Uniform(0, 3.14)),
               1.3f);
  const double pitch = size / rng.Uniform(4, 5.2), turn = rng.Uniform(0, 1.57);
  const Frame frame{size / 2.0 + rng.Uniform(-9, 9), size / 2.0 + rng.Uniform(-9, 9), pitch, turn};
  for (int row = -5; row <= 5; ++row)
    for (int column = -5; column <= 5; ++column) {
      const Point place =
          frame.At(column + 0.5 * (row & 1) + rng.Uniform(-0.12, 0.12), row * 0.87 + rng.Uniform(-0.12, 0.12));
      const double radius = pitch * rng.Uniform(0.36, 0.44);
      const bool is_seen = place.x > -radius && place.y > -radius && place.x < size + radius && place.y < size + radius;
      if (is_seen) AddCrypt(slide, place, radius, rng);
    }
  Rng lesions = PhantomRng(truth, "lesions");
  AddCarcinoma(slide, truth, lesions);
  return Illuminate(truth, std::move(slide));
}

// ---- lymph node

// Pale cohesive cells with large vesicular nuclei amid the lymphocytes.
void AddMetastasis(Slide& slide, const PhantomTruth& truth, Rng& rng) {
  ForEachInLesions(truth, [&](int x, int y, float cover) {
    slide.hematoxylin(x, y) = Mix(slide.hematoxylin(x, y), 0.12f, cover);
    slide.eosin(x, y) = Mix(slide.eosin(x, y), 0.62f, cover);
  });
  const double pitch = truth.size * 0.055;
  for (double y = 0; y < truth.size; y += pitch)
    for (double x = 0; x < truth.size; x += pitch) {
      const Point place{x + rng.Uniform(-1.8, 1.8), y + rng.Uniform(-1.8, 1.8)};
      const double radius = rng.Uniform(1.8, 2.6), turn = rng.Uniform(0, 3.14);
      if (IsInLesion(truth, place, 0.88)) AddNucleus(slide, NucleusAt(place, radius, 0.8, turn), 1.0f);
    }
}

Image PaintNode(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "texture");
  const int size = truth.size;
  Slide slide(size);
  const Field density = SmoothNoise(size, size / 5.0, 2, rng);
  for (size_t i = 0; i < density.values.size(); ++i) {
    slide.eosin.values[i] = 0.28f;
    slide.hematoxylin.values[i] = 0.28f + 0.1f * density.values[i];
  }
  const double pitch = size * rng.Uniform(0.03, 0.034);
  for (double y = 0; y < size + pitch; y += pitch)
    for (double x = 0; x < size + pitch; x += pitch) {
      const Point place{x + rng.Normal(0, 1.1), y + rng.Normal(0, 1.1)};
      const float crowd = density.Clamped(static_cast<int>(x), static_cast<int>(y));
      if (rng.Uniform() < 0.9 + 0.3 * crowd)
        AddNucleus(slide, NucleusAt(place, rng.Uniform(1.4, 1.9), 0.9, rng.Uniform(0, 3.14)),
                   static_cast<float>(rng.Uniform(1.5, 2.1)));
    }
  Rng lesions = PhantomRng(truth, "lesions");
  AddMetastasis(slide, truth, lesions);
  return Illuminate(truth, std::move(slide));
}

std::vector<PhantomShape> SlideRegion(const PhantomTruth& truth) {
  const double s = truth.size;
  return {{.x = s * (truth.side == "left" ? 0.25 : 0.75), .y = s * 0.5, .radius_x = s * 0.24, .radius_y = s * 0.42}};
}

PhantomScene SlideScene(const char* organ, const char* subject, const char* normal, const char* structures,
                        PhantomFinding finding, Image (*paint)(const PhantomTruth&)) {
  return {.organ = organ,
          .subject = subject,
          .techniques = {"H&E stain"},
          .side_kind = SideKind::kImage,
          .sides = {"left", "right"},
          .where = "in the {} half of the image",
          .low_field_mm = 0.4,
          .high_field_mm = 0.6,
          .structures = structures,
          .normal = normal,
          .findings = {std::move(finding)},
          .region = &SlideRegion,
          .paint = paint};
}

const Register<PhantomModel> kHistopathology({
    .name = "histopathology",
    .help = "nuclei, glands and stroma as H&E optical densities, Beer-Lambert",
    .modality = "histopathology",
    .noun = "a histopathology image",
    .technique = "It has an {}.",
    .scenes = {SlideScene("colon", "the colon", "The crypts are round and evenly spaced.",
                          "the crypts with their goblet cells and the stroma",
                          {.name = "adenocarcinoma",
                           .plural = "adenocarcinomas",
                           .look = "a crowded area of large dark irregular nuclei without crypts",
                           .about = "Adenocarcinoma of the colon replaces regular crypts by crowded atypical glands.",
                           .small = {0.14, 0.168},
                           .large = {0.245, 0.294},
                           .min_aspect = 0.8,
                           .wobble = 0.1},
                          &PaintColon),
               SlideScene("lymph node", "a lymph node", "The lymphocytes are small, dark and evenly distributed.",
                          "densely packed small lymphocytes",
                          {.name = "metastasis",
                           .plural = "metastases",
                           .look = "a pale island of large cells amid small dark lymphocytes",
                           .about = "A nodal metastasis is a cluster of foreign epithelial cells.",
                           .max_count = 2,
                           .small = {0.126, 0.154},
                           .large = {0.224, 0.28},
                           .min_aspect = 0.75,
                           .wobble = 0.1},
                          &PaintNode)},
});

}  // namespace
}  // namespace lingshu
