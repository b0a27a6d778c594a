// The flags that say which pictures of a study are shown, the same for every verb that shows some.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "image/study.h"

namespace CLI {
class App;
}

namespace lingshu {

struct ViewFlags {
  std::string plane = "axial", sampling = "uniform", layout;
  std::vector<double> window;
  double mpp = 0;
  StudyView view;
};

// Adds --preset, --window, --plane, --slice, --frame, --volume, --series, --slices, --key-slices, --sampling, --columns,
// --keep-aspect, --level, --mpp and --tile. REQUIRES: flags outlive the parse.
void AddViewFlags(CLI::App& app, ViewFlags& flags);

// Throws Error(kUsage) for unknown names, with the known ones.
StudyView ResolveView(const ViewFlags& flags);

}  // namespace lingshu
