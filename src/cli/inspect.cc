// lingshu inspect: what a file is. A picture, a DICOM object, a volume, or a model folder with its tensors.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/config.h"
#include "cli/command.h"
#include "image/inspect.h"
#include "image/png.h"
#include "image/reader.h"

namespace lingshu {
namespace {

struct InspectFlags {
  std::string file, png;
  bool is_json = false;
};

Json InspectModel(const fs::path& folder) {
  const Checkpoint checkpoint = Checkpoint::Open(folder);
  Json tensors = Json::object();
  for (const std::string& name : checkpoint.names()) {
    const TensorView& view = *checkpoint.Find(name);
    tensors[name] = {{"dtype", ElementTypeName(view.dtype)}, {"shape", view.shape}, {"bytes", view.bytes.size()}};
  }
  return {{"format", "model"}, {"parameters", checkpoint.num_elements()}, {"config", ToJson(LoadModelConfig(folder))}, {"tensors", tensors}};
}

int Inspect(const InspectFlags& flags) {
  const bool is_model = fs::is_directory(flags.file);
  const Json facts = is_model ? InspectModel(flags.file) : ToJson(InspectImage(flags.file));
  if (!flags.png.empty() && !is_model) WriteFileAtomic(flags.png, EncodePng(ReadImage(flags.file)));
  if (flags.is_json) {
    fmt::print("{}\n", DumpJson(facts));
    return 0;
  }
  for (const auto& [key, value] : facts.items()) {
    if (key == "tensors") {
      for (const auto& [name, tensor] : value.items())
        fmt::print("  {:<60} {:>6} {}\n", name, tensor["dtype"].get<std::string>(), tensor["shape"].dump());
    } else if (key == "config") {
      fmt::print("{}\n", value.dump(2));
    } else {
      fmt::print("{:<18} {}\n", key, value.is_string() ? value.get<std::string>() : value.is_number_integer() ? WithThousands(value.get<int64_t>()) : value.dump());
    }
  }
  return 0;
}

const Register<Command> kInspect({.name = "inspect", .help = "show what an image, a DICOM file, a volume or a model folder holds", .attach = [](CLI::App& app) {
                                    auto flags = std::make_shared<InspectFlags>();
                                    app.add_option("file", flags->file, "file or model folder")->required();
                                    app.add_option("--png", flags->png, "also write the picture that the model would be shown");
                                    app.add_flag("--json", flags->is_json, "one JSON object");
                                    return [flags] { return Inspect(*flags); };
                                  }});

}  // namespace
}  // namespace lingshu
