// Brushes of the phantoms. Noise is value noise on a lattice (Perlin 1985 in spirit), blur is three box filters
// (Kovesi 2010, "Fast almost-Gaussian filtering"): both cost a few operations per pixel.
#include "data/phantom_paint.h"

#include <numbers>

namespace lingshu {
namespace {

uint8_t ToByte(double value) { return static_cast<uint8_t>(std::clamp(value + 0.5, 0.0, 255.0)); }

// One box filter of radius r along a line of n values `stride` apart; the border's value continues outside.
void BoxLine(float* line, int n, int stride, int r, std::vector<float>& copy) {
  for (int i = 0; i < n; ++i) copy[i] = line[static_cast<size_t>(i) * stride];
  double sum = copy[0] * (r + 1.0);
  for (int i = 1; i <= r; ++i) sum += copy[std::min(i, n - 1)];
  const double scale = 1.0 / (2 * r + 1);
  for (int i = 0; i < n; ++i) {
    line[static_cast<size_t>(i) * stride] = static_cast<float>(sum * scale);
    sum += copy[std::min(i + r + 1, n - 1)] - copy[std::max(i - r, 0)];
  }
}

// Radii of three boxes whose variances add up to sigma² as nearly as whole pixels allow.
void BoxRadii(double sigma, int (&radii)[3]) {
  const double ideal = std::sqrt(4 * sigma * sigma + 1);
  const int low = std::max(0, static_cast<int>((ideal - 1) / 2));
  const double width = 2 * low + 1;
  const int lows =
      static_cast<int>(std::lround((12 * sigma * sigma - 3 * width * width - 12 * width - 9) / (-4 * width - 4)));
  for (int i = 0; i < 3; ++i) radii[i] = i < lows ? low : low + 1;
}

void BlurAlong(Field& field, double sigma, bool is_along_x) {
  if (sigma < 0.3) return;
  int radii[3];
  BoxRadii(sigma, radii);
  std::vector<float> copy(field.size);
  for (int line = 0; line < field.size; ++line) {
    float* begin = is_along_x ? &field(0, line) : &field(line, 0);
    for (const int r : radii)
      if (r > 0) BoxLine(begin, field.size, is_along_x ? 1 : field.size, r, copy);
  }
}

// Adds height × value noise with lattice cells of `cell` pixels.
void AddOctave(Field& field, double cell, double height, Rng& rng) {
  const int lattice = static_cast<int>(field.size / cell) + 3;
  std::vector<float> nodes(static_cast<size_t>(lattice) * lattice);
  for (float& node : nodes) node = static_cast<float>(rng.Uniform(-height, height));
  const double shift_x = rng.Uniform(), shift_y = rng.Uniform();
  std::vector<int> left(field.size);
  std::vector<float> part(field.size);
  for (int x = 0; x < field.size; ++x) {
    const double u = x / cell + shift_x;
    left[x] = static_cast<int>(u);
    const auto t = static_cast<float>(u - left[x]);
    part[x] = t * t * (3 - 2 * t);
  }
  for (int y = 0; y < field.size; ++y) {
    const double v = y / cell + shift_y;
    const auto row = static_cast<int>(v);
    auto t = static_cast<float>(v - row);
    t = t * t * (3 - 2 * t);
    const float* upper = &nodes[static_cast<size_t>(row) * lattice];
    const float* lower = upper + lattice;
    for (int x = 0; x < field.size; ++x) {
      const int i = left[x];
      field(x, y) += Mix(Mix(upper[i], upper[i + 1], part[x]), Mix(lower[i], lower[i + 1], part[x]), t);
    }
  }
}

}  // namespace

float Bilinear(const Field& field, double x, double y) {
  x = std::clamp(x, 0.0, field.size - 1.001);
  y = std::clamp(y, 0.0, field.size - 1.001);
  const auto i = static_cast<int>(x), j = static_cast<int>(y);
  const auto s = static_cast<float>(x - i), t = static_cast<float>(y - j);
  return Mix(Mix(field(i, j), field(i + 1, j), s), Mix(field(i, j + 1), field(i + 1, j + 1), s), t);
}

Point Frame::At(double u, double v) const {
  const double c = std::cos(angle), s = std::sin(angle);
  return {x + scale * (c * u - s * v), y + scale * (s * u + c * v)};
}

PhantomShape Frame::Ellipse(double u, double v, double radius_u, double radius_v, double turn) const {
  const Point centre = At(u, v);
  return {
      .x = centre.x, .y = centre.y, .radius_x = radius_u * scale, .radius_y = radius_v * scale, .angle = angle + turn};
}

Frame JitteredFrame(int size, Rng& rng, double low_scale, double high_scale, double turn) {
  const double half = size / 2.0;
  return {.x = half + half * rng.Uniform(-0.05, 0.05),
          .y = half + half * rng.Uniform(-0.05, 0.05),
          .scale = half * rng.Uniform(low_scale, high_scale),
          .angle = rng.Uniform(-turn, turn)};
}

Outline::Outline(const PhantomShape& shape)
    : x_(shape.x),
      y_(shape.y),
      cosine_(std::cos(shape.angle)),
      sine_(std::sin(shape.angle)),
      inverse_x_(1 / shape.radius_x),
      inverse_y_(1 / shape.radius_y),
      wobble_(shape.wobble),
      phase_(shape.phase) {}

double Outline::Radius(double x, double y) const {
  const double dx = x - x_, dy = y - y_;
  const double a = (cosine_ * dx + sine_ * dy) * inverse_x_, b = (cosine_ * dy - sine_ * dx) * inverse_y_;
  const double radius = std::sqrt(a * a + b * b);
  // No border lies nearer than half the radius, so that the angle is needed beyond it only.
  if (wobble_ <= 0 || radius < 0.5) return radius;
  const double around = std::atan2(b, a) + phase_;
  return radius / (1 + wobble_ * (0.6 * std::sin(2 * around) + 0.7 * std::sin(3 * around + 2 * phase_) +
                                  0.4 * std::sin(5 * around + 5 * phase_)));
}

double Outline::Cover(double x, double y, double softness) const {
  const double radius = Radius(x, y);
  if (radius < 1e-6) return 1;
  // Distance to the border along the ray from the centre, in pixels.
  const double inside = std::sqrt((x - x_) * (x - x_) + (y - y_) * (y - y_)) * (1 / radius - 1);
  return std::clamp(0.5 + inside / softness, 0.0, 1.0);
}

PhantomShape Scaled(PhantomShape shape, double factor) {
  shape.radius_x *= factor;
  shape.radius_y *= factor;
  return shape;
}

Bounds BoundsOf(const PhantomShape& shape, int size, double margin) {
  const double c = std::cos(shape.angle), s = std::sin(shape.angle);
  const double grow = 1 + 1.7 * shape.wobble;
  const double dx = grow * std::hypot(shape.radius_x * c, shape.radius_y * s) + margin;
  const double dy = grow * std::hypot(shape.radius_x * s, shape.radius_y * c) + margin;
  const auto clip = [size](double value) {
    return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(size)));
  };
  return {clip(std::floor(shape.x - dx)), clip(std::floor(shape.y - dy)), clip(std::ceil(shape.x + dx) + 1),
          clip(std::ceil(shape.y + dy) + 1)};
}

