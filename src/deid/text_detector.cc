// Top-hat filter (P. Soille, "Morphological Image Analysis", 2003, 4.6), connected components, and lines of them. Thin
// strokes differ from the opening by a square that they cannot hold; vessels, speckle and edges do too, but not with one
// brightness, sharp outlines and in rows.
#include "deid/text_detector.h"

#include <algorithm>
#include <cmath>
#include <deque>

namespace lingshu {
namespace {

constexpr int kMinHeight = 5, kMaxHeight = 64;
constexpr int kMinContrast = 36;   // grey levels of 255
constexpr double kMaxEdge = 2.5;   // pixels from a stroke to its ground: a screen draws text sharper than any body part is
constexpr double kMaxSpread = 40;  // standard deviation of the characters' brightest (or darkest) points
constexpr size_t kMinCharacters = 3;
constexpr int64_t kMaxComponents = 20000;  // noise: nothing can be said

using Gray = std::vector<uint8_t>;

// Minimum (or maximum) over a square of 2 * radius + 1, one axis after the other, by a queue of candidates.
Gray Extreme(const Gray& gray, int width, int height, int radius, bool is_min) {
  const auto pass = [&](const Gray& in, bool is_row) {
    Gray out(in.size());
    const int length = is_row ? width : height, lines = is_row ? height : width;
    const size_t step = is_row ? 1 : width, line_step = is_row ? width : 1;
    for (int line = 0; line < lines; ++line) {
      const uint8_t* from = in.data() + line * line_step;
      uint8_t* to = out.data() + line * line_step;
      std::deque<int> best;
      for (int i = 0; i < length + radius; ++i) {
        if (i < length) {
          while (!best.empty() &&
                 (is_min ? from[best.back() * step] >= from[i * step] : from[best.back() * step] <= from[i * step]))
            best.pop_back();
          best.push_back(i);
        }
        const int center = i - radius;
        if (center < 0) continue;
        while (best.front() < center - radius) best.pop_front();
        to[center * step] = from[best.front() * step];
      }
    }
    return out;
  };
  return pass(pass(gray, true), false);
}

struct Component {
  PixelBox box;
  int64_t pixels = 0;
  double peak = 0;  // its brightest or darkest grey level: what a smoothed stroke has in its middle
  int Height() const { return box.y1 - box.y0; }
  int Width() const { return box.x1 - box.x0; }
};

// How wide the way from stroke to ground is: pixels between a quarter and three quarters of the component's contrast, for each pixel of
// its outline at half of it.
double EdgeWidth(const Gray& contrast, const PixelBox& box, int width, int height) {
  int top = 0, between = 0, outline = 0;
  for (int y = box.y0; y < box.y1; ++y)
    for (int x = box.x0; x < box.x1; ++x) top = std::max<int>(top, contrast[static_cast<size_t>(y) * width + x]);
  const auto at = [&](int x, int y) -> int {
    return x < 0 || y < 0 || x >= width || y >= height ? 0 : contrast[static_cast<size_t>(y) * width + x];
  };
  for (int y = box.y0 - 1; y <= box.y1; ++y)
    for (int x = box.x0 - 1; x <= box.x1; ++x) {
      const int here = 4 * at(x, y);
      between += here > top && here < 3 * top;
      const auto is_ground = [&](int nx, int ny) { return 2 * at(nx, ny) < top; };
      outline += here >= 2 * top && (is_ground(x - 1, y) || is_ground(x + 1, y) || is_ground(x, y - 1) || is_ground(x, y + 1));
    }
  return static_cast<double>(between) / std::max(1, outline);
}

// Connected pixels of the contrast that is asked for, of the size of a character and as sharp as one.
std::vector<Component> FindComponents(const Gray& gray, const Gray& contrast, int width, int height, bool is_bright) {
  std::vector<bool> mask(contrast.size());
  for (size_t i = 0; i < mask.size(); ++i) mask[i] = contrast[i] >= kMinContrast;
  std::vector<Component> components;
  std::vector<int> stack;
  for (int start = 0; start < width * height; ++start) {
    if (!mask[start]) continue;
    Component component{.box = {width, height, 0, 0}, .peak = static_cast<double>(gray[start])};
    mask[start] = false;
    stack.push_back(start);
    while (!stack.empty()) {
      const int at = stack.back(), x = at % width, y = at / width;
      stack.pop_back();
      component.box = {std::min(component.box.x0, x), std::min(component.box.y0, y), std::max(component.box.x1, x + 1),
                       std::max(component.box.y1, y + 1)};
      ++component.pixels;
      component.peak = is_bright ? std::max<double>(component.peak, gray[at]) : std::min<double>(component.peak, gray[at]);
      for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx) {
          const int nx = x + dx, ny = y + dy;
          if (nx < 0 || ny < 0 || nx >= width || ny >= height || !mask[ny * width + nx]) continue;
          mask[ny * width + nx] = false;
          stack.push_back(ny * width + nx);
        }
    }
    const int h = component.Height(), w = component.Width();
    const double fill = static_cast<double>(component.pixels) / (static_cast<double>(h) * w);
    const bool is_like_a_character = h >= kMinHeight && h <= kMaxHeight && w <= 4 * h && fill > 0.12;
    if (is_like_a_character && EdgeWidth(contrast, component.box, width, height) <= kMaxEdge) components.push_back(component);
    if (static_cast<int64_t>(components.size()) > kMaxComponents) return {};
  }
  return components;
}

// Neighbours on a line: rows that overlap, heights alike, not further apart than a letter and a half.
bool AreNeighbours(const Component& a, const Component& b) {
  const int overlap = std::min(a.box.y1, b.box.y1) - std::max(a.box.y0, b.box.y0);
  const int low = std::min(a.Height(), b.Height()), high = std::max(a.Height(), b.Height());
  const int gap = std::max(a.box.x0, b.box.x0) - std::min(a.box.x1, b.box.x1);
  return overlap * 10 >= low * 6 && high <= 1.7 * low && gap <= 1.5 * high;
}

void AppendLines(std::vector<Component> components, int width, int height, std::vector<PixelBox>& boxes) {
  std::sort(components.begin(), components.end(),
            [](const Component& a, const Component& b) { return a.box.x0 < b.box.x0; });
  std::vector<bool> is_used(components.size());
  for (size_t first = 0; first < components.size(); ++first) {
    if (is_used[first]) continue;
    is_used[first] = true;
    Component line = components[first], last = components[first];
    size_t characters = 1;
    double sum = last.peak, squares = last.peak * last.peak;
    for (size_t i = first + 1; i < components.size(); ++i) {
      if (components[i].box.x0 > last.box.x1 + 2 * kMaxHeight) break;
      if (is_used[i] || !AreNeighbours(last, components[i])) continue;
      is_used[i] = true;
      last = components[i];
      ++characters;
      line.box = {line.box.x0, std::min(line.box.y0, last.box.y0), std::max(line.box.x1, last.box.x1),
                  std::max(line.box.y1, last.box.y1)};
      sum += last.peak;
      squares += last.peak * last.peak;
    }
    const double mean = sum / static_cast<double>(characters),
                 spread = std::sqrt(std::max(0.0, squares / static_cast<double>(characters) - mean * mean));
    if (characters < kMinCharacters || line.Width() < 1.5 * line.Height() || spread > kMaxSpread) continue;
    // Dots and accents stand apart, and blanks are wide.
    const int margin = std::max(3, line.Height() / 2);
    boxes.push_back({std::max(0, line.box.x0 - 2 * margin), std::max(0, line.box.y0 - margin),
                     std::min(width, line.box.x1 + 2 * margin), std::min(height, line.box.y1 + margin)});
  }
}

// Lines of text that run from left to right.
void AppendText(const Gray& gray, int width, int height, std::vector<PixelBox>& boxes) {
  for (const bool is_bright : {true, false})
    for (const int radius : {2, 5}) {  // strokes up to 4 and up to 10 px
      const Gray inner = Extreme(gray, width, height, radius, is_bright);
      const Gray opened = Extreme(inner, width, height, radius, !is_bright);
      Gray contrast(gray.size());
      for (size_t i = 0; i < gray.size(); ++i)
        contrast[i] = static_cast<uint8_t>(is_bright ? gray[i] - opened[i] : opened[i] - gray[i]);
      AppendLines(FindComponents(gray, contrast, width, height, is_bright), width, height, boxes);
    }
}

}  // namespace

std::vector<PixelBox> FindText(const Gray& gray, int width, int height) {
  std::vector<PixelBox> boxes, turned_boxes;
  AppendText(gray, width, height, boxes);
  Gray turned(gray.size());  // columns as rows, for text that runs up or down
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) turned[static_cast<size_t>(x) * height + y] = gray[static_cast<size_t>(y) * width + x];
  AppendText(turned, height, width, turned_boxes);
  for (const PixelBox& box : turned_boxes) boxes.push_back({box.y0, box.x0, box.y1, box.x1});
  return boxes;
}

}  // namespace lingshu
