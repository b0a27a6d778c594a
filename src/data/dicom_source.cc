// DICOM folders as they come from an archive or a scanner: one question on the modality for each file that can be read.
// The data root is the folder itself; everything that is DICOM by its bytes is taken, whatever its name, and the rest
// is passed over. Names of files and folders may be patients' names: ids and groups hold hashes of them.
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/registry.h"
#include "data/choice.h"
#include "data/reading.h"
#include "image/folder_walk.h"
#include "image/reader.h"

namespace lingshu {
namespace {

constexpr const char* kName = "dicom";

bool IsDicom(const std::string& path) {
  const ImageReader* reader = Registry<ImageReader>::Get().FindOrNull("dicom");
  try {
    return reader != nullptr && reader->detect(ReadPrefix(path, 4096).bytes);
  } catch (const Error&) {  // a file that may not be opened
    return false;
  }
}

std::string ShortHash(const fs::path& path) { return Sha256Hex(path.generic_string()).substr(0, 16); }

Sample MakeSample(const fs::path& path, const fs::path& root, const std::string& id) {
  const Image image = ReadImage(path);  // broken pixels are found here and not in training
  if (image.modality.empty()) throw Error(ErrorCode::kUnsupported, "its modality is none that is asked about.");
  Sample sample;
  sample.id = id;
  sample.source = kName;
  sample.split = "train";
  sample.modality = image.modality;
  sample.images = {{path.string(), ""}};
  sample.group = ShortHash(fs::relative(path.parent_path(), root));
  sample.question = "Which imaging modality was used?";
  sample.meta["question_type"] = "modality";
  MakeChoice(sample, image.modality, kModalities);
  return sample;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path root = OpenSource(kName, options);
  std::vector<std::string> files;  // the DICOM ones among what may be millions
  ForEachFile(root, [&](const std::string& path) {
    if (IsDicom(path)) files.push_back(path);
  });
  const auto id_of = [&](int64_t i) {
    return fmt::format("{}:train:{}", kName, ShortHash(fs::relative(files[static_cast<size_t>(i)], root)));
  };
  // The reason given for a skipped file leaves out the reader's message, which names the path.
  const auto skip_without_path = [&](const std::string& id, const std::string&) {
    skip(id, "cannot be read as a picture of a known modality");
  };
  EmitRows({.total = static_cast<int64_t>(files.size()),
            .row_id = id_of,
            .make = [&](int64_t i) { return MakeSample(files[static_cast<size_t>(i)], root, id_of(i)); }},
           options, sink, skip_without_path);
}

const Register<Source> kDicom({.name = kName,
                               .help = "a folder of DICOM files (the data root), asked for their modality",
                               .reference = "DICOM PS3.10",
                               .splits = {"train"},
                               .folder = "",
                               .read = &Read});

}  // namespace
}  // namespace lingshu
