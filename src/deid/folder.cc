// Walks, writes, counts. Errors of single files are counted by kind: their messages could name a file, and files are
// named after patients.
#include "deid/folder.h"

#include <mutex>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/threads.h"
#include "image/decoder.h"
#include "image/dicom_dataset.h"
#include "image/limits.h"

namespace lingshu {

template <typename Wire>
void Carry(Wire& wire, DeidOptions& options) {
  auto& [dates, keeps_weekdays, keeps_uids, keeps_patient, keeps_device, keeps_institution, keeps_safe_private,
         cleans_descriptors, cleans_structured, cleans_graphics] = options;
  wire(dates, keeps_weekdays, keeps_uids, keeps_patient, keeps_device, keeps_institution, keeps_safe_private,
       cleans_descriptors, cleans_structured, cleans_graphics);
}

template <typename Wire>
void Carry(Wire& wire, DeidFolderOptions& options) {
  auto& [rules, pixels, faces, key] = options;
  wire(rules, pixels, faces, key);
}

namespace {

constexpr char kMediaDirectory[] = "1.2.840.10008.1.3.10";
constexpr char kResidualRisk[] =
    "Faces in head volumes, text that the detector missed, and short text in attributes that the profile keeps may "
    "still identify. Review before release.";

// Why a file was not copied, in words that name nothing of it.
std::string SkipReason(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kUsage:
      return "DICOM directory";
    case ErrorCode::kCorrupt:
      return "cannot be read";
    case ErrorCode::kUnsupported:
      return error.message().find("face") != std::string::npos ? "a face may be seen" : "pixels cannot be cleaned";
    case ErrorCode::kTooLarge:
      return "beyond a limit";
    default:
      return "cannot be read";
  }
}

void AddCounts(Json& total, const Json& counts) {
  for (const auto& [name, count] : counts.items())
    total[name] = (total.contains(name) ? total[name].get<int64_t>() : 0) + count.get<int64_t>();
}

// What a decoder process gives back: PS3.10 bytes and the counts as JSON.
struct Copy {
  bool is_dicom = false;
  std::string bytes, report;
};

template <typename Wire>
void Carry(Wire& wire, Copy& copy) {
  auto& [is_dicom, bytes, report] = copy;
  wire(is_dicom, bytes, report);
}

// Identities are read where files are decoded, in a process without files, and end with it.
Copy DeidentifyHere(std::string_view bytes, const DeidFolderOptions& options, const std::string& where) {
  if (!DetectDicom(bytes.substr(0, 4096))) return {};
  const Pseudonyms pseudonyms(options.key);
  DicomObject object = ReadDicomObject(bytes, where);
  if (object.meta.Text(0x00020002) == kMediaDirectory || object.data_set.Find(0x00041220) != nullptr)
    throw Error(ErrorCode::kUsage, fmt::format("{}: a DICOM directory lists names and is not copied.", where));
  if (object.data_set.elements.empty()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: an empty data set.", where));
  const std::string patient = PatientKey(object.data_set), study = object.data_set.Text(0x0020000D),
                    series = object.data_set.Text(0x0020000E);
  std::string instance = object.data_set.Text(0x00080018);
  if (instance.empty()) {  // the standard demands one
    instance = "bytes " + Sha256Hex(bytes);
    object.data_set.Set(0x00080018, "UI", instance);
  }
  const bool has_face = MayShowAFace(object.data_set);
  if (has_face && options.faces == DeidFaces::kRefuse)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: a face may be seen in this head volume.", where));
  const PixelReport pixels = CleanPixels(object, bytes, options.pixels, where);
  DeidCounts counts = Deidentify(object.data_set, options.rules, pseudonyms);
  if (pixels.is_covered) {
    DataSet& code = object.data_set.Find(0x00120064)->items.emplace_back();
    code.Set(0x00080100, "SH", "113101");
    code.Set(0x00080102, "SH", "DCM");
    code.Set(0x00080104, "LO", "Clean Pixel Data Option");
  }
  if (has_face) object.data_set.Set(0x00280302, "CS", "YES");
  Json report = {
      {"path", fmt::format("P{}/S{}/E{}/{}.dcm", pseudonyms.Name("path", patient), pseudonyms.Name("path", study),
                           pseudonyms.Name("path", series), pseudonyms.Name("path", instance + Sha256Hex(bytes)))},
      {"elements", counts},
      {"pixels",
       {{"flagged", pixels.risk.empty() ? 0 : 1},
        {"covered", pixels.is_covered ? 1 : 0},
        {"text_boxes", pixels.text_boxes},
        {"regions", pixels.regions},
        {"decompressed", pixels.is_decompressed ? 1 : 0},
        {"bits_cleared", pixels.has_cleared_bits ? 1 : 0}}},
      {"flags", Json::object()}};
  if (!pixels.risk.empty()) report["flags"]["text may be burned in: " + pixels.risk] = 1;
  if (has_face) report["flags"]["a face may be recognised in a head volume"] = 1;
  return {.is_dicom = true, .bytes = WriteDicomObject(object), .report = report.dump()};
}

const Decoder kDeidentify("deidentify", kVolumeLimits, &DeidentifyHere);


// What happened to one file of a folder.
struct Outcome {
  bool is_written = false;
  std::string skip_reason;
  Json report;
};

// Paths that this run has written: exact copies of a file would all go to one.
class Taken {
 public:
  bool Take(const fs::path& path) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return paths_.insert(path).second;
  }

 private:
  std::mutex mutex_;
  std::set<fs::path> paths_;
};

Outcome CopyOne(const fs::path& from, const fs::path& to_folder, const fs::path& to_file,
                const DeidFolderOptions& options, int64_t number, Taken& taken) {
  Outcome outcome;
  Copy copy;
  try {
    copy = kDeidentify.OfFile(from, options, fmt::format("file {}", number));
    if (!copy.is_dicom) {
      outcome.skip_reason = "not DICOM";
      return outcome;
    }
    outcome.report = ParseJson(copy.report, "report");
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInterrupted || error.code() == ErrorCode::kInternal) throw;
    outcome.skip_reason = SkipReason(error);
    return outcome;
  }
  const fs::path to = to_file.empty() ? to_folder / outcome.report["path"].get<std::string>() : to_file;
  if (!taken.Take(to)) {
    outcome.skip_reason = "exact copy of another file";
    return outcome;
  }
  if (to.has_parent_path()) MakeFolder(to.parent_path());
  WriteFileAtomic(to, copy.bytes);
  outcome.is_written = true;
  return outcome;
}

