#include "base/svg.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/strings.h"

namespace lingshu {
namespace {

constexpr int kNumColors = 6;

std::string Color(size_t i) { return fmt::format("var(--c{})", i % kNumColors + 1); }

std::string Label(double x, double y, const char* anchor, std::string_view text, std::string_view style = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>", x, y, anchor, style, EscapeHtml(text));
}

std::string Line(double x1, double y1, double x2, double y2, std::string_view color, double width = 1) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" stroke-width=\"{}\"/>", x1, y1, x2, y2, color, width);
}

Html Svg(double width, double height, const std::string& body) {
  return {fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" role=\"img\">{}</svg>", width, height, width, height, body)};
}

// Width of text at 12 px in a system font, near enough to set a margin by: CJK characters are full-width.
double TextWidth(std::string_view text) {
  double width = 0;
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (byte < 0x80) width += 6.6;
    else if (byte >= 0xE0) width += 12;
    else if (byte >= 0xC0) width += 6.6;
  }
  return width;
}

std::string TickText(double value) {
  const double size = std::abs(value);
  if (size >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (size >= 1e4) return fmt::format("{:g}k", value / 1e3);
  if (size != 0 && size < 1e-3) return fmt::format("{:.0e}", value);
  return fmt::format("{:.6g}", value);
}

// One axis: data to pixels, linear or logarithmic.
struct Axis {
  double low = 0, high = 1, from_px = 0, to_px = 1;
  bool is_log = false;
  std::vector<double> ticks;

  double Scale(double value) const { return is_log ? std::log10(value) : value; }
  double Place(double value) const {
    const double span = Scale(high) - Scale(low);
    return from_px + (to_px - from_px) * (span == 0 ? 0.5 : (Scale(value) - Scale(low)) / span);
  }
  bool Holds(double value) const { return std::isfinite(value) && (!is_log || value > 0); }
};

std::vector<double> PowersOfTen(double low, double high) {
  std::vector<double> ticks;
  for (int e = static_cast<int>(std::floor(std::log10(low))); e <= std::ceil(std::log10(high)); ++e) ticks.push_back(std::pow(10.0, e));
  return ticks;
}

Axis MakeAxis(double low, double high, bool is_log, int count) {
  Axis axis{.low = low, .high = high, .is_log = is_log};
  if (!(low <= high)) axis.low = is_log ? 1 : 0, axis.high = is_log ? 10 : 1;
  if (axis.low == axis.high) axis.high += is_log ? axis.low : std::max(1e-9, std::abs(axis.low) * 0.1);
  axis.ticks = is_log ? PowersOfTen(axis.low, axis.high) : NiceTicks(axis.low, axis.high, count);
  // The y axis ends on ticks; so does a logarithmic one when its decades are few.
  axis.low = std::min(axis.low, axis.ticks.front());
  axis.high = std::max(axis.high, axis.ticks.back());
  return axis;
}

std::vector<std::pair<double, double>> Smoothed(std::vector<std::pair<double, double>> points, double weight) {
  // Exponential mean with its start corrected (Kingma and Ba 2015, §3).
  double mean = 0, mass = 0;
  for (auto& [x, y] : points) {
    if (!std::isfinite(y)) continue;
    mean = weight * mean + (1 - weight) * y;
    mass = weight * mass + (1 - weight);
    y = mean / mass;
  }
  return points;
}

// Averages neighbours until there are at most `limit` points; what is not finite stays a break.
std::vector<std::pair<double, double>> Thinned(const std::vector<std::pair<double, double>>& points, size_t limit) {
  if (points.size() <= limit) return points;
  const size_t stride = (points.size() + limit - 1) / limit;
  std::vector<std::pair<double, double>> thin;
  for (size_t i = 0; i < points.size(); i += stride) {
    const size_t end = std::min(points.size(), i + stride);
    double x = 0, y = 0;
    for (size_t k = i; k < end; ++k) x += points[k].first, y += points[k].second;
    thin.emplace_back(x / static_cast<double>(end - i), y / static_cast<double>(end - i));
  }
  return thin;
}

std::string Path(const std::vector<std::pair<double, double>>& points, const Axis& x, const Axis& y, const std::string& color, double width, double opacity) {
  std::string path;
  bool is_down = false;
  for (const auto& [px, py] : points) {
    if (!x.Holds(px) || !y.Holds(py)) {
      is_down = false;
      continue;
    }
    path += fmt::format("{}{:.1f} {:.1f}", is_down ? "L" : "M", x.Place(px), y.Place(py));
    is_down = true;
  }
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\" opacity=\"{}\"/>", path, color, width, opacity);
}

struct Bounds {
  double low = INFINITY, high = -INFINITY;
  void Add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

}  // namespace

