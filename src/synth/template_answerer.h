// TemplateAnswerer: a teacher without a model. It knows the seeds by their ids and answers the stages of synthesis from
// what their records say; a remote teacher can take its place without any other change.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "ask/ask.h"
#include "data/sample.h"

namespace lingshu {

// Deterministic. A stage that a seed's record cannot answer, or an id that is not "<seed id>#<stage>", is a kError
// answer. Stages: facts, preference, summary (captions), question (self-instruction), reasoning, validate, solve (OCR).
class TemplateAnswerer : public Answerer {
 public:
  // `seeds` must outlive the answerer.
  explicit TemplateAnswerer(const std::vector<Sample>& seeds);
  std::string Name() const override { return "template"; }
  void Ask(const std::vector<Request>& requests, const AnswerSink& sink) override;

 private:
  std::unordered_map<std::string, const Sample*> seeds_;  // by id
};

// The chain for a seed, two to four short sentences that end in "So the answer is …."; "" when its record says too
// little. Example: "The image is a CT of the liver. There is a large cyst in the right lobe of the liver. So the answer
// is yes."
std::string TemplateReasoning(const Sample& seed);

}  // namespace lingshu