Json Summarize(const std::vector<Outcome>& outcomes, const DeidFolderOptions& options) {
  Json report = {
      {"files", outcomes.size()},
      {"written", 0},
      {"skipped", Json::object()},
      {"elements", Json::object()},
      {"pixels",
       {{"flagged", 0}, {"covered", 0}, {"text_boxes", 0}, {"regions", 0}, {"decompressed", 0}, {"bits_cleared", 0}}},
      {"flags", Json::object()}};
  int64_t written = 0;
  for (const Outcome& outcome : outcomes) {
    if (!outcome.is_written) {
      AddCounts(report["skipped"], {{outcome.skip_reason, 1}});
      continue;
    }
    ++written;
    AddCounts(report["elements"], outcome.report["elements"]);
    AddCounts(report["pixels"], outcome.report["pixels"]);
    AddCounts(report["flags"], outcome.report["flags"]);
  }
  report["written"] = written;
  const DeidOptions& rules = options.rules;
  report["options"] = {{"dates", EnumNames(static_cast<DeidDates*>(nullptr))[static_cast<size_t>(rules.dates)]},
                       {"pixels", EnumNames(static_cast<DeidPixels*>(nullptr))[static_cast<size_t>(options.pixels)]},
                       {"faces", EnumNames(static_cast<DeidFaces*>(nullptr))[static_cast<size_t>(options.faces)]},
                       {"keep_weekdays", rules.keeps_weekdays},
                       {"keep_safe_private", rules.keeps_safe_private},
                       {"clean_descriptors", rules.cleans_descriptors},
                       {"clean_structured_content", rules.cleans_structured},
                       {"clean_graphics", rules.cleans_graphics},
                       {"keep_uids", rules.keeps_uids},
                       {"keep_patient_characteristics", rules.keeps_patient_characteristics},
                       {"keep_device", rules.keeps_device},
                       {"keep_institution", rules.keeps_institution}};
  report["profile"] = "DICOM PS3.15 2024e Annex E, Basic Application Level Confidentiality Profile";
  report["residual_risk"] = kResidualRisk;
  return report;
}

}  // namespace

std::string DeidentifyFile(std::string_view bytes, const DeidFolderOptions& options, Json& report,
                           const std::string& where) {
  Copy copy = kDeidentify(bytes, options, where);
  if (!copy.is_dicom) throw Error(ErrorCode::kCorrupt, fmt::format("{}: not a DICOM file.", where));
  report = ParseJson(copy.report, "report");
  return std::move(copy.bytes);
}

Json DeidentifyFolder(const fs::path& in, const fs::path& out, const DeidFolderOptions& options) {
  std::vector<fs::path> files;
  fs::path single;
  if (fs::is_directory(in)) {
    std::error_code ignored;
    if (fs::equivalent(in, out, ignored))
      throw Error(ErrorCode::kUsage, "the copies cannot go into the folder of the originals.");
    files = ListFiles(in);
    MakeFolder(out);
  } else {
    if (!IsFile(in)) throw Error(ErrorCode::kNotFound, "no such file or folder as the one to de-identify.");
    std::error_code ignored;
    if (fs::equivalent(in, out, ignored)) throw Error(ErrorCode::kUsage, "the copy cannot replace the original.");
    files = {in};
    if (!fs::is_directory(out) && out.has_extension()) single = out;
  }
  std::vector<Outcome> outcomes(files.size());
  Taken taken;
  ParallelFor(static_cast<int64_t>(files.size()), [&](int64_t i) {
    CheckInterrupt("de-identification");
    outcomes[i] = CopyOne(files[i], out, single, options, i + 1, taken);
  });
  return Summarize(outcomes, options);
}

}  // namespace lingshu
