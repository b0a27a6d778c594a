// SVG charts for reports: lines, intervals and bars, drawn with the colours of the page that holds them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/html.h"

namespace lingshu {

struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;  // (x, y), x ascending; not-finite points break the line
};

struct LineChart {
  std::string x_label, y_label;
  std::vector<Series> series;
  bool is_x_log = false, is_y_log = false;  // points at or below 0 are left out of a log axis
  double smoothing = 0;                     // 0 draws the points; else an exponential mean of this weight over pale points
  int width = 560, height = 300;            // pixels
};
// Long series are averaged into as many points as there are pixels.
Html LineChartSvg(const LineChart& chart);

// A value with its interval in [0, 1] and, when not negative, a tick at the baseline.
struct IntervalRow {
  std::string label, detail;
  double value = 0, low = 0, high = 0, baseline = -1;
};
Html IntervalPlotSvg(const std::vector<IntervalRow>& rows, int width = 760);

struct Bar {
  std::string label;
  double value = 0;
  std::string text;  // beside the bar; the value when empty
};
// Horizontal, from 0 to the largest value, or to `maximum` when that is positive.
Html BarChartSvg(const std::vector<Bar>& bars, double maximum = 0, int width = 560);

// About `count` round numbers (1, 2, 5 times a power of ten) that cover [low, high].
std::vector<double> NiceTicks(double low, double high, int count);

}  // namespace lingshu
