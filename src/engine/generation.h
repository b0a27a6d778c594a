// Generation: a request as the engine runs it. Roll-outs come in this form, text requests through Answerer.
#pragma once

#include <functional>
#include <string>

#include "ask/ask.h"
#include "batch/example.h"

namespace lingshu {

struct Generation {
  Example example;  // prompt_ids and images
  Sampling sampling;
  std::function<void(const AnswerPiece&)> on_piece = nullptr;  // as Request's
  std::function<bool()> is_cancelled = nullptr;
  std::string cache_scope = {};
};

}  // namespace lingshu
