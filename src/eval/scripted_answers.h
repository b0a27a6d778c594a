// Answerers that need no model, for what a score is worth without one: an answer drawn blindly, the most frequent answer,
// and replies from a file.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "ask/ask.h"
#include "eval/benchmark.h"

namespace lingshu {

struct EvalOptions;

// "random": an option, yes or no, or another question's answer, drawn from the sample's id and the seed.
// "majority": the most frequent answer of the train split by form of answer, or of the questions themselves where there is
// no such split, which its name then says.
// "gold": the right answer; what a perfect model would reach, and a test of the data.
// "script:FILE": lines {"id": "…", "text": "…"}; a question without a line fails.
// Throws Error(kUsage) for another name.
std::unique_ptr<Answerer> MakeScriptedAnswerer(const std::string& name, const Benchmark& benchmark, const EvalOptions& options);

}  // namespace lingshu
