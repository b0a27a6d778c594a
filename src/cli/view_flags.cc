// Names to enumerators, and the list of presets for --help.
#include "cli/view_flags.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/config.h"
#include "base/error.h"
#include "image/preset.h"

namespace lingshu {
namespace {

Plane ParsePlane(const std::string& name) {
  for (const Plane plane : {Plane::kAxial, Plane::kCoronal, Plane::kSagittal})
    if (name == PlaneName(plane)) return plane;
  throw Error(ErrorCode::kUsage, fmt::format("unknown plane \"{}\".\nKnown: axial, coronal, sagittal.", name));
}

std::string PresetHelp() {
  std::string help = "how values become grey levels:";
  for (const Preset& preset : Presets()) help += fmt::format("\n{}: {}", preset.name, preset.help);
  return help;
}

}  // namespace

void AddViewFlags(CLI::App& app, ViewFlags& flags) {
  StudyView& view = flags.view;
  app.add_option("--preset", view.image.preset, PresetHelp());
  app.add_option("--window", flags.window, "center and width, in place of a preset")->expected(2);
  app.add_option("--plane", flags.plane, "axial, coronal or sagittal");
  app.add_option("--slice", view.image.slice, "along the plane's normal; the middle one if left out");
  app.add_option("--frame", view.image.frame, "of a file with several pictures");
  app.add_option("--volume", view.image.volume, "of a series of volumes");
  app.add_option("--series", view.series, "of a folder, counted from the one with most slices");
  app.add_option("--slices", view.slices, "of a montage or of frames, at most; tiles of a whole slide");
  app.add_option("--key-slices", view.key_slices, "these slices, in place of evenly chosen ones")->delimiter(',');
  app.add_option("--sampling", flags.sampling, "of slices: uniform, or content (more where there is more to see)");
  app.add_option("--columns", view.columns, "of a montage; as square as can be if left out");
  app.add_flag("--keep-aspect", view.keeps_aspect, "leave pixels as they are where they are not square");
  app.add_option("--level", view.level, "of a whole slide's tiles");
  app.add_option("--mpp", flags.mpp, "um a pixel of a whole slide's tiles, in place of the level");
  app.add_option("--tile", view.tile_px, "pixels a side of a whole slide's tiles");
}

StudyView ResolveView(const ViewFlags& flags) {
  StudyView view = flags.view;
  view.image.plane = ParsePlane(flags.plane);
  ConfigReader("--sampling").Read(Json(flags.sampling), "sampling", view.sampling);
  if (!flags.layout.empty()) ConfigReader("--show").Read(Json(flags.layout), "show", view.layout);
  if (flags.window.size() == 2) view.image.window = Window{.center = flags.window[0], .width = flags.window[1]};
  if (flags.mpp > 0) view.mpp = flags.mpp;
  return view;
}

}  // namespace lingshu
