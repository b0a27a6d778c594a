// lingshu answer, and what it shares with generate: an answer as a DICOM structured report and as a FHIR DiagnosticReport.
//   lingshu answer scan.dcm --text "No fracture." --model-name lingshu-7b --sr report.dcm --fhir report.json
#include "cli/return_answer.h"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "archive/finding.h"
#include "archive/peer.h"
#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "cli/version.h"
#include "deid/pseudonym.h"

namespace lingshu {
namespace {

struct AnswerFlags {
  AnsweredQuestion answered;
  ReturnOptions options;
};

const Register<Command> kAnswer(
    {.name = "answer",
     .help = "bring an answer about DICOM images back: structured report (PS3.3 A.35.1), FHIR DiagnosticReport",
     .attach = [](CLI::App& app) {
       auto flags = std::make_shared<AnswerFlags>();
       flags->answered.model_version = kLingshuVersion;
       app.add_option("images", flags->answered.images, "DICOM files of one study that the answer is about")->required();
       app.add_option("--text", flags->answered.answer, "the answer")->required();
       app.add_option("--question", flags->answered.question, "what was asked");
       app.add_option("--model-name", flags->answered.model_name, "who answered")->required();
       app.add_option("--model-version", flags->answered.model_version, "its version");
       app.add_option("--sr", flags->options.sr, "DICOM structured report to write");
       app.add_option("--fhir", flags->options.fhir, "FHIR R4 DiagnosticReport to write, JSON");
       app.add_option("--send", flags->options.send, "peers that the structured report goes to: dicom://AE@host:port, https://…");
       return [flags] {
         if (!IsAsked(flags->options)) throw Error(ErrorCode::kUsage, "say where to: --sr, --fhir or --send.");
         ReturnAnswer(flags->answered, flags->options);
         return 0;
       };
     }});

}  // namespace

bool IsAsked(const ReturnOptions& options) { return !options.sr.empty() || !options.fhir.empty() || !options.send.empty(); }

void ReturnAnswer(const AnsweredQuestion& answered, const ReturnOptions& options) {
  Finding finding{.question = answered.question,
                  .answer = answered.answer,
                  .model_name = answered.model_name,
                  .model_version = answered.model_version,
                  .moment = CurrentMoment(),
                  .evidence = {}};
  for (const std::string& image : answered.images)
    for (const fs::path& file : fs::is_directory(image) ? ListFiles(image) : std::vector<fs::path>{image})
      finding.evidence.push_back(ReadEvidence(file));
  const std::string seed = MakeRandomKey();
  if (!options.fhir.empty()) WriteFileAtomic(options.fhir, MakeDiagnosticReport(finding, seed).dump(2) + "\n");
  if (options.sr.empty() && options.send.empty()) return;
  const std::string report = MakeStructuredReport(finding, seed);
  // Without a place of its own the report waits in a file that goes when it was sent.
  const fs::path path = options.sr.empty() ? fs::temp_directory_path() / ("lingshu-" + seed.substr(0, 16) + ".dcm") : fs::path(options.sr);
  WriteFileAtomic(path, report);
  for (const std::string& address : options.send) {
    const Json sent = SendToPeer({.address = address}, {path});
    if (sent["sent"] != 1) throw Error(ErrorCode::kUnavailable, "a peer did not take the structured report.");
  }
  if (options.sr.empty()) fs::remove(path);
}

}  // namespace lingshu
