// The options of verbs that ask a model: how to sample, which model.
#pragma once

#include <string>

#include "engine/engine.h"
#include "model/open_model.h"

namespace CLI {
class App;
}

namespace lingshu {

struct ModelFlags {
  std::string model, mmproj, dtype = "float32", device = "auto";
  int threads = 0;
};
void AddModelFlags(CLI::App& app, ModelFlags& flags);
// Sets the threads and opens the model where it is to run.
OpenedModel OpenModelOf(const ModelFlags& flags);

void AddSamplingFlags(CLI::App& app, Sampling& sampling, EngineOptions& options);

}  // namespace lingshu
