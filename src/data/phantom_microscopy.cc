// Microscopy phantoms: a Giemsa-stained thin blood film in bright field, red cells with their pale centres, white cells
// and platelets. Sides are the image's.
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

struct Stain {
  Color ground, red, nucleus, cytoplasm;
};

Stain DrawStain(Rng& rng) {
  const auto shift = static_cast<float>(rng.Uniform(-12, 12)), light = static_cast<float>(rng.Uniform(0.92, 1.04));
  return {Color{236 + shift / 3, 226, 228 - shift / 3} * light, Color{206 + shift, 150, 156 - shift} * light,
          Color{104, 54 + shift / 2, 150} * light, Color{178, 164, 212} * light};
}

void AddRedCell(Canvas& canvas, const PhantomShape& cell, const Stain& stain) {
  const Outline border(cell);
  ForEachInside(cell, canvas.size, 1.2, [&](int x, int y, float cover) {
    const double radius = border.Radius(x, y);
    // A biconcave disc absorbs most in its ring.
    const auto pale = static_cast<float>(0.55 * std::exp(-std::pow(radius / 0.42, 2)));
    const Color color = Mix(stain.red * (1 - 0.08f * static_cast<float>(radius)), stain.ground, pale);
    canvas(x, y) = Mix(canvas(x, y), color, 0.9f * cover);
  });
}

// A neutrophil: lobes of dark nucleus in pale cytoplasm. Normal, and no finding.
void AddNeutrophil(Canvas& canvas, Point place, double radius, const Stain& stain, Rng& rng) {
  Fill(canvas, {.x = place.x, .y = place.y, .radius_x = radius, .radius_y = radius * 0.95},
       Mix(stain.cytoplasm, stain.ground, 0.45f), 1.5);
  const double turn = rng.Uniform(0, 6.283);
  for (int lobe = 0; lobe < 3; ++lobe) {
    const double around = turn + lobe * 1.5;
    Fill(canvas,
         {.x = place.x + radius * 0.45 * std::cos(around),
          .y = place.y + radius * 0.45 * std::sin(around),
          .radius_x = radius * 0.36,
          .radius_y = radius * 0.27,
          .angle = around + 1.57},
         stain.nucleus, 1.2);
  }
}

void AddBlast(Canvas& canvas, const PhantomLesion& lesion, const Stain& stain, Rng& rng) {
  const Field chromatin = SmoothNoise(canvas.size, 4, 2, rng);
  Fill(canvas, lesion, stain.cytoplasm * 0.92f, 1.5);
  ForEachInside(Scaled(lesion.outline, 0.84), canvas.size, 1.5, [&](int x, int y, float cover) {
    canvas(x, y) = Mix(canvas(x, y), stain.nucleus * (1 + 0.14f * chromatin(x, y)), cover);
  });
}

// A signet ring with its chromatin dot, inside a red cell.
void AddParasite(Canvas& canvas, const PhantomLesion& lesion, const Stain& stain) {
  const PhantomShape& ring = lesion.outline;
  const Color blue{92, 70, 160};
  const Outline border(ring);
  ForEachInside(ring, canvas.size, 1, [&](int x, int y, float cover) {
    const double radius = border.Radius(x, y);
    const auto band = static_cast<float>(std::clamp((radius - 0.38) / 0.2, 0.25, 1.0));
    canvas(x, y) = Mix(canvas(x, y), Mix(stain.red, blue, band), cover);
  });
  const Point dot = Frame{ring.x, ring.y, ring.radius_x * 0.75, ring.phase}.At(1, 0);
  Fill(canvas, {.x = dot.x, .y = dot.y, .radius_x = 1.7, .radius_y = 1.7}, Color{120, 20, 80});
}

bool IsNearLesion(const PhantomTruth& truth, Point place, double gap) {
  for (const PhantomLesion& lesion : truth.lesions)
    if (std::hypot(place.x - lesion.outline.x, place.y - lesion.outline.y) < lesion.outline.radius_x + gap) return true;
  return false;
}

// Cells by dart throwing. A cell that a lesion displaces is left out, so that the others stay where they are.
void AddCells(Canvas& canvas, const PhantomTruth& truth, const Stain& stain, Rng& rng) {
  const double radius = truth.size * rng.Uniform(0.058, 0.068), gap = rng.Uniform(1.6, 2.6);
  const int darts = truth.size * 3;
  std::vector<Point> placed;
  const bool has_neutrophil = rng.Chance(0.4);
  const Point neutrophil{truth.size * rng.Uniform(0.15, 0.85), truth.size * rng.Uniform(0.15, 0.85)};
  for (int i = 0; i < darts; ++i) {
    const Point place{rng.Uniform(-radius, truth.size + radius), rng.Uniform(-radius, truth.size + radius)};
    const PhantomShape cell{.x = place.x,
                            .y = place.y,
                            .radius_x = Vary(rng, radius, 0.08),
                            .radius_y = Vary(rng, radius, 0.08),
                            .angle = rng.Uniform(0, 3.14),
                            .wobble = 0.025,
                            .phase = rng.Uniform(0, 6)};
    const bool is_free = std::all_of(placed.begin(), placed.end(), [&](Point other) {
      return std::hypot(other.x - place.x, other.y - place.y) > gap * radius;
    });
    if (!is_free || (has_neutrophil && std::hypot(neutrophil.x - place.x, neutrophil.y - place.y) < 2.7 * radius))
      continue;
    placed.push_back(place);
    if (!IsNearLesion(truth, place, radius * (truth.finding == "malaria parasite" ? 1.4 : 1.05)))
      AddRedCell(canvas, cell, stain);
  }
  if (has_neutrophil && !IsNearLesion(truth, neutrophil, 1.5 * radius))
    AddNeutrophil(canvas, neutrophil, 1.5 * radius, stain, rng);
}

