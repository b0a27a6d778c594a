// See model_answerer.h.
#include "cli/model_answerer.h"

#include <fmt/format.h>

#include "engine/engine.h"

namespace lingshu {

std::unique_ptr<Answerer> OpenModel(const ModelFiles& files, int threads) {
  ConfigureTorch(threads);
  OpenedModel opened = OpenForAnswers(files);
  const std::string fingerprint = FingerprintOf(files.model, opened);
  return std::make_unique<Engine>(std::move(opened.model), std::move(opened.tokenizer), EngineOptions(), fmt::format("{} ({})", files.model.string(), fingerprint));
}

}  // namespace lingshu
