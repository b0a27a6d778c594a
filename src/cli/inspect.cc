// lingshu inspect: what a file is. A picture, a DICOM object or a folder of them, a volume, or weights with their
// tensors: a model folder, a GGUF file, a safetensors file.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "checkpoint/inspect_weights.h"
#include "cli/command.h"
#include "image/inspect.h"
#include "image/png.h"
#include "image/reader.h"
#include "image/series.h"

namespace lingshu {
namespace {

struct InspectFlags {
  std::string file, png;
  bool is_json = false;
};

// A folder without a model: its DICOM series, by geometry.
Json InspectSeries(const fs::path& folder) {
  const SeriesFolder found = FindSeries(folder);
  Json series = Json::array();
  for (const DicomSeries& one : found.series) series.push_back(ToJson(one));
  return {{"format", "dicom_series"}, {"series", series}, {"skipped", found.skipped}};
}

int Inspect(const InspectFlags& flags) {
  const bool is_folder = fs::is_directory(flags.file),
             is_model = is_folder ? IsFile(fs::path(flags.file) / "config.json") : IsWeights(flags.file);
  const Json facts = is_model    ? InspectWeights(flags.file)
                     : is_folder ? InspectSeries(flags.file)
                                 : ToJson(InspectImage(flags.file));
  if (!flags.png.empty() && !is_model && !is_folder) WriteFileAtomic(flags.png, EncodePng(ReadImage(flags.file)));
  if (flags.is_json) {
    fmt::print("{}\n", DumpJson(facts));
    return 0;
  }
  for (const auto& [key, value] : facts.items()) {
    if (key == "tensors") {
      for (const auto& [name, tensor] : value.items())
        fmt::print("  {:<60} {:>6} {:<24} {:>15} bytes\n", name, tensor["dtype"].get<std::string>(),
                   tensor["shape"].dump(), WithThousands(tensor["bytes"].get<int64_t>()));
    } else if (value.is_object()) {
      fmt::print("{}\n", value.dump(2));
    } else {
      fmt::print("{:<18} {}\n", key,
                 value.is_string()           ? value.get<std::string>()
                 : value.is_number_integer() ? WithThousands(value.get<int64_t>())
                                             : value.dump());
    }
  }
  return 0;
}

const Register<Command> kInspect(
    {.name = "inspect",
     .help = "show what an image, a DICOM file, a volume or a model (folder, GGUF, safetensors) holds",
     .attach = [](CLI::App& app) {
       auto flags = std::make_shared<InspectFlags>();
       app.add_option("file", flags->file, "file, folder of DICOM files, or model folder")->required();
       app.add_option("--png", flags->png, "also write the picture that the model would be shown");
       app.add_flag("--json", flags->is_json, "one JSON object");
       return [flags] { return Inspect(*flags); };
     }});

}  // namespace
}  // namespace lingshu
