// lingshu render: the picture that a model would be shown of a file or of a folder of DICOM slices, as PNG, and in
// words what was done to its pixels.
//   lingshu render CT_FOLDER -o lung.png --preset lung --plane coronal --montage --slices 9
//   lingshu render SLIDE.svs -o tiles.png --montage --mpp 1 --slices 16
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "cli/command.h"
#include "cli/view_flags.h"
#include "image/png.h"

namespace lingshu {
namespace {

struct RenderFlags {
  std::string in, out;
  ViewFlags view;
  bool is_montage = false;
};

int Render(const RenderFlags& flags) {
  StudyView view = ResolveView(flags.view);
  view.layout = flags.is_montage ? StudyLayout::kMontage : StudyLayout::kSingle;
  const std::vector<Image> images = ShowStudy(flags.in, view);
  WriteFileAtomic(flags.out, EncodePng(images[0]));
  fmt::print("{}\n", DescribePixels(images[0]));
  return 0;
}

const Register<Command> kRender(
    {.name = "render",
     .help = "write the picture that a model would be shown of a file, a volume, a slide or a folder of DICOM slices",
     .attach = [](CLI::App& app) {
       auto flags = std::make_shared<RenderFlags>();
       app.add_option("in", flags->in, "picture, DICOM file, volume, whole slide, or folder of DICOM files")->required();
       app.add_option("-o,--out", flags->out, "the PNG to write")->required();
       app.add_flag("--montage", flags->is_montage, "several slices or tiles side by side");
       AddViewFlags(app, flags->view);
       return [flags] { return Render(*flags); };
     }});

}  // namespace
}  // namespace lingshu
