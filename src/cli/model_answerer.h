// The one place where an engine becomes an Answerer for the rooms that must not know it.
#pragma once

#include <filesystem>
#include <memory>

#include "ask/ask.h"

namespace lingshu {

// Loads a Hugging Face folder and its tokenizer into an engine. threads 0: all cores.
std::unique_ptr<Answerer> OpenModel(const std::filesystem::path& folder, int threads);

}  // namespace lingshu
