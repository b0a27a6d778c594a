// OCT phantoms: a B-scan of the retina as reflecting layers over the choroid, with multiplicative speckle and the
// logarithmic grey scale of the instrument. Layer order after Staurenghi et al. 2014 (IN•OCT consensus). Sides are the
// image's.
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

struct Retina {
  std::vector<double> floor, inner;  // RPE's place and inner retinal thickness by column, in pixels
  double outer = 0, choroid = 0;     // thickness in pixels
  double fovea = 0;                  // column of the pit
};

Retina DrawRetina(const PhantomTruth& truth) {
  Rng rng = PhantomRng(truth, "anatomy");
  const double s = truth.size, tilt = rng.Uniform(-0.14, 0.14), bend = rng.Uniform(-0.12, 0.25);
  const double level = s * rng.Uniform(0.58, 0.68), thick = s * rng.Uniform(0.16, 0.19);
  const double depth = truth.plane == "through the fovea" ? rng.Uniform(0.75, 0.88) : 0.0,
               width = s * rng.Uniform(0.1, 0.14);
  Retina retina{
      .outer = s * rng.Uniform(0.085, 0.1), .choroid = s * rng.Uniform(0.12, 0.2), .fovea = s * rng.Uniform(0.4, 0.6)};
  for (int x = 0; x < truth.size; ++x) {
    const double u = (x - s / 2) / s, pit = (x - retina.fovea) / width;
    retina.floor.push_back(level + s * (tilt * u + bend * u * u));
    // Parafoveal rim around the pit.
    retina.inner.push_back(thick * (1 - depth * std::exp(-pit * pit)) *
                           (1 + 0.08 * std::exp(-std::pow(std::abs(pit) - 2, 2))));
  }
  return retina;
}

double FloorAt(const Retina& retina, double x) {
  return retina.floor[std::clamp(static_cast<int>(std::lround(x)), 0, static_cast<int>(retina.floor.size()) - 1)];
}

double DrawColumn(const PhantomTruth& truth, double radius, Rng& rng) {
  const double s = truth.size, low = truth.side == "left" ? 0.05 * s + radius : 0.52 * s + radius;
  return rng.Uniform(low, low + 0.43 * s - 2 * radius);
}

// Columns of `count` instances on one side, at least `pitch` apart; fewer when they do not fit.
std::vector<double> DrawColumns(const PhantomTruth& truth, double radius, double pitch, Rng& rng) {
  std::vector<double> columns;
  for (int tries = 0; tries < 200 && static_cast<int>(columns.size()) < truth.count; ++tries) {
    const double x = DrawColumn(truth, radius, rng);
    if (std::all_of(columns.begin(), columns.end(), [&](double other) { return std::abs(other - x) > pitch; }))
      columns.push_back(x);
  }
  return columns;
}

std::vector<PhantomLesion> LayDrusen(const PhantomTruth& truth, double radius, Rng& rng) {
  const Retina retina = DrawRetina(truth);
  std::vector<PhantomLesion> lesions;
  for (const double x : DrawColumns(truth, radius, 2.3 * radius + 3, rng)) {
    const double height = radius * rng.Uniform(0.7, 0.85);
    lesions.push_back(
        {.outline = {.x = x, .y = FloorAt(retina, x) - height * 0.4, .radius_x = radius, .radius_y = height}});
  }
  return lesions;
}

std::vector<PhantomLesion> LayFluid(const PhantomTruth& truth, double radius, Rng& rng) {
  const Retina retina = DrawRetina(truth);
  const double x = DrawColumn(truth, radius, rng), height = radius * rng.Uniform(0.5, 0.6), s = truth.size;
  const double y = FloorAt(retina, x) - 2, tilt = std::atan((FloorAt(retina, x + 5) - FloorAt(retina, x - 5)) / 10);
  // The lower half is cut off by a circle so large that it is straight along the pigment epithelium.
  const PhantomShape above{
      .x = x + 3 * s * std::sin(tilt), .y = y - 3 * s * std::cos(tilt), .radius_x = 3 * s, .radius_y = 3 * s};
  return {{.outline = {.x = x, .y = y, .radius_x = radius, .radius_y = height}, .within = above}};
}

