// De-identified copies of a file or of all DICOM files of a folder, under names that say nothing, and what was done in
// numbers.
#pragma once

#include <filesystem>
#include <string>

#include "base/json.h"
#include "deid/deidentify.h"
#include "deid/pixels.h"

namespace lingshu {

// Head volumes of CT, MR, PET and NM, from which a face can be rendered: copied with a flag, or not copied. Taking the face
// away (Clean Recognizable Visual Features) is not built.
enum class DeidFaces { kFlag, kRefuse };
inline std::vector<std::string> EnumNames(DeidFaces*) { return {"flag", "refuse"}; }

struct DeidFolderOptions {
  DeidOptions rules;
  DeidPixels pixels = DeidPixels::kClean;
  DeidFaces faces = DeidFaces::kFlag;
  std::string key;  // of pseudonyms; the same key gives the same names, UIDs and dates
};

// One object: bytes of a DICOM file to bytes of its copy. `report` gets the counts, the pixel report and, under "path",
// the place of the copy: P<patient>/S<study>/E<series>/<instance and bytes>.dcm by pseudonyms. Throws Error when the
// file is not readable, when its pixels cannot be cleaned, or when it is a directory of names (DICOMDIR): it must not
// be copied then.
std::string DeidentifyFile(std::string_view bytes, const DeidFolderOptions& options, Json& report,
                           const std::string& where);

// Copies `in`, a file or folder, to `out`. A file is written to the path `out` where that has an extension and is no
// folder; else, like every readable object of a folder, to its place below `out`. Whatever cannot be read as DICOM is
// never copied. Returns
//   {"files": 12, "written": 10, "skipped": {"not DICOM": 1, "DICOM directory": 1}, "elements": {"removed": 310, …},
//    "pixels": {"flagged": 3, "covered": 2, "text_boxes": 5, "regions": 1, "decompressed": 1, "bits_cleared": 0},
//    "flags": {"text may be burned in: ultrasound": 3}, "options": {…}, "profile": "…", "residual_risk": "…"}
// in which no value and no name of an input occurs. Throws Error(kNotFound | kIo | kNoSpace | kUsage), naming no file
// below `in`.
Json DeidentifyFolder(const std::filesystem::path& in, const std::filesystem::path& out,
                      const DeidFolderOptions& options);

// The same report in words, for a person who answers for the release.
std::string DescribeReport(const Json& report);

}  // namespace lingshu