void Stroke(Field& cover, const std::vector<Point>& points, double begin, double end) {
  for (size_t i = 0; i + 1 < points.size(); ++i) {
    const Point a = points[i], b = points[i + 1];
    const double r0 = begin + (end - begin) * i / (points.size() - 1.0);
    const double r1 = begin + (end - begin) * (i + 1) / (points.size() - 1.0);
    const double reach = std::max(r0, r1) + 1;
    const auto clip = [&](double value) {
      return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(cover.size)));
    };
    const int x0 = clip(std::floor(std::min(a.x, b.x) - reach)), x1 = clip(std::ceil(std::max(a.x, b.x) + reach) + 1);
    const int y0 = clip(std::floor(std::min(a.y, b.y) - reach)), y1 = clip(std::ceil(std::max(a.y, b.y) + reach) + 1);
    const double dx = b.x - a.x, dy = b.y - a.y, square = std::max(dx * dx + dy * dy, 1e-9);
    for (int y = y0; y < y1; ++y)
      for (int x = x0; x < x1; ++x) {
        const double t = std::clamp(((x - a.x) * dx + (y - a.y) * dy) / square, 0.0, 1.0);
        const double distance = std::hypot(x - a.x - t * dx, y - a.y - t * dy);
        const double radius = r0 + (r1 - r0) * t;
        // A stroke thinner than a pixel covers less of it.
        const double inside = std::clamp(0.5 + radius - distance, 0.0, 1.0) * std::min(1.0, 2 * radius);
        cover(x, y) = std::max(cover(x, y), static_cast<float>(inside));
      }
  }
}