void AddLesions(Canvas& canvas, const PhantomTruth& truth, const Stain& stain) {
  Rng rng = PhantomRng(truth, "lesions");
  for (const PhantomLesion& lesion : truth.lesions) {
    if (truth.finding == "blast cell") AddBlast(canvas, lesion, stain, rng);
    if (truth.finding == "sickle cell") Fill(canvas, lesion, stain.red * 0.8f, 1.2);
    if (truth.finding == "malaria parasite") {
      PhantomShape host{.x = lesion.outline.x + rng.Uniform(-1.5, 1.5), .y = lesion.outline.y + rng.Uniform(-1.5, 1.5)};
      host.radius_x = host.radius_y = truth.size * 0.066;
      AddRedCell(canvas, host, stain);
      AddParasite(canvas, lesion, stain);
    }
  }
}

Image PaintFilm(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "texture");
  const Stain stain = DrawStain(rng);
  Canvas canvas(truth.size, stain.ground);
  const Field light = SmoothNoise(truth.size, truth.size * 0.8, 1, rng);
  for (int i = rng.Int(0, 5); i > 0; --i)
    Fill(canvas, {.x = rng.Uniform(0, truth.size), .y = rng.Uniform(0, truth.size), .radius_x = 1.6, .radius_y = 1.2},
         stain.nucleus * 1.25f, 1.5);
  AddCells(canvas, truth, stain, rng);
  AddLesions(canvas, truth, stain);
  Rng grain = PhantomRng(truth, "grain");
  const Field noise = WhiteNoise(truth.size, grain);
  for (size_t i = 0; i < canvas.values.size(); ++i) {
    const float n = 2.5f * noise.values[i];
    canvas.values[i] = canvas.values[i] * (1 + 0.05f * light.values[i]) + Color{n, n, n};
  }
  return ToImage(canvas);
}

std::vector<PhantomShape> FilmRegion(const PhantomTruth& truth) {
  const double s = truth.size;
  const double x = truth.side.find("left") != std::string::npos ? 0.26 : 0.74,
               y = truth.side.find("upper") != std::string::npos ? 0.26 : 0.74;
  return {{.x = s * x, .y = s * y, .radius_x = s * 0.25, .radius_y = s * 0.25}};
}

const Register<PhantomModel> kMicroscopy({
    .name = "microscopy",
    .help = "Giemsa-stained blood film: red cells with pale centres, white cells, platelets",
    .modality = "microscopy",
    .noun = "a microscopy image",
    .technique = "It has a {}.",
    .scenes = {{.organ = "blood",
                .subject = "a blood film",
                .techniques = {"Giemsa stain"},
                .side_kind = SideKind::kImage,
                .sides = {"upper left", "upper right", "lower left", "lower right"},
                .where = "in the {} quadrant of the image",
                .low_field_mm = 0.055,
                .high_field_mm = 0.065,
                .structures = "red blood cells with pale centers",
                .normal = "The red blood cells are round and of even size.",
                .findings = {{.name = "blast cell",
                              .plural = "blast cells",
                              .look = "a large purple cell almost filled by its nucleus",
                              .about = "Blasts in the blood suggest acute leukemia.",
                              .max_count = 2,
                              .small = {0.126, 0.147},
                              .min_aspect = 0.85,
                              .wobble = 0.04},
                             {.name = "sickle cell",
                              .plural = "sickle cells",
                              .look = "a dark elongated red cell with pointed ends",
                              .about = "Sickle cells are red cells deformed by hemoglobin S.",
                              .max_count = 3,
                              .small = {0.119, 0.14},
                              .min_aspect = 0.27,
                              .max_aspect = 0.34,
                              .wobble = 0},
                             {.name = "malaria parasite",
                              .plural = "malaria parasites",
                              .look = "a purple ring with a dot inside a red cell",
                              .about = "Ring forms of Plasmodium live inside red cells.",
                              .max_count = 3,
                              .small = {0.045, 0.053},
                              .min_aspect = 0.85,
                              .wobble = 0}},
                .region = &FilmRegion,
                .paint = &PaintFilm}},
});

}  // namespace
}  // namespace lingshu