std::vector<PhantomLesion> LayCysts(const PhantomTruth& truth, double radius, Rng& rng) {
  const Retina retina = DrawRetina(truth);
  std::vector<PhantomLesion> lesions;
  for (const double x : DrawColumns(truth, radius, 2.2 * radius + 3, rng)) {
    const double y = FloorAt(retina, x) - retina.outer - retina.inner[0] * rng.Uniform(0.25, 0.45);
    lesions.push_back({.outline = {.x = x, .y = y, .radius_x = radius * rng.Uniform(0.75, 0.95), .radius_y = radius}});
  }
  return lesions;
}

// What lies in or under the retina pushes it up: `dome` is the raised border itself, `hill` the gentler rise above it.
struct Rise {
  std::vector<double> dome, hill;
};

Rise DrawRise(const PhantomTruth& truth, const Retina& retina) {
  Rise rise{std::vector<double>(truth.size, 0), std::vector<double>(truth.size, 0)};
  for (const PhantomLesion& lesion : truth.lesions) {
    const PhantomShape& shape = lesion.outline;
    const bool is_cyst = truth.finding == "intraretinal cyst";
    const double height = is_cyst ? shape.radius_y * 0.9 : FloorAt(retina, shape.x) - shape.y + shape.radius_y;
    const double width = shape.radius_x * (is_cyst ? 1.8 : 1.15);
    for (int x = 0; x < truth.size; ++x) {
      const double u = (x - shape.x) / shape.radius_x, slope = (x - shape.x) / width;
      if (!is_cyst && std::abs(u) < 1)
        rise.dome[x] = std::max(rise.dome[x], retina.floor[x] - (shape.y - shape.radius_y * std::sqrt(1 - u * u)));
      rise.hill[x] = std::max(rise.hill[x], height * std::exp(-slope * slope));
    }
  }
  return rise;
}

// Reflectivity of the outer retina; s runs from 0 at the RPE to 1 at the outer plexiform layer.
double OuterLayers(double s) {
  if (s < 0.16) return 1.0;  // RPE
  if (s < 0.26) return 0.5;  // outer segments
  if (s < 0.4) return 0.85;  // ellipsoid zone
  if (s < 0.48) return 0.3;
  if (s < 0.54) return 0.45;  // external limiting membrane
  return 0.24;                // outer nuclear layer
}

// Reflectivity of the inner retina; s runs from 0 at the outer plexiform layer to 1 at the vitreous.
double InnerLayers(double s) {
  if (s < 0.14) return 0.55;  // outer plexiform
  if (s < 0.34) return 0.3;   // inner nuclear
  if (s < 0.58) return 0.55;  // inner plexiform
  if (s < 0.78) return 0.42;  // ganglion cells
  return 0.8;                 // nerve fibres
}

double ChoroidAt(double depth, double thickness, double texture) {
  if (depth < 0.8) return 0.9;  // RPE's lower edge
  if (depth < thickness) return std::max(0.05, 0.34 - 0.2 * depth / thickness + 0.16 * texture);
  return std::max(0.02, 0.14 * std::exp(-(depth - thickness) / 10));
}

constexpr float kVitreous = 0.018f, kFluid = 0.03f, kDrusenoid = 0.4f;

// One column of echoes, top to bottom.
void PaintColumn(Field& echo, const PhantomTruth& truth, const Retina& retina, const Rise& rise, const Field& vessels,
                 int x) {
  const double floor = retina.floor[x], bottom = floor - rise.dome[x];
  const double border = std::min(bottom - 0.45 * retina.outer, floor - retina.outer - rise.hill[x]),
               top = border - retina.inner[x];
  const bool is_detached = truth.finding == "subretinal fluid" && rise.dome[x] > 0;
  for (int y = std::max(0, static_cast<int>(top)); y < truth.size; ++y) {
    double level = kVitreous;
    if (y >= floor) level = ChoroidAt(y - floor, retina.choroid, vessels(x, y));
    else if (y >= bottom) level = !is_detached ? kDrusenoid : y >= floor - 2 ? 1.0 : kFluid;
    else if (y >= border) level = OuterLayers((bottom - y) / (bottom - border));
    else if (y >= top) level = InnerLayers((border - y) / (border - top));
    echo(x, y) = static_cast<float>(level);
  }
}