std::vector<double> NiceTicks(double low, double high, int count) {
  if (!(high > low)) high = low + 1;
  const double raw = (high - low) / std::max(1, count);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  const double ratio = raw / power;
  const double step = power * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
  std::vector<double> ticks;
  const int64_t first = static_cast<int64_t>(std::floor(low / step + 1e-9)), last = static_cast<int64_t>(std::ceil(high / step - 1e-9));
  for (int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

Html LineChartSvg(const LineChart& chart) {
  Bounds xs, ys;
  for (const Series& series : chart.series)
    for (const auto& [x, y] : series.points) {
      if (!std::isfinite(x) || !std::isfinite(y) || (chart.is_x_log && x <= 0) || (chart.is_y_log && y <= 0)) continue;
      xs.Add(x);
      ys.Add(y);
    }
  const double width = chart.width, height = chart.height;
  Axis x = MakeAxis(xs.low, xs.high, chart.is_x_log, 6), y = MakeAxis(ys.low, ys.high, chart.is_y_log, 5);
  // The x axis ends with the data: half an empty chart says nothing.
  if (xs.low < xs.high) x.low = xs.low, x.high = xs.high;
  double margin = 0;
  for (const double tick : y.ticks) margin = std::max(margin, TextWidth(TickText(tick)));
  const bool has_legend = chart.series.size() > 1 || (chart.series.size() == 1 && !chart.series[0].name.empty());
  const double top = 22 + (has_legend ? 20 : 0);
  x.from_px = margin + 12, x.to_px = width - 14;
  y.from_px = height - 40, y.to_px = top;
  std::string body = Label(0, 12, "start", chart.y_label);
  for (const double tick : y.ticks) {
    body += Line(x.from_px, y.Place(tick), x.to_px, y.Place(tick), "var(--line)");
    body += Label(x.from_px - 8, y.Place(tick) + 4, "end", TickText(tick));
  }
  for (const double tick : x.ticks) {
    if (tick < x.low - 1e-12 || tick > x.high * (1 + 1e-12)) continue;
    body += Line(x.Place(tick), y.from_px, x.Place(tick), y.from_px + 4, "var(--soft)");
    body += Label(x.Place(tick), y.from_px + 17, "middle", TickText(tick));
  }
  body += Line(x.from_px, y.from_px, x.to_px, y.from_px, "var(--soft)");
  body += Label((x.from_px + x.to_px) / 2, height - 6, "middle", chart.x_label);
  double legend_x = x.from_px;
  for (size_t i = 0; i < chart.series.size(); ++i) {
    const Series& series = chart.series[i];
    const auto points = Thinned(series.points, static_cast<size_t>(chart.width));
    const bool is_smooth = chart.smoothing > 0 && series.points.size() > 8;
    body += Path(points, x, y, Color(i), is_smooth ? 1 : 1.75, is_smooth ? 0.25 : 1);
    if (is_smooth) body += Path(Thinned(Smoothed(series.points, chart.smoothing), static_cast<size_t>(chart.width)), x, y, Color(i), 1.75, 1);
    if (points.size() == 1 && x.Holds(points[0].first) && y.Holds(points[0].second))
      body += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>", x.Place(points[0].first), y.Place(points[0].second), Color(i));
    if (!has_legend) continue;
    body += Line(legend_x, top - 16, legend_x + 16, top - 16, Color(i), 2.5);
    body += Label(legend_x + 21, top - 12, "start", series.name, "strong");
    legend_x += 21 + TextWidth(series.name) + 18;
  }
  return Svg(width, height, body);
}

Html IntervalPlotSvg(const std::vector<IntervalRow>& rows, int width) {
  constexpr double kRow = 26, kTop = 8, kBottom = 30;
  double label_width = 0, detail_width = 0;
  for (const IntervalRow& row : rows) {
    label_width = std::max(label_width, TextWidth(row.label));
    detail_width = std::max(detail_width, TextWidth(row.detail));
  }
  const double height = kTop + kRow * static_cast<double>(rows.size()) + kBottom;
  const double from = label_width + 14, to = width - detail_width - 16;
  const auto place = [&](double value) { return from + (to - from) * std::clamp(value, 0.0, 1.0); };
  std::string body;
  for (int percent = 0; percent <= 100; percent += 20) {
    body += Line(place(percent / 100.0), kTop, place(percent / 100.0), height - kBottom + 4, "var(--line)");
    body += Label(place(percent / 100.0), height - 10, "middle", fmt::format("{} %", percent));
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const IntervalRow& row = rows[i];
    const double y = kTop + kRow * (static_cast<double>(i) + 0.5);
    body += Label(label_width, y + 4, "end", row.label, "strong");
    body += Line(place(row.low), y, place(row.high), y, "var(--c1)", 2);
    for (const double end : {row.low, row.high}) body += Line(place(end), y - 4, place(end), y + 4, "var(--c1)", 2);
    if (row.baseline >= 0) body += Line(place(row.baseline), y - 8, place(row.baseline), y + 8, "var(--c2)", 2);
    body += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\" fill=\"var(--c1)\"/>", place(row.value), y);
    body += Label(to + 14, y + 4, "start", row.detail);
  }
  return Svg(width, height, body);
}

Html BarChartSvg(const std::vector<Bar>& bars, double maximum, int width) {
  constexpr double kRow = 24;
  double label_width = 0, text_width = 0, largest = maximum;
  const auto text_of = [](const Bar& bar) { return bar.text.empty() ? TickText(bar.value) : bar.text; };
  for (const Bar& bar : bars) {
    label_width = std::max(label_width, TextWidth(bar.label));
    text_width = std::max(text_width, TextWidth(text_of(bar)));
    if (maximum <= 0) largest = std::max(largest, bar.value);
  }
  const double from = label_width + 12, room = width - from - text_width - 10;
  std::string body;
  for (size_t i = 0; i < bars.size(); ++i) {
    const double y = kRow * static_cast<double>(i), length = largest > 0 ? room * std::clamp(bars[i].value / largest, 0.0, 1.0) : 0;
    body += Label(label_width, y + 16, "end", bars[i].label, "strong");
    body += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"15\" rx=\"2\" fill=\"var(--c1)\"/>", from, y + 4, std::max(1.0, length));
    body += Label(from + length + 8, y + 16, "start", text_of(bars[i]));
  }
  return Svg(width, kRow * static_cast<double>(bars.size()) + 4, body);
}

}  // namespace lingshu
