// An answer on its way back to the archive that its images came from.
#pragma once

#include <string>
#include <vector>

namespace lingshu {

struct ReturnOptions {
  std::string sr, fhir;           // files to write; "" for none
  std::vector<std::string> send;  // peers (archive/peer.h) that the structured report goes to
};

struct AnsweredQuestion {
  std::string question, answer, model_name, model_version;
  std::vector<std::string> images;  // DICOM files
};

bool IsAsked(const ReturnOptions& options);
// Throws Error(kUsage | kUnsupported) for images that are no DICOM objects of one study, and what SendToPeer throws.
void ReturnAnswer(const AnsweredQuestion& answered, const ReturnOptions& options);

}  // namespace lingshu