// Mean of a few speckle looks, shown in decibels.
Image Display(const PhantomTruth& truth, Field echo) {
  Rng rng = PhantomRng(truth, "grain");
  const double strength = rng.Uniform(0.5, 0.8);
  for (float& value : echo.values) {
    const double power = -0.5 * (std::log(1 - rng.Uniform()) + std::log(1 - rng.Uniform()));
    value = static_cast<float>(10 * std::log10(value * std::pow(power, strength) + 0.008));
  }
  Blur(echo, 0.5, 0.3);
  Image image = ToImage(echo, rng.Uniform(-17, -15.5), rng.Uniform(0, 1.5));
  image.operations = {"log compression"};
  return image;
}

Image PaintRetina(const PhantomTruth& truth) {
  const Retina retina = DrawRetina(truth);
  const Rise rise = DrawRise(truth, retina);
  Rng rng = PhantomRng(truth, "texture");
  const Field vessels = SmoothNoise(truth.size, truth.size / 16.0, 2, rng);
  Field echo(truth.size, kVitreous);
  for (int x = 0; x < truth.size; ++x) PaintColumn(echo, truth, retina, rise, vessels, x);
  for (const PhantomLesion& lesion : truth.lesions) Fill(echo, lesion, truth.finding == "druse" ? kDrusenoid : kFluid);
  Blur(echo, 0.5, 0.4);
  return Display(truth, std::move(echo));
}

PhantomScene RetinaScene(const char* plane) {
  return {
      .organ = "retina",
      .subject = "the retina",
      .plane = plane,
      .techniques = {"B-scan"},
      .side_kind = SideKind::kImage,
      .sides = {"left", "right"},
      .where = "in the {} half of the image",
      .low_field_mm = 4.5,
      .high_field_mm = 6,
      .structures = "the retinal layers, the pigment epithelium and the choroid",
      .normal = "The retinal layers are regular.",
      .findings = {{.name = "druse",
                    .plural = "drusen",
                    .look = "a bump of the pigment epithelium",
                    .about = "Drusen are deposits under the pigment epithelium, an early sign of macular degeneration.",
                    .max_count = 3,
                    .small = {0.056, 0.067},
                    .large = {0.105, 0.126},
                    .lay = &LayDrusen},
                   {.name = "subretinal fluid",
                    .plural = "subretinal fluid",
                    .has_article = false,
                    .look = "a dark lens under the retina",
                    .about = "Subretinal fluid lifts the retina off the pigment epithelium.",
                    .small = {0.112, 0.133},
                    .large = {0.21, 0.266},
                    .lay = &LayFluid},
                   {.name = "intraretinal cyst",
                    .plural = "intraretinal cysts",
                    .look = "a dark round space within a thickened retina",
                    .about = "Intraretinal cysts are the mark of macular edema.",
                    .max_count = 2,
                    .small = {0.049, 0.059},
                    .large = {0.084, 0.105},
                    .lay = &LayCysts}},
      .paint = &PaintRetina};
}

const Register<PhantomModel> kOct({
    .name = "oct",
    .help = "reflecting retinal layers, multiplicative speckle, log compression",
    .modality = "OCT",
    .noun = "an OCT scan",
    .view = "{}",
    .technique = "It is a {}.",
    .plane_question = "Where does the scan pass?",
    .planes = {"through the fovea", "outside the fovea"},
    .scenes = {RetinaScene("through the fovea"), RetinaScene("outside the fovea")},
});

}  // namespace
}  // namespace lingshu
