// The one place where an engine becomes an Answerer for the rooms that must not know it.
#pragma once

#include <memory>

#include "ask/ask.h"
#include "model/open_model.h"

namespace lingshu {

// Loads a model and its tokenizer (model/open_model.h) into an engine. threads 0: all cores.
std::unique_ptr<Answerer> OpenModel(const ModelFiles& files, int threads);

}  // namespace lingshu
