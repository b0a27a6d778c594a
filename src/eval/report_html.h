// The report of an evaluation as HTML: scores with intervals and baselines, by modality, and the questions themselves.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/html.h"
#include "eval/report.h"
#include "image/image.h"

namespace lingshu {

// Pixels of an image as a verdict refers to it; may throw Error, which leaves the picture out.
using ImageLoader = std::function<ImagePtr(const std::string& path)>;

// A set that was asked for and is not among the reports.
struct NotMeasured {
  std::string benchmark, why;
};

struct ReportHtmlOptions {
  ImageLoader load_image;       // none: examples without pictures
  int num_examples = 48;        // per benchmark, mixed over states and modalities
  int max_image_side = 320;     // pixels; larger pictures are reduced
  std::vector<NotMeasured> not_measured;
};

Html ScoreTable(const EvalReport& report);
Html ScoreIntervals(const EvalReport& report);   // dot, whisker, baseline tick
Html ModalityBars(const EvalReport& report);     // empty without modalities
Html ExampleBrowser(const EvalReport& report, const ReportHtmlOptions& options);
Html RunFacts(const EvalReport& report);         // model, seed, options, counts

// One benchmark as a section.
Section EvalSection(const EvalReport& report, const ReportHtmlOptions& options);
// A page of its own.
std::string EvalReportPage(const std::vector<EvalReport>& reports, const ReportHtmlOptions& options);

}  // namespace lingshu
