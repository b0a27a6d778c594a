// Which form of answer a question asks for, told from the question and from what the data set publishes about it, never
// from its gold answer: a prompt that says "yes or no" only where the answer is one gives half the answer away.
#pragma once

#include <string>
#include <string_view>

#include "data/sample.h"

namespace lingshu {

// True for a question that yes or no answers: "Is there a mass?", "In this view, does the lung …?", "图中有肝脏吗？"; false
// for one that names alternatives ("left or right?"). English by its first words, Chinese by its particles.
bool IsPolarQuestion(std::string_view question, const std::string& language);

// Writes meta["prompt_kind"], which prompts read in place of the answer type. `published` is the set's own mark, "OPEN",
// "CLOSED" or "" where it has none: open questions ask for a concise answer, polar closed ones for yes or no, other
// closed ones for a word or phrase; without a mark what is not polar is open.
void SetPromptKind(Sample& sample, std::string_view published);

}  // namespace lingshu
