// See model_answerer.h.
#include "cli/model_answerer.h"

#include "engine/engine.h"

namespace lingshu {

std::unique_ptr<Answerer> OpenModel(const std::filesystem::path& folder, int threads) {
  ConfigureTorch(threads);
  auto model = LoadModel(folder);
  return std::make_unique<Engine>(std::move(model), Tokenizer::Load(folder), EngineOptions(), folder.string());
}

}  // namespace lingshu
