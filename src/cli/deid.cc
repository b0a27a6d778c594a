// lingshu deid: copies of DICOM files without identities, by PS3.15 Annex E.
//   lingshu deid STUDIES CLEAN --key site.key --report clean.json
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/deid_key.h"
#include "deid/folder.h"

namespace lingshu {
namespace {

struct DeidFlags {
  std::string in, out, key_file, report, dates = "shift", pixels = "clean", faces = "flag";
  bool should_deface = false;
  DeidFolderOptions options;
};

template <typename E>
E ParseEnum(const std::string& name, const char* flag) {
  const std::vector<std::string> names = EnumNames(static_cast<E*>(nullptr));
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<E>(i);
  throw Error(ErrorCode::kUsage, fmt::format("{} is \"{}\".\nKnown: {}.", flag, name, JoinStrings(names, ", ")));
}

int Deid(const DeidFlags& flags) {
  DeidFolderOptions options = flags.options;
  options.rules.dates = ParseEnum<DeidDates>(flags.dates, "--dates");
  options.pixels = ParseEnum<DeidPixels>(flags.pixels, "--pixels");
  options.faces = ParseEnum<DeidFaces>(flags.faces, "--faces");
  if (flags.should_deface)
    throw Error(ErrorCode::kUnsupported, "Clean Recognizable Visual Features is not built: faces stay in head volumes.\n"
                                         "HINT: --faces refuse leaves those files out.");
  if (options.rules.keeps_weekdays && options.rules.dates != DeidDates::kShift)
    throw Error(ErrorCode::kUsage, "--keep-weekdays goes with --dates shift.");
  options.key = DeidKey(flags.key_file);
  const Json report = DeidentifyFolder(flags.in, flags.out, options);
  if (!flags.report.empty())
    WriteFileAtomic(flags.report, fs::path(flags.report).extension() == ".json" ? report.dump(2) + "\n" : DescribeReport(report));
  fmt::print("{}\n", report.dump(2));
  return report["written"].get<int64_t>() > 0 ? 0 : 1;
}

const Register<Command> kDeid(
    {.name = "deid", .help = "copy DICOM files without identities (PS3.15 Annex E)", .attach = [](CLI::App& app) {
       auto flags = std::make_shared<DeidFlags>();
       DeidOptions& rules = flags->options.rules;
       app.add_option("in", flags->in, "file or folder; what is not DICOM is not copied")->required();
       app.add_option("out", flags->out, "file or folder to write")->required();
       app.add_option("--key", flags->key_file,
                      "file of the key of pseudonyms, made if absent; without it every run has a key of its own");
       app.add_option("--dates", flags->dates, "shift (per patient), remove or keep");
       app.add_option("--pixels", flags->pixels, "clean (cover burned-in text), keep, or refuse such files");
       app.add_option("--report", flags->report, "also write the report, without values, there: JSON for .json, else words");
       app.add_option("--faces", flags->faces, "head volumes: flag (copy, and say so), or refuse");
       app.add_flag("--keep-weekdays", rules.keeps_weekdays, "shift dates by whole weeks, leave times of day");
       app.add_flag("--keep-safe-private", rules.keeps_safe_private, "Retain Safe Private option (numbers and codes)");
       app.add_flag("--clean-descriptors", rules.cleans_descriptors, "keep known words of descriptions");
       app.add_flag("--clean-structured-content", rules.cleans_structured, "keep content of reports, its text cleaned");
       app.add_flag("--clean-graphics", rules.cleans_graphics, "keep graphic annotations without their text");
       app.add_flag("--clean-visual-features", flags->should_deface, "refused: see --faces");
       app.add_flag("--keep-uids", rules.keeps_uids, "Retain UIDs option");
       app.add_flag("--keep-patient-characteristics", rules.keeps_patient_characteristics, "age, sex, size, weight, …");
       app.add_flag("--keep-device", rules.keeps_device, "Retain Device Identity option");
       app.add_flag("--keep-institution", rules.keeps_institution, "Retain Institution Identity option");
       return [flags] { return Deid(*flags); };
     }});

}  // namespace
}  // namespace lingshu
