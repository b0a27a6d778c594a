// Questions about images, in the paper's two ways (Xu et al. 2025, arXiv 2506.07044, §3.2 and Table 12): templates
// filled from annotations, and self-instruction, where a teacher writes question, answer and wrong answers from an
// image and its caption.
#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "data/sample.h"
#include "synth/stage.h"

namespace lingshu {

// Multiple-choice questions on modality, organ and finding, one of each that a seed's record answers, for the first
// seed of each group; distractors are the labels of the other seeds of the same source. Ids "<seed id>:ask_<label>".
std::vector<Sample> TemplateQuestions(const std::vector<Sample>& seeds);

// A self-instructed question, or why the reply is not one.
struct WrittenQuestion {
  std::string question, answer;
  std::vector<std::string> wrong_answers;  // one to three
};
// The reply that says that image and caption disagree: exactly this, and the sample is dropped.
inline constexpr const char* kMismatch = "Error: the input description does not match the input image.";
std::variant<WrittenQuestion, std::string> ParseWrittenQuestion(const std::string& reply);

// One question for each caption sample, in the manner of two of `examples` drawn by the seed's id.
// The samples have kind vqa, multiple choice, and the id "<seed id>:written". Stage "question".
SynthResult SynthesizeQuestions(const std::vector<Sample>& captions, const std::vector<Sample>& examples,
                                const std::filesystem::path& image_folder, Answerer& teacher);

}  // namespace lingshu
