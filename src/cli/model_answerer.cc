// See model_answerer.h.
#include "cli/model_answerer.h"

#include <fmt/format.h>

#include "checkpoint/fingerprint.h"
#include "engine/engine.h"

namespace lingshu {

std::unique_ptr<Answerer> OpenModel(const ModelFiles& files, int threads) {
  ConfigureTorch(threads);
  OpenedModel opened = OpenForAnswers(files);
  std::string fingerprint = ModelFingerprint(files.model);
  if (!opened.mmproj.empty()) fingerprint += "+" + ModelFingerprint(opened.mmproj);
  return std::make_unique<Engine>(std::move(opened.model), std::move(opened.tokenizer), EngineOptions(), fmt::format("{} ({})", files.model.string(), fingerprint));
}

}  // namespace lingshu
