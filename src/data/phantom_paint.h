// Brushes of the phantoms: fields of floats, colours, ellipses with soft borders, strokes, blur and noise.
// Coordinates are pixels; the centre of pixel (i, j) is (i, j), y points down.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"
#include "data/phantom.h"

namespace lingshu {

struct Color {
  float r = 0, g = 0, b = 0;
};
inline Color operator*(Color c, float k) { return {c.r * k, c.g * k, c.b * k}; }
inline Color operator+(Color a, Color b) { return {a.r + b.r, a.g + b.g, a.b + b.b}; }
inline float Mix(float from, float to, float part) { return from + (to - from) * part; }
inline Color Mix(Color from, Color to, float part) { return from * (1 - part) + to * part; }

// A square of values: float for one quantity, Color for a picture with channels in [0, 255].
template <typename T>
struct Grid {
  int size = 0;
  std::vector<T> values;

  explicit Grid(int n, T value = {}) : size(n), values(static_cast<size_t>(n) * n, value) {}
  T& operator()(int x, int y) { return values[static_cast<size_t>(y) * size + x]; }
  const T& operator()(int x, int y) const { return values[static_cast<size_t>(y) * size + x]; }
  // The value of the nearest pixel, the border's outside.
  const T& Clamped(int x, int y) const { return (*this)(std::clamp(x, 0, size - 1), std::clamp(y, 0, size - 1)); }
};
using Field = Grid<float>;
using Canvas = Grid<Color>;

// Bilinear, the border's value outside.
float Bilinear(const Field& field, double x, double y);

struct Point {
  double x = 0, y = 0;
};

// A place on the image: maps the body's own coordinates (u to the right of the image, v down, ±1 reaching the border of
// an unscaled frame) to pixels.
struct Frame {
  double x = 0, y = 0, scale = 1, angle = 0;

  Point At(double u, double v) const;
  PhantomShape Ellipse(double u, double v, double radius_u, double radius_v, double turn = 0) const;
  double Length(double length) const { return length * scale; }
};
// A frame shifted, scaled and turned at random within small bounds.
Frame JitteredFrame(int size, Rng& rng, double low_scale = 0.88, double high_scale = 0.98, double turn = 0.08);

// value × [1 - part, 1 + part].
inline double Vary(Rng& rng, double value, double part) { return value * rng.Uniform(1 - part, 1 + part); }

// The border of a shape, made ready to be asked for many pixels.
class Outline {
 public:
  explicit Outline(const PhantomShape& shape);
  // Normalised radius: 0 at the centre, 1 on the border.
  double Radius(double x, double y) const;
  // Share of the pixel that lies inside, falling from 1 to 0 over `softness` pixels about the border.
  double Cover(double x, double y, double softness = 1) const;

 private:
  double x_, y_, cosine_, sine_, inverse_x_, inverse_y_, wobble_, phase_;
};
PhantomShape Scaled(PhantomShape shape, double factor);

struct Bounds {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // half open, clipped to the image
};
Bounds BoundsOf(const PhantomShape& shape, int size, double margin = 1);

// Calls body(x, y, cover) for each pixel that the shape (or the lesion) touches.
template <typename Body>
void ForEachInside(const PhantomShape& shape, int size, double softness, Body&& body) {
  const Outline outline(shape);
  const Bounds b = BoundsOf(shape, size, softness);
  for (int y = b.y0; y < b.y1; ++y)
    for (int x = b.x0; x < b.x1; ++x)
      if (const double cover = outline.Cover(x, y, softness); cover > 0) body(x, y, static_cast<float>(cover));
}
template <typename Body>
void ForEachInside(const PhantomLesion& lesion, int size, double softness, Body&& body) {
  if (lesion.within.radius_x <= 0) return ForEachInside(lesion.outline, size, softness, body);
  const Outline within(lesion.within);
  ForEachInside(lesion.outline, size, softness, [&](int x, int y, float cover) {
    const auto both = std::min(cover, static_cast<float>(within.Cover(x, y, softness)));
    if (both > 0) body(x, y, both);
  });
}

// Lays `value` over what is there.
template <typename T>
void Fill(Grid<T>& grid, const PhantomShape& shape, T value, double softness = 1) {
  ForEachInside(shape, grid.size, softness,
                [&](int x, int y, float cover) { grid(x, y) = Mix(grid(x, y), value, cover); });
}
template <typename T>
void Fill(Grid<T>& grid, const PhantomLesion& lesion, T value, double softness = 1) {
  ForEachInside(lesion, grid.size, softness,
                [&](int x, int y, float cover) { grid(x, y) = Mix(grid(x, y), value, cover); });
}
// Lays `value` where `cover` (0…1) says.
template <typename T>
void FillBy(Grid<T>& grid, const Field& cover, T value) {
  for (size_t i = 0; i < grid.values.size(); ++i) grid.values[i] = Mix(grid.values[i], value, cover.values[i]);
}

// A polyline with round ends whose radius runs from `begin` to `end`; `cover` becomes the maximum of itself and the
// stroke.
void Stroke(Field& cover, const std::vector<Point>& points, double begin, double end);
// Points of a quadratic Bézier curve.
std::vector<Point> Curve(Point from, Point by, Point to, int pieces = 12);

// Gaussian of the given deviation by three box filters; different along x and y when sigma_y is given.
void Blur(Field& field, double sigma, double sigma_y = -1);

// Independent normal deviates.
Field WhiteNoise(int size, Rng& rng);
// Smooth value noise within about [-1, 1]; features of `cell` pixels, halved with each octave at half the height.
Field SmoothNoise(int size, double cell, int octaves, Rng& rng);
// Noise stretched along a direction: fibres.
Field FibreNoise(int size, double length, double width, double angle, Rng& rng);
double Rayleigh(Rng& rng);
// Photon counts: Knuth's product below 20, a normal approximation above.
double Poisson(Rng& rng, double mean);

// Grey picture: low becomes 0 and high 255, both beyond clipped.
Image ToImage(const Field& field, double low, double high);
Image ToImage(const Canvas& canvas);

}  // namespace lingshu