std::vector<Point> Curve(Point from, Point by, Point to, int pieces) {
  std::vector<Point> points;
  for (int i = 0; i <= pieces; ++i) {
    const double t = static_cast<double>(i) / pieces, a = (1 - t) * (1 - t), b = 2 * t * (1 - t), c = t * t;
    points.push_back({a * from.x + b * by.x + c * to.x, a * from.y + b * by.y + c * to.y});
  }
  return points;
}

void Blur(Field& field, double sigma, double sigma_y) {
  BlurAlong(field, sigma, /*is_along_x=*/true);
  BlurAlong(field, sigma_y < 0 ? sigma : sigma_y, /*is_along_x=*/false);
}

Field WhiteNoise(int size, Rng& rng) {
  Field field(size);
  // Both deviates of each Box-Muller pair.
  for (size_t i = 0; i < field.values.size(); i += 2) {
    const double radius = std::sqrt(-2 * std::log(1 - rng.Uniform())), around = 2 * std::numbers::pi * rng.Uniform();
    field.values[i] = static_cast<float>(radius * std::cos(around));
    if (i + 1 < field.values.size()) field.values[i + 1] = static_cast<float>(radius * std::sin(around));
  }
  return field;
}

Field SmoothNoise(int size, double cell, int octaves, Rng& rng) {
  Field field(size);
  double height = 1, total = 0;
  for (int i = 0; i < octaves; ++i, height /= 2, cell /= 2) {
    AddOctave(field, std::max(cell, 1.0), height, rng);
    total += height;
  }
  for (float& value : field.values) value = static_cast<float>(value * 1.4 / total);
  return field;
}

Field FibreNoise(int size, double length, double width, double angle, Rng& rng) {
  // Drawn straight on a larger square, then turned.
  const int reach = static_cast<int>(size * 1.45);
  Field straight = WhiteNoise(reach, rng);
  Blur(straight, length, width);
  double square = 0;
  for (const float value : straight.values) square += value * value;
  const double scale = 1 / std::sqrt(square / straight.values.size() + 1e-12);
  Field field(size);
  const double c = std::cos(angle), s = std::sin(angle), middle = size / 2.0;
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      field(x, y) = static_cast<float>(scale * Bilinear(straight, reach / 2.0 + c * (x - middle) + s * (y - middle),
                                                        reach / 2.0 - s * (x - middle) + c * (y - middle)));
  return field;
}

double Rayleigh(Rng& rng) { return std::sqrt(-2 * std::log(1 - rng.Uniform())); }

double Poisson(Rng& rng, double mean) {
  if (mean > 20) return std::max(0.0, std::round(rng.Normal(mean, std::sqrt(mean))));
  const double limit = std::exp(-mean);
  double product = rng.Uniform();
  int count = 0;
  while (product > limit) {
    product *= rng.Uniform();
    ++count;
  }
  return count;
}

Image ToImage(const Field& field, double low, double high) {
  Image image{.width = field.size, .height = field.size};
  image.rgb.reserve(field.values.size() * 3);
  const double scale = 255 / (high - low);
  for (const float value : field.values) image.rgb.insert(image.rgb.end(), 3, ToByte((value - low) * scale));
  return image;
}

Image ToImage(const Canvas& canvas) {
  Image image{.width = canvas.size, .height = canvas.size};
  image.rgb.reserve(canvas.values.size() * 3);
  for (const Color& color : canvas.values)
    for (const float channel : {color.r, color.g, color.b}) image.rgb.push_back(ToByte(channel));
  return image;
}

}  // namespace lingshu
