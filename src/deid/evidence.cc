// Reads in a decoder process, as every parser of strangers' files does.
#include "deid/evidence.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "deid/data_set.h"
#include "image/decoder.h"
#include "image/dicom_dataset.h"

namespace lingshu {

template <typename Wire>
void Carry(Wire& wire, Evidence& evidence) {
  auto& [sop_class_uid, sop_instance_uid, study_instance_uid, series_instance_uid, has_frames, attributes] = evidence;
  wire(sop_class_uid, sop_instance_uid, study_instance_uid, series_instance_uid, has_frames, attributes);
}

namespace {

// Patient, study and request attributes that a report repeats (PS3.3 C.7.1.1, C.7.2.1).
constexpr uint32_t kRepeated[] = {0x00080005, 0x00080020, 0x00080030, 0x00080050, 0x00080090, 0x00081030, 0x00100010,
                                  0x00100020, 0x00100030, 0x00100040, 0x00120062, 0x00200010};

Evidence ReadHere(std::string_view bytes, const std::string& where) {
  if (!DetectDicom(bytes.substr(0, 4096)))
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: not a DICOM file; an answer can go back for those only.", where));
  const DataSet data_set = ReadDicomObject(bytes, where).data_set;
  Evidence evidence{.sop_class_uid = data_set.Text(0x00080016),
                    .sop_instance_uid = data_set.Text(0x00080018),
                    .study_instance_uid = data_set.Text(0x0020000D),
                    .series_instance_uid = data_set.Text(0x0020000E)};
  for (const std::string& uid : {evidence.sop_class_uid, evidence.sop_instance_uid, evidence.study_instance_uid,
                                 evidence.series_instance_uid})
    if (uid.empty() || uid.size() > 64 || uid.find_first_not_of("0123456789.") != std::string::npos)
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: an object without the UIDs that a report has to name.", where));
  const std::string frames = data_set.Text(0x00280008);
  evidence.has_frames = !frames.empty() && frames != "1";
  for (const uint32_t tag : kRepeated) evidence.attributes[tag] = data_set.Text(tag);
  return evidence;
}

const Decoder kEvidence("evidence", kPictureLimits, &ReadHere);

}  // namespace

Evidence ReadEvidence(const std::filesystem::path& path) { return kEvidence.OfFile(path, path.filename().string()); }

}  // namespace lingshu
