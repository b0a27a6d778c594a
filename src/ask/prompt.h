// The words around a sample: how a question is put to a model and what the model should say. One home, used alike by
// training, synthesis, evaluation and serving, so that what was trained is what is asked.
#pragma once

#include <string>
#include <vector>

#include "ask/ask.h"
#include "data/sample.h"

namespace lingshu {

// kDirect asks for the answer alone; kReasoning asks to think first and close with "### Final Answer: X" (paper, §2.4
// of its appendix), kRl asks for <think>…</think><answer>…</answer>, which the format reward checks.
enum class PromptMode { kDirect, kReasoning, kRl };
std::vector<std::string> EnumNames(PromptMode*);  // direct reasoning rl

// The user's text: context, question, lettered options, and the sentence that fixes the form of the answer.
std::string PromptText(const Sample& sample, PromptMode mode);
// The reply that training teaches for the same mode.
std::string TargetText(const Sample& sample, PromptMode mode);
// Images first, then the text, as one user message. REQUIRES: images.size() == sample.images.size().
Request MakeRequest(const Sample& sample, const std::vector<ImagePtr>& images, PromptMode mode,
                    const Sampling& sampling);

}  // namespace lingshu
