// Evidence: what an answer that goes back to an archive has to name of the image that it was read from, so that the archive
// files it with the patient and study. Holds identities: it goes into the answer's own file and nowhere else.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace lingshu {

struct Evidence {
  std::string sop_class_uid, sop_instance_uid, study_instance_uid, series_instance_uid;
  bool has_frames = false;
  // Patient and study attributes as UTF-8 or ASCII, by tag; absent ones are "".
  std::map<uint32_t, std::string> attributes;
};

// Reads a DICOM file. Throws as ReadDicomObject, and Error(kUnsupported) for what is no DICOM object with UIDs.
Evidence ReadEvidence(const std::filesystem::path& path);

}  // namespace lingshu
